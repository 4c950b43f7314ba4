import pytest
from sqlalchemy.engine import Engine


@pytest.fixture
def engine(data_engine: Engine) -> Engine:
    """An empty data database."""
    return data_engine
