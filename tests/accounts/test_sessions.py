"""Sessions: a row per browser; ended, it is over at once, and its end is never lost."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import sessions, tokens
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.sessions import LIFETIME
from portal_lib.accounts.tables import account, audit_event, session
from tests.accounts.conftest import MovableClock


@pytest.fixture
def anna(engine: Engine, clock: MovableClock) -> int:
    return _account(engine, clock, "c-anna")


def _account(engine: Engine, clock: MovableClock, hub_name: str) -> int:
    with engine.begin() as connection:
        number: int = connection.execute(
            account.insert()
            .values(
                kind="customer",
                hub_name=hub_name,
                login=hub_name,
                login_key=hub_name,
                state="active",
                created_at=stored_now(clock),
            )
            .returning(account.c.id)
        ).scalar_one()
    return number


def live(engine: Engine, clock: MovableClock, session_id: str, name: str = "c-anna") -> bool:
    return sessions.is_live(engine, clock, name, session_id)


@pytest.mark.usefixtures("anna")
def test_a_session_counts_from_login_to_logout(engine: Engine, clock: MovableClock) -> None:
    assert not live(engine, clock, "one")
    sessions.begin(engine, clock, "c-anna", "one", address="203.0.113.9", agent="Firefox")
    assert live(engine, clock, "one")
    sessions.end_one(engine, clock, "c-anna", "one")
    assert not live(engine, clock, "one")


@pytest.mark.usefixtures("anna")
def test_logging_out_of_one_browser_leaves_the_others_in(engine: Engine, clock: MovableClock) -> None:
    for session_id in ("desk", "telephone"):
        sessions.begin(engine, clock, "c-anna", session_id)
    sessions.end_one(engine, clock, "c-anna", "desk")
    assert not live(engine, clock, "desk") and live(engine, clock, "telephone")
    assert [end.session_sha256 for end in sessions.pending_ends(engine)] == [tokens.digest("desk")]


@pytest.mark.usefixtures("anna")
def test_a_session_is_over_a_day_after_it_began_however_much_it_was_used(engine: Engine, clock: MovableClock) -> None:
    sessions.begin(engine, clock, "c-anna", "one")
    for _ in range(23):
        clock.forward(hours=1)
        assert live(engine, clock, "one")
    clock.now += LIFETIME
    assert not live(engine, clock, "one")


@pytest.mark.usefixtures("anna")
def test_somebody_elses_session_id_opens_nothing(engine: Engine, clock: MovableClock) -> None:
    _account(engine, clock, "c-bruno")
    sessions.begin(engine, clock, "c-bruno", "brunos")
    assert not live(engine, clock, "brunos")
    sessions.end_one(engine, clock, "c-anna", "brunos")
    assert live(engine, clock, "brunos", "c-bruno")


def test_ending_all_ends_every_browser_and_whoever_stands_before_the_second_factor(
    engine: Engine, clock: MovableClock, anna: int
) -> None:
    for session_id in ("desk", "telephone"):
        sessions.begin(engine, clock, "c-anna", session_id)
    with engine.begin() as connection:
        waiting = tokens.issue(connection, anna, "second_step", clock, lifetime=LIFETIME)
        sessions.end_all(connection, clock, anna, "password reset")
        assert tokens.consume(connection, waiting, "second_step", clock) is None
    assert not live(engine, clock, "desk") and not live(engine, clock, "telephone")
    assert sessions.open_sessions(engine, clock, "c-anna") == []


def test_an_end_waits_until_it_has_reached_everything(engine: Engine, clock: MovableClock, anna: int) -> None:
    with engine.begin() as connection:
        sessions.end_all(connection, clock, anna, "frozen")
        sessions.end_all(connection, clock, anna, "erased", forget=True)
    first, second = sessions.pending_ends(engine)
    assert (first.hub_name, first.session_sha256, first.forget, second.forget) == ("c-anna", None, False, True)
    sessions.end_is_done(engine, clock, first.id)
    assert sessions.pending_ends(engine) == [second]


def test_an_end_that_is_taken_back_with_its_journey_reaches_nothing(
    engine: Engine, clock: MovableClock, anna: int
) -> None:
    sessions.begin(engine, clock, "c-anna", "one")
    with pytest.raises(RuntimeError), engine.begin() as connection:
        sessions.end_all(connection, clock, anna, "password reset")
        raise RuntimeError("the journey failed")
    assert live(engine, clock, "one") and sessions.pending_ends(engine) == []


@pytest.mark.usefixtures("anna")
def test_the_list_shows_the_asking_browser_and_when_each_was_last_used(engine: Engine, clock: MovableClock) -> None:
    sessions.begin(engine, clock, "c-anna", "desk", address="2001:db8::1", agent="Firefox\r\nX: y" + "ü" * 500)
    clock.forward(minutes=30)
    sessions.begin(engine, clock, "c-anna", "telephone")
    clock.forward(minutes=30)
    assert live(engine, clock, "desk")
    desk, telephone = sessions.open_sessions(engine, clock, "c-anna", "desk")
    assert desk.current and not telephone.current
    assert desk.seen_at == stored_now(clock) and desk.address == "2001:db8::1"
    assert len(desk.agent) == 200 and desk.agent.isprintable()


@pytest.mark.usefixtures("anna")
def test_no_session_id_stands_in_the_database(engine: Engine, clock: MovableClock) -> None:
    sessions.begin(engine, clock, "c-anna", "a-secret-session-id")
    sessions.end_one(engine, clock, "c-anna", "a-secret-session-id")
    with engine.begin() as connection:
        everything = str(connection.execute(sa.select(session)).all()) + str(
            connection.execute(sa.select(audit_event)).all()
        )
    assert "a-secret-session-id" not in everything


def test_sessions_that_are_long_over_are_forgotten(engine: Engine, clock: MovableClock, anna: int) -> None:
    sessions.begin(engine, clock, "c-anna", "old")
    with engine.begin() as connection:
        sessions.end_all(connection, clock, anna, "frozen")
    sessions.end_is_done(engine, clock, sessions.pending_ends(engine)[0].id)
    clock.forward(days=31)
    sessions.begin(engine, clock, "c-anna", "new")
    with engine.begin() as connection:
        sessions.sweep(connection, clock)
        assert connection.execute(sa.select(sa.func.count()).select_from(session)).scalar_one() == 1
    assert live(engine, clock, "new")
