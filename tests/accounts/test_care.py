"""What staff may do to accounts, whoever they are, and what is written down of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib.accounts import care, finding, login, mail_queue, sessions, staff
from portal_lib.accounts.care import DEEDS, Desk
from portal_lib.accounts.case import case, events, id_of
from portal_lib.accounts.exceptions import NoSuchLogin, WrongCredentials
from portal_lib.accounts.exceptions.operators import NoSuchAccount, NotForStaff
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, audit_event, outgoing_mail
from portal_lib.mail import FIRST_WAIT, GIVE_UP_AFTER, Mail, deliver, queue
from portal_lib.mail_transports import TransportAway
from portal_lib.refused import Refused
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory

PASSWORD = "Girasole-7"


@pytest.fixture
def desk(engine: Engine, clock: MovableClock, settings: Settings) -> Desk:
    return Desk(engine, clock, settings, "bruno", address="192.0.2.7")


@pytest.fixture
def person(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> int:
    register(engine, clock, directory, settings, household_form)
    return id_of(engine, "manuela.r")


@pytest.fixture
def colleague(engine: Engine, clock: MovableClock) -> int:
    staff.add(engine, clock, "carla", "operators", PASSWORD)
    return id_of(engine, "carla")


def newest(engine: Engine, account_id: int) -> Any:
    return events(engine, account_id, at_most=1)[0]


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_that_was_done_is_written_down_with_who_did_it_and_from_where(
    desk: Desk, engine: Engine, clock: MovableClock, person: int, name: str
) -> None:
    with engine.begin() as connection:
        ready = {"freeze": "active", "unfreeze": "frozen", "start-reset": "active", "second-factor-off": "active"}
        connection.execute(
            account.update()
            .where(account.c.id == person)
            .values(state=ready.get(name, "unconfirmed"), totp_since=clock().replace(tzinfo=None), totp_secret="x")
        )
    assert care.do(desk, name, person) is DEEDS[name].done
    by = [one for one in events(engine, person) if one.detail.get("by") == "bruno"]
    assert by and all(one.address == "192.0.2.7" for one in by)


@pytest.mark.parametrize("name", [name for name, deed in DEEDS.items() if not deed.for_staff])
def test_an_operator_opens_or_closes_no_colleagues_account(
    desk: Desk, engine: Engine, colleague: int, name: str
) -> None:
    before = case(engine, desk.clock, desk.settings, colleague)
    with pytest.raises(NotForStaff):
        care.do(desk, name, colleague)
    assert case(engine, desk.clock, desk.settings, colleague) == before
    assert "bruno" not in str([one.detail for one in events(engine, colleague)])


def test_the_command_line_may_close_a_colleagues_account(desk: Desk, engine: Engine, colleague: int) -> None:
    care.do(replace(desk, trusted=True), "freeze", colleague)
    assert case(engine, desk.clock, desk.settings, colleague).state == "frozen"


@pytest.mark.parametrize("name", DEEDS)
def test_what_is_offered_can_be_done(desk: Desk, engine: Engine, person: int, name: str) -> None:
    """The page offers a deed exactly where it makes sense: doing it then is refused for no reason of state."""
    for state in ("unconfirmed", "waiting", "active", "frozen"):
        with engine.begin() as connection:
            connection.execute(account.update().where(account.c.id == person).values(state=state))
        if name in care.offered(desk, case(engine, desk.clock, desk.settings, person)):
            care.do(desk, name, person)


@pytest.mark.parametrize("name", DEEDS)
def test_an_account_that_is_gone_is_a_sentence(desk: Desk, name: str) -> None:
    with pytest.raises(NoSuchAccount):
        care.do(desk, name, 4711)


def test_an_erased_account_is_neither_found_nor_shown(desk: Desk, engine: Engine, person: int) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().where(account.c.id == person).values(state="erased"))
    assert finding.find(engine).total == 0
    with pytest.raises(NoSuchAccount):
        case(engine, desk.clock, desk.settings, person)
    with pytest.raises(NoSuchLogin):
        id_of(engine, "manuela.r")


def test_a_lock_is_shown_with_its_time_and_forgotten_on_request(
    desk: Desk, engine: Engine, clock: MovableClock, settings: Settings, person: int
) -> None:
    care.do(desk, "activate", person)
    for _ in range(settings.limit_login_account.tries):
        with pytest.raises(WrongCredentials):
            login.check(engine, clock, settings, "Manuela.R", "Sbagliata-7")
    with pytest.raises(TooManyTries) as refused:
        login.check(engine, clock, settings, "Manuela.R", PASSWORD)
    [locked] = case(engine, clock, settings, person).locked
    assert refused.value.say("en") == TooManyTries(minutes=locked.minutes).say("en")
    care.do(desk, "unlock", person)
    assert case(engine, clock, settings, person).locked == ()
    assert login.check(engine, clock, settings, "Manuela.R", PASSWORD).login == "Manuela.R"


def test_open_sessions_are_shown_until_they_are_ended(
    desk: Desk, engine: Engine, clock: MovableClock, settings: Settings, person: int
) -> None:
    care.do(desk, "activate", person)
    hub_name = case(engine, clock, settings, person).hub_name
    sessions.begin(engine, clock, hub_name, "a", agent="Firefox", address="192.0.2.1")
    assert [one.agent for one in case(engine, clock, settings, person).sessions] == ["Firefox"]
    care.do(desk, "end-sessions", person)
    assert case(engine, clock, settings, person).sessions == ()
    assert not sessions.is_live(engine, clock, hub_name, "a")
    assert newest(engine, person).detail == {"reason": "staff", "by": "bruno"}


def test_a_link_sent_again_replaces_the_one_before(desk: Desk, engine: Engine, person: int) -> None:
    care.do(desk, "resend", person)
    with engine.connect() as connection:
        own = sa.select(outgoing_mail.c.text).where(outgoing_mail.c.recipient == "manuela@example.it")
        texts = list(connection.execute(own.order_by(outgoing_mail.c.id)).scalars())
    assert len(texts) == 2 and texts[0] != texts[1]


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("words", ["MANUELA", "rocchi", "manuela rocchi", "Rocchi 1000", "manuela@", "10002001", "  "])
def test_an_account_is_found_by_any_part_of_it(engine: Engine, words: str) -> None:
    assert [one.login for one in finding.find(engine, words).accounts] == ["Manuela.R"]


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("words", ["%", "_", "manuela bianchi", "0002001", "\\"])
def test_signs_of_the_database_are_plain_signs(engine: Engine, words: str) -> None:
    assert finding.find(engine, words).total == 0


@pytest.mark.parametrize(("kind", "found"), [("unconfirmed", 1), ("active", 1), ("to-do", 0), ("staff", 1), ("", 2)])
def test_accounts_are_found_by_what_they_are(
    engine: Engine, person: int, colleague: int, kind: finding.Kind, found: int
) -> None:
    assert finding.find(engine, "", kind).total == found


def test_any_text_may_be_searched_for(tmp_path_factory: pytest.TempPathFactory, empty_accounts: Any) -> None:
    from portal_lib import db

    engine = db.open_engine(f"sqlite:///{empty_accounts}", read_only=True)

    @given(st.text(alphabet=st.characters(), max_size=300) | st.just("\ud800\x00") | st.just("x" * 10_000))
    def search(words: str) -> None:
        assert finding.find(engine, words, page=-3).pages == 1

    search()
    engine.dispose()


class Away:
    """A mail server that takes nothing."""

    def send(self, message: object, mail_id: int) -> None:
        raise TransportAway("connection refused")


def test_the_queue_tells_waiting_from_failing_from_given_up(engine: Engine, clock: MovableClock) -> None:
    with engine.begin() as connection:
        queue(connection, Mail("a@example.it", "uno", "testo", "<p>testo</p>"), clock)
    assert mail_queue.standing(engine, clock) == mail_queue.Standing(1, 0, 0)
    assert deliver(engine, Away(), clock, sender="p@example.it").away  # type: ignore[arg-type]
    [failing] = mail_queue.unsent(engine, clock)
    assert (failing.fate, failing.attempts, failing.last_error) == ("failing", 1, "connection refused")
    assert failing.next_try == clock().replace(tzinfo=None) + FIRST_WAIT
    assert "testo" not in repr(failing)
    clock.forward(seconds=GIVE_UP_AFTER.total_seconds())
    deliver(engine, Away(), clock, sender="p@example.it")  # type: ignore[arg-type]
    assert mail_queue.standing(engine, clock) == mail_queue.Standing(0, 0, 1)
    assert mail_queue.unsent(engine, clock)[0].next_try is None
    assert mail_queue.retry(engine, clock, by="bruno") == 0, "what was given up has no text any more"
    clock.forward(days=31)
    assert mail_queue.unsent(engine, clock) == []


def test_a_retry_is_at_once_and_written_down(engine: Engine, clock: MovableClock) -> None:
    with engine.begin() as connection:
        for subject in ("uno", "due"):
            queue(connection, Mail("a@example.it", subject, "testo", "<p>testo</p>"), clock)
    for _ in range(2):
        deliver(engine, Away(), clock, sender="p@example.it")  # type: ignore[arg-type]
    assert mail_queue.retry(engine, clock, by="bruno", mail_id=2) == 1
    now = clock().replace(tzinfo=None)
    assert [one.next_try for one in mail_queue.unsent(engine, clock)] == [now + FIRST_WAIT, now]
    assert mail_queue.retry(engine, clock, by="bruno") == 2
    with engine.connect() as connection:
        details = connection.execute(sa.select(audit_event.c.detail).order_by(audit_event.c.id)).scalars().all()
    assert details == [{"by": "bruno", "count": 1}, {"by": "bruno", "count": 2}]


def test_waits_grow_to_an_hour_until_three_days_are_over(engine: Engine, clock: MovableClock) -> None:
    with engine.begin() as connection:
        queue(connection, Mail("a@example.it", "uno", "testo", "<p>testo</p>"), clock)
    waits = []
    while mail_queue.standing(engine, clock).given_up == 0:
        deliver(engine, Away(), clock, sender="p@example.it")  # type: ignore[arg-type]
        [one] = mail_queue.unsent(engine, clock)
        if one.next_try is not None:
            waits.append(one.next_try - clock().replace(tzinfo=None))
            clock.now += waits[-1]
    assert waits[:8] == [timedelta(seconds=30 * 2**n) for n in range(7)] + [timedelta(hours=1)]
    assert set(waits[8:]) == {timedelta(hours=1)}
    assert timedelta(days=2, hours=22) < sum(waits, timedelta(0)) < GIVE_UP_AFTER


def test_every_refusal_of_a_deed_is_a_sentence_and_changes_nothing(desk: Desk, engine: Engine, person: int) -> None:
    for state in ("unconfirmed", "waiting", "active", "frozen"):
        for name in DEEDS:
            with engine.begin() as connection:
                connection.execute(account.update().where(account.c.id == person).values(state=state))
            count = len(events(engine, person, at_most=1000))
            try:
                care.do(desk, name, person)
            except Refused as refusal:
                assert refusal.say("it") and refusal.say("en")
                assert len(events(engine, person, at_most=1000)) == count
