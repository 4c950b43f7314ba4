"""Forgotten username and forgotten password: two journeys that tell nobody anything but by mail."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib import mail
from portal_lib.accounts import (
    known_devices,
    login,
    password_reset,
    recovery_desk,
    second_factor,
    sessions,
    staff,
    tokens,
    username_reminder,
)
from portal_lib.accounts.activation import activate
from portal_lib.accounts.exceptions import FormRefused, PersonalPassword, WrongCredentials
from portal_lib.accounts.exceptions.recovery import (
    NoAddressToWriteTo,
    NoPasswordHere,
    NotForClosed,
    ResetLinkExpired,
    ResetLinkUnknown,
    ResetLinkUsed,
)
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.recovery_form import one_line
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import (
    account,
    audit_event,
    export_token,
    known_device,
    outgoing_mail,
    recovery_request,
    session_end,
)
from portal_lib.refused import Refused
from portal_lib.settings import Settings
from tests.accounts.conftest import HOUSEHOLD_TAX_CODE, OTHER_TAX_CODE, MovableClock, PaperDirectory

OLD, NEW = "Girasole-7", "Papavero-77"
HOSTILE = [
    "",
    " ",
    "x" * 10_000,
    "\x00",
    "a\r\nBcc: b@c.it",
    "\ud800",
    "<b>x</b>",
    "' or 1=1 --",
    "\u202eatanna",
    "😀" * 64,
]


@pytest.fixture(autouse=True)
def manuela(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> int:
    """Manuela's account, active; its number."""
    register(engine, clock, directory, settings, household_form)
    activate(engine, clock, "manuela.r")
    with engine.begin() as connection:
        connection.execute(outgoing_mail.delete())
        return int(connection.execute(sa.select(account.c.id)).scalar_one())


def mails(engine: Engine) -> list[sa.Row[tuple[object, ...]]]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(outgoing_mail).order_by(outgoing_mail.c.id)).all())


def events(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(audit_event.c.event).order_by(audit_event.c.id)).scalars())


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(recovery_request)).scalar_one())


def ask_and_answer(engine: Engine, clock: MovableClock, settings: Settings, username: str = "manuela.r") -> str:
    """Ask for a link; the newest mail's secret, or an empty text where no mail has one."""
    password_reset.ask(engine, clock, settings, username)
    recovery_desk.answer_waiting(engine, clock, settings)
    found = [re.search(r"nuova-password\?token=(\S+)", row.text) for row in mails(engine)]
    return next((match[1] for match in reversed(found) if match), "")


# Forgotten username


def test_the_username_goes_to_the_accounts_own_address_and_leads_on_to_the_password_page(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    username_reminder.ask(engine, clock, settings, " 1000 2001 ", HOUSEHOLD_TAX_CODE.lower())
    assert mails(engine) == [], "the page itself writes to nobody"
    assert recovery_desk.answer_waiting(engine, clock, settings) == 1
    [sent] = mails(engine)
    assert sent.recipient == "manuela@example.it" and "È: Manuela.R" in sent.text
    assert "https://portale.example.it/hub/password-dimenticata" in sent.text and "token=" not in sent.text
    assert events(engine)[-1] == "username:reminded"
    assert waiting(engine) == 0


@pytest.mark.parametrize(
    ("code", "tax_code"), [("10002001", OTHER_TAX_CODE), ("77777777", HOUSEHOLD_TAX_CODE), ("20001001", OTHER_TAX_CODE)]
)
def test_what_matches_nobody_is_taken_just_the_same_and_nobody_is_written_to(
    engine: Engine, clock: MovableClock, settings: Settings, code: str, tax_code: str
) -> None:
    username_reminder.ask(engine, clock, settings, code, tax_code)
    assert waiting(engine) == 1
    recovery_desk.answer_waiting(engine, clock, settings)
    assert mails(engine) == [] and waiting(engine) == 0


def test_each_address_gets_one_mail_with_all_its_usernames(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    for username, address in (("seconda", "MANUELA@example.it"), ("terza", "altra@example.it")):
        register(
            engine,
            clock,
            directory,
            settings,
            replace(household_form, username=username, email=address, email_again=address),
        )
    with engine.begin() as connection:
        connection.execute(outgoing_mail.delete())
    username_reminder.ask(engine, clock, settings, "10002001", HOUSEHOLD_TAX_CODE)
    recovery_desk.answer_waiting(engine, clock, settings)
    assert [row.recipient for row in mails(engine)] == ["manuela@example.it", "altra@example.it"]
    first, second = mails(engine)
    assert "Manuela.R, seconda" in first.text and "terza" not in first.text
    assert "terza" in second.text and "Manuela.R" not in second.text


def test_the_form_says_all_that_is_wrong_with_it(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    with pytest.raises(FormRefused) as refused:
        username_reminder.ask(engine, clock, settings, "", "RCCMNL")
    assert [error.field for error in refused.value.errors] == ["customer_code", "tax_code"]
    assert waiting(engine) == 0


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_fields_are_refused_with_a_sentence_or_taken(
    engine: Engine, clock: MovableClock, settings: Settings, typed: str
) -> None:
    for ask in (
        lambda: username_reminder.ask(engine, clock, settings, typed, typed),
        lambda: username_reminder.ask(engine, clock, settings, typed, HOUSEHOLD_TAX_CODE),
        lambda: password_reset.ask(engine, clock, settings, typed),
    ):
        try:
            ask()
        except Refused as refusal:
            assert refusal.say("it")
    recovery_desk.answer_waiting(engine, clock, settings)
    assert mails(engine) == [] and waiting(engine) == 0


@given(st.text())
def test_one_line_of_any_text_is_clean_or_refused(typed: str) -> None:
    try:
        text = one_line("username", typed)
    except Refused:
        return
    assert 0 < len(text) <= 64 and text == text.strip() and "\n" not in text and "\x00" not in text


# Both pages


def test_asking_is_the_same_work_whether_or_not_anybody_is_there(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    work: list[list[str]] = []
    sa.event.listen(engine, "after_execute", lambda *args: work[-1].append(str(args[1])))
    for username in ("manuela.r", "nessuno"):
        work.append([])
        password_reset.ask(engine, clock, settings, username)
    for code in ("10002001", "77777777"):
        work.append([])
        username_reminder.ask(engine, clock, settings, code, HOUSEHOLD_TAX_CODE)
    assert work[0] == work[1] and work[2] == work[3]
    assert not any("FROM account" in statement for one in work for statement in one), "no account is looked up"


@pytest.mark.parametrize("username", ["manuela.r", "nessuno"])
def test_five_requests_an_hour_about_one_name_known_or_not(
    engine: Engine, clock: MovableClock, settings: Settings, username: str
) -> None:
    for number in range(5):
        password_reset.ask(engine, clock, settings, username, address=f"192.0.2.{number}")
    with pytest.raises(TooManyTries):
        password_reset.ask(engine, clock, settings, username, address="192.0.2.99")
    assert waiting(engine) == 5
    clock.forward(minutes=12)
    password_reset.ask(engine, clock, settings, username)


def test_twenty_requests_an_hour_from_one_address(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    for number in range(20):
        password_reset.ask(engine, clock, settings, f"nome{number}", address="192.0.2.1")
    with pytest.raises(TooManyTries):
        username_reminder.ask(engine, clock, settings, "10002001", HOUSEHOLD_TAX_CODE, address="192.0.2.1")


# The desk


def test_an_answer_that_fails_is_tried_again_and_keeps_nobody_waiting(
    engine: Engine, clock: MovableClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    password_reset.ask(engine, clock, settings, "manuela.r")
    username_reminder.ask(engine, clock, settings, "10002001", HOUSEHOLD_TAX_CODE)
    queue = mail.queue

    def fails(*args: object, **options: object) -> int:
        queue(*args, **options)  # type: ignore[arg-type]
        raise OSError("the disk is full")

    monkeypatch.setattr(password_reset.mail, "queue", fails)
    assert recovery_desk.answer_waiting(engine, clock, settings) == 0
    assert mails(engine) == [] and waiting(engine) == 2, "neither half an answer nor a lost request"
    monkeypatch.setattr(password_reset.mail, "queue", queue)
    assert recovery_desk.answer_waiting(engine, clock, settings) == 2
    assert len(mails(engine)) == 2


def test_two_desks_answer_once(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    password_reset.ask(engine, clock, settings, "manuela.r")
    with ThreadPoolExecutor(4) as desks:
        answered = list(desks.map(lambda _: recovery_desk.answer_waiting(engine, clock, settings), range(4)))
    assert sum(answered) == 1 and len(mails(engine)) == 1


def test_a_request_of_more_than_an_hour_ago_is_dropped(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    password_reset.ask(engine, clock, settings, "manuela.r")
    clock.forward(minutes=61)
    assert recovery_desk.answer_waiting(engine, clock, settings) == 0
    assert waiting(engine) == 0 and mails(engine) == []


# Forgotten password: who gets what


def test_a_link_goes_to_the_account_and_names_no_username(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    secret = ask_and_answer(engine, clock, settings, " MANUELA.r ")
    [sent] = mails(engine)
    assert sent.recipient == "manuela@example.it" and secret
    assert "Manuela.R" not in sent.text, "nobody gets username and password in one go"
    assert "vale un'ora" in sent.text
    assert events(engine)[-1] == "password:reset-requested"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("unconfirmed", "premi «Conferma l'account»"),
        ("waiting", "attende ancora l'attivazione"),
        ("frozen", "è sospeso"),
    ],
)
def test_who_could_not_log_in_with_a_new_password_either_is_told_what_helps(
    engine: Engine, clock: MovableClock, settings: Settings, state: str, says: str
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(state=state))
    assert ask_and_answer(engine, clock, settings) == ""
    [sent] = mails(engine)
    assert says in sent.text


def test_an_unconfirmed_account_gets_no_more_confirmation_links_than_its_own_page_gives(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(state="unconfirmed"))
    for _ in range(6):
        clock.forward(minutes=20)
        ask_and_answer(engine, clock, settings)
    assert len(mails(engine)) == 3, "four a day, the one of the registration among them"


@pytest.mark.parametrize(
    "values", [{"state": "erased"}, {"email": None}, {"sign_on_subject": "https://id.example.it 7"}]
)
def test_who_has_no_password_or_no_address_here_gets_nothing(
    engine: Engine, clock: MovableClock, settings: Settings, values: dict[str, str | None]
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(**values))
    ask_and_answer(engine, clock, settings)
    assert mails(engine) == []


def test_an_english_reader_gets_english(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(language="en"))
    secret = ask_and_answer(engine, clock, settings)
    password_reset.reset(engine, clock, settings, secret, NEW, NEW)
    username_reminder.ask(engine, clock, settings, "10002001", HOUSEHOLD_TAX_CODE)
    recovery_desk.answer_waiting(engine, clock, settings)
    assert [row.subject for row in mails(engine)] == [
        "A new password for Portale Clienti",
        "Your password at Portale Clienti was changed",
        "Your username at Portale Clienti",
    ]


# The link


def test_the_link_chooses_a_password_once(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    secret = ask_and_answer(engine, clock, settings)
    for _ in range(3):  # machines open it first
        assert password_reset.look(engine, clock, secret) == "Manuela.R"
    assert password_reset.reset(engine, clock, settings, secret, NEW, NEW).login == "Manuela.R"
    assert login.check(engine, clock, settings, "manuela.r", NEW).login == "Manuela.R"
    with pytest.raises(WrongCredentials):
        login.check(engine, clock, settings, "manuela.r", OLD)
    with pytest.raises(ResetLinkUsed):
        password_reset.reset(engine, clock, settings, secret, "Altra-pass-9", "Altra-pass-9")
    with pytest.raises(ResetLinkUsed):
        password_reset.look(engine, clock, secret)
    assert mails(engine)[-1].subject == "La tua password su Portale Clienti è cambiata"
    assert "password:reset" in events(engine)


def test_the_link_works_for_an_hour(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    secret = ask_and_answer(engine, clock, settings)
    clock.forward(minutes=59, seconds=59)
    assert password_reset.look(engine, clock, secret)
    clock.forward(seconds=1)
    with pytest.raises(ResetLinkExpired):
        password_reset.look(engine, clock, secret)
    with pytest.raises(ResetLinkExpired):
        password_reset.reset(engine, clock, settings, secret, NEW, NEW)


def test_a_newer_link_ends_the_older(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    older = ask_and_answer(engine, clock, settings)
    newer = ask_and_answer(engine, clock, settings)
    with pytest.raises(ResetLinkExpired):
        password_reset.reset(engine, clock, settings, older, NEW, NEW)
    password_reset.reset(engine, clock, settings, newer, NEW, NEW)


@pytest.mark.parametrize("secret", HOSTILE)
def test_a_link_that_nobody_was_sent_is_unknown(
    engine: Engine, clock: MovableClock, settings: Settings, secret: str
) -> None:
    with pytest.raises(ResetLinkUnknown):
        password_reset.look(engine, clock, secret)
    with pytest.raises(ResetLinkUnknown):
        password_reset.reset(engine, clock, settings, secret, NEW, NEW)


def test_a_token_of_another_purpose_chooses_no_password(
    engine: Engine, clock: MovableClock, settings: Settings, manuela: int
) -> None:
    with engine.begin() as connection:
        secret = tokens.issue(connection, manuela, "confirmation", clock, lifetime=timedelta(hours=1))
    with pytest.raises(ResetLinkUnknown):
        password_reset.reset(engine, clock, settings, secret, NEW, NEW)


@pytest.mark.parametrize(
    ("password", "again", "fields"),
    [
        ("corta", "altra", ["password", "password_again"]),
        ("", "", ["password"]),
        (NEW, "", ["password_again"]),
        ("Password1!", "Password1!", ["password"]),
        ("x" * 10_000, "x" * 10_000, ["password"]),
        ("Aa1!\ud800aaaa", "no", ["password_again"]),
    ],
)
def test_a_password_that_is_refused_leaves_the_link_as_good_as_it_was(
    engine: Engine, clock: MovableClock, settings: Settings, password: str, again: str, fields: list[str]
) -> None:
    secret = ask_and_answer(engine, clock, settings)
    with pytest.raises(FormRefused) as refused:
        password_reset.reset(engine, clock, settings, secret, password, again)
    assert [error.field for error in refused.value.errors] == fields
    password_reset.reset(engine, clock, settings, secret, NEW, NEW)


@pytest.mark.parametrize("password", ["Manuela-1982", "Casa-10002001", "xManuela.R1", "2-Rocchi-Casa"])
def test_the_new_password_may_not_be_made_of_who_one_is(
    engine: Engine, clock: MovableClock, settings: Settings, password: str
) -> None:
    secret = ask_and_answer(engine, clock, settings)
    with pytest.raises(FormRefused) as refused:
        password_reset.reset(engine, clock, settings, secret, password, password)
    assert isinstance(refused.value.errors[0], PersonalPassword)


def test_of_two_who_use_one_link_at_the_same_moment_one_chooses_the_password(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    secret = ask_and_answer(engine, clock, settings)

    def choose(number: int) -> bool:
        password = f"Papavero-{number}{number}"
        try:
            password_reset.reset(engine, clock, settings, secret, password, password)
        except ResetLinkUsed:
            return False
        return True

    with ThreadPoolExecutor(6) as people:
        chosen = list(people.map(choose, range(10, 16)))
    assert sum(chosen) == 1
    password = f"Papavero-{10 + chosen.index(True)}{10 + chosen.index(True)}"
    assert login.check(engine, clock, settings, "manuela.r", password)


# What a reset ends, and what it leaves


def test_a_reset_ends_everything_that_the_old_password_opened(
    engine: Engine, clock: MovableClock, settings: Settings, manuela: int
) -> None:
    with engine.connect() as connection:
        hub_name = connection.execute(sa.select(account.c.hub_name)).scalar_one()
    sessions.begin(engine, clock, hub_name, "a session")
    known_devices.remember(engine, clock, hub_name)
    with engine.begin() as connection:
        address_link = tokens.issue(connection, manuela, "address", clock, lifetime=timedelta(days=1))
        connection.execute(
            export_token.insert().values(
                account_id=manuela,
                label="foglio",
                sha256="0" * 64,
                created_at=stored_now(clock),
                expires_at=stored_now(clock) + timedelta(days=30),
            )
        )
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            login.check(engine, clock, settings, "manuela.r", "Sbagliata-9")
    with pytest.raises(TooManyTries):
        login.check(engine, clock, settings, "manuela.r", OLD)

    password_reset.reset(engine, clock, settings, ask_and_answer(engine, clock, settings), NEW, NEW)

    assert not sessions.is_live(engine, clock, hub_name, "a session")
    with engine.begin() as connection:
        assert connection.execute(sa.select(session_end.c.hub_name)).scalars().all() == [hub_name]
        assert tokens.consume(connection, address_link, "address", clock) is None
        assert connection.execute(sa.select(export_token.c.revoked_at)).scalar_one() is not None
        assert connection.execute(sa.select(sa.func.count()).select_from(known_device)).scalar_one() == 0
    assert login.check(engine, clock, settings, "manuela.r", NEW), "the lock that others caused is gone"


def test_the_second_factor_stays_on(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    with engine.begin() as connection:
        hub_name = connection.execute(sa.select(account.c.hub_name)).scalar_one()
        connection.execute(account.update().values(totp_secret="x", totp_since=stored_now(clock)))
    password_reset.reset(engine, clock, settings, ask_and_answer(engine, clock, settings), NEW, NEW)
    assert second_factor.state(engine, settings, hub_name).on


def test_an_account_frozen_after_the_link_went_out_stays_frozen(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    secret = ask_and_answer(engine, clock, settings)
    with engine.begin() as connection:
        connection.execute(account.update().values(state="frozen"))
    password_reset.reset(engine, clock, settings, secret, NEW, NEW)
    with engine.connect() as connection:
        assert connection.execute(sa.select(account.c.state)).scalar_one() == "frozen"


# Started by staff


def test_staff_start_a_reset_and_see_nothing_of_it(
    engine: Engine, clock: MovableClock, settings: Settings, manuela: int
) -> None:
    password_reset.start_reset(engine, clock, settings, manuela, by="bruno")
    [sent] = mails(engine)
    assert sent.recipient == "manuela@example.it" and "nuova-password?token=" in sent.text
    with engine.connect() as connection:
        newest = connection.execute(sa.select(audit_event).order_by(audit_event.c.id.desc())).first()
    assert newest is not None and (newest.event, newest.detail) == ("password:reset-requested", {"by": "bruno"})


def test_whoever_has_no_password_yet_is_asked_to_choose_the_first_one(
    engine: Engine, clock: MovableClock, settings: Settings, manuela: int
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(password_hash=None))
    with pytest.raises(WrongCredentials):
        login.check(engine, clock, settings, "manuela.r", "")
    password_reset.start_reset(engine, clock, settings, manuela, by="bruno")
    [sent] = mails(engine)
    assert sent.subject == "Scegli la tua password per Portale Clienti" and "con username Manuela.R" in sent.text
    found = re.search(r"token=(\S+)", sent.text)
    assert found is not None
    password_reset.reset(engine, clock, settings, found[1], NEW, NEW)
    assert login.check(engine, clock, settings, "manuela.r", NEW)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"state": "frozen"}, NotForClosed),
        ({"state": "unconfirmed"}, NotForClosed),
        ({"email": None}, NoAddressToWriteTo),
        ({"sign_on_subject": "https://id.example.it 7"}, NoPasswordHere),
    ],
)
def test_staff_are_told_why_there_is_no_link(
    engine: Engine,
    clock: MovableClock,
    settings: Settings,
    manuela: int,
    values: dict[str, str | None],
    refusal: type[Refused],
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(**values))
    with pytest.raises(refusal):
        password_reset.start_reset(engine, clock, settings, manuela, by="bruno")
    assert mails(engine) == []


def test_a_staff_member_resets_as_anybody_does(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    staff.add(engine, clock, "anna", "analysts", OLD)
    with engine.begin() as connection:
        connection.execute(account.update().where(account.c.login == "anna").values(email="anna@example.it"))
    secret = ask_and_answer(engine, clock, settings, "anna")
    password_reset.reset(engine, clock, settings, secret, NEW, NEW)
    settings = settings.model_copy(update={"staff_second_factor": False})
    assert login.check(engine, clock, settings, "anna", NEW).hub_name == "s-anna"


def test_no_secret_stands_in_the_database_but_in_the_mail_that_carries_it(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    secret = ask_and_answer(engine, clock, settings)
    with engine.begin() as connection:
        connection.execute(outgoing_mail.update().values(text="", html=""))
        for table in account.metadata.tables.values():
            assert secret not in str(connection.execute(sa.select(table)).all())
            assert HOUSEHOLD_TAX_CODE not in str(connection.execute(sa.select(audit_event)).all())
