from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.metering import tables

# A property says what is true, not how fast: machines that run tests are busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty readings store."""
    engine = db.open_engine(f"sqlite:///{tmp_path / 'store' / 'data.sqlite'}")
    tables.metadata.create_all(engine)
    yield engine
    engine.dispose()
