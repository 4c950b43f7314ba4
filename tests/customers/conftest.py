from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers import tables


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty data database that knows customers, in the schema that the tables declare."""
    engine = db.open_engine(f"sqlite:///{tmp_path / 'data.sqlite'}")
    tables.metadata.create_all(engine)
    yield engine
    engine.dispose()
