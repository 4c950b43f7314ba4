import pytest
from hypothesis import settings
from sqlalchemy.engine import Engine

# A property says what is true, not how fast: machines that run tests are busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def engine(data_engine: Engine) -> Engine:
    """An empty readings store."""
    return data_engine
