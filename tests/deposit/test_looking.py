"""What is new is what was deposited since the visit before this one; a reload is no visit of its own."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.deposit import looking

MORNING = datetime(2024, 10, 6, 7, 30, tzinfo=UTC)


def before(engine: Engine, visitor: str = "c-1") -> datetime | None:
    with db.reading(engine) as connection:
        return looking.looked_before(connection, visitor)


def test_the_first_visit_has_none_before_it(engine: Engine) -> None:
    assert before(engine) is None
    looking.looks(engine, "c-1", lambda: MORNING)
    assert before(engine) is None


def test_the_next_visit_knows_when_the_last_one_was(engine: Engine) -> None:
    looking.looks(engine, "c-1", lambda: MORNING)
    looking.looks(engine, "c-1", lambda: MORNING + timedelta(days=2))
    assert before(engine) == MORNING
    assert before(engine, "c-2") is None


def test_a_page_that_is_reloaded_keeps_its_marks(engine: Engine) -> None:
    for when in (timedelta(), timedelta(days=2), timedelta(days=2, minutes=5), timedelta(days=2, minutes=50)):
        looking.looks(engine, "c-1", lambda when=when: MORNING + when)
        expected = MORNING if when else None
        assert before(engine) == expected
    looking.looks(engine, "c-1", lambda: MORNING + timedelta(days=2, minutes=120))
    assert before(engine) == MORNING + timedelta(days=2, minutes=50)
