"""``portal accounts``, ``portal staff`` and ``portal mail`` as an operator calls them."""

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from portal_lib import db
from portal_lib.accounts import throttle
from portal_lib.accounts.case import tries_of
from portal_lib.accounts.tables import account, account_customer, audit_event, outgoing_mail, session, session_end
from portal_lib.cli import main as command
from portal_lib.clock import system_clock
from portal_lib.settings import load_settings

NAMES = ["list", "show", "events", "activate", "resend", "approve", "freeze", "unfreeze", "unlock", "end-sessions"]
NAMES += ["start-reset", "second-factor-off", "export", "erase"]


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def engine() -> Iterator[Engine]:
    settings = load_settings()
    db.migrate("accounts", settings.accounts_database)
    engine = db.open_engine(settings.accounts_database)
    yield engine
    engine.dispose()


@pytest.fixture
def mario(engine: Engine) -> int:
    """A customer's account, unconfirmed, with a code that waits for approval."""
    with engine.begin() as connection:
        number: int = connection.execute(
            account.insert()
            .values(
                kind="customer", hub_name="c-mario", login="Mario", login_key="mario", password_hash="x",
                state="unconfirmed", first_name="Mario", last_name="Rossi", email="mario@example.it",
                created_at=sa.func.now(),
            )
            .returning(account.c.id)
        ).scalar_one()  # fmt: skip
        connection.execute(
            account_customer.insert().values(account_id=number, customer_code="20001001", added_at=sa.func.now())
        )
    return number


def portal(*words: str) -> Result:
    return CliRunner().invoke(command.app, list(words))


def said(result: Result) -> str:
    """What a refused command says."""
    assert result.exit_code == 1, result.output
    return str(result.exception)


def state_of(engine: Engine, number: int) -> str:
    with engine.connect() as connection:
        return str(connection.execute(sa.select(account.c.state).where(account.c.id == number)).scalar_one())


def events_of(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(audit_event).order_by(audit_event.c.id)))


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(name: str) -> None:
    done = portal("accounts", name, "--help")
    assert done.exit_code == 0 and f"Example: portal accounts {name}" in done.stdout


@pytest.mark.parametrize(
    "words",
    [("staff", each) for each in ("list", "add", "set-group", "remove", "link")]
    + [("mail", each) for each in ("list", "retry")],
)
def test_the_other_commands_have_one_as_well(words: tuple[str, str]) -> None:
    done = portal(*words, "--help")
    assert done.exit_code == 0 and f"Example: portal {words[0]} {words[1]}" in done.stdout


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("list", "approve", "export")])
def test_an_unknown_login_is_a_sentence(engine: Engine, name: str) -> None:
    more = ("--yes",) if name == "erase" else ()
    assert "No account has the login “nessuno”" in said(portal("accounts", name, "nessuno", *more))


def test_an_account_is_shown_with_its_codes(mario: int) -> None:
    [shown] = json.loads(portal("accounts", "show", "MARIO", "--json").stdout)
    assert (shown["login"], shown["state"]) == ("Mario", "unconfirmed")
    assert shown["codes"] == [{"code": "20001001", "approved": False}]
    assert "password_hash" not in shown and shown["has_password"] is True
    assert "20001001" in portal("accounts", "show", "mario").stdout


def test_a_deed_names_who_did_it(engine: Engine, mario: int) -> None:
    assert portal("accounts", "activate", "mario").exit_code == 0
    assert portal("accounts", "freeze", "mario").exit_code == 0
    assert "frozen already" in said(portal("accounts", "freeze", "mario"))
    assert portal("accounts", "unfreeze", "mario").exit_code == 0
    assert "not frozen" in said(portal("accounts", "unfreeze", "mario"))
    assert state_of(engine, mario) == "active"
    assert all(one.detail["by"].startswith("cli") for one in events_of(engine) if "by" in one.detail)
    listed = json.loads(portal("accounts", "events", "mario", "--json").stdout)
    happened = [one["event"] for one in listed]
    assert happened == ["account:unfrozen", "account:frozen", "sessions:ended", "account:activated"]
    assert "Account frozen" in portal("accounts", "events", "mario", "--last", "10").stdout


def test_a_code_is_approved_once(engine: Engine, mario: int) -> None:
    assert "does not hold" in said(portal("accounts", "approve", "mario", "99999999"))
    assert "sees the data of customer 20001001" in portal("accounts", "approve", "mario", "20001001").stderr
    assert "already" in said(portal("accounts", "approve", "mario", "20001001"))


def test_a_link_sent_again_waits_in_the_queue_and_the_command_says_so(engine: Engine, mario: int) -> None:
    done = portal("accounts", "resend", "mario")
    assert done.exit_code == 0 and "the mail waits in the queue" in done.stderr
    [waiting] = json.loads(portal("mail", "list", "--json").stdout)
    assert (waiting["state"], waiting["recipient"], waiting["attempts"]) == ("waiting", "mario@example.it", 0)
    assert "text" not in waiting and "token=" not in str(waiting)
    portal("accounts", "activate", "mario")
    assert "not waiting for a confirmation" in said(portal("accounts", "resend", "mario"))


def test_unlocking_forgets_what_was_counted(engine: Engine, mario: int) -> None:
    settings = load_settings()
    with engine.connect() as connection:
        row = connection.execute(sa.select(account).where(account.c.id == mario)).one()
    one = tries_of(settings, row)[0]
    for _ in range(one.limit.tries):
        throttle.take(engine, system_clock, [one])
    [shown] = json.loads(portal("accounts", "show", "mario", "--json").stdout)
    assert [limit["what"] for limit in shown["limits"]] == ["login from a new browser"]
    assert portal("accounts", "unlock", "mario").exit_code == 0
    [shown] = json.loads(portal("accounts", "show", "mario", "--json").stdout)
    assert shown["limits"] == []


def test_ended_sessions_are_handed_to_the_hub(engine: Engine, mario: int) -> None:
    with engine.begin() as connection:
        now = sa.func.now()
        connection.execute(session.insert().values(account_id=mario, sha256="a", started_at=now, seen_at=now))
    assert portal("accounts", "end-sessions", "mario").exit_code == 0
    with engine.connect() as connection:
        assert connection.execute(sa.select(session.c.ended_at)).scalar_one() is not None
        assert connection.execute(sa.select(session_end.c.hub_name)).scalar_one() == "c-mario"


def test_all_that_is_held_goes_into_a_file_that_only_its_owner_reads(mario: int, tmp_path: Path) -> None:
    target = tmp_path / "mario.zip"
    db.migrate("data", load_settings().data_database)
    assert portal("accounts", "export", "mario", "--output", str(target)).exit_code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "account.json" in zipfile.ZipFile(target).namelist()
    assert "exists already" in said(portal("accounts", "export", "mario", "--output", str(target)))


def test_nothing_is_erased_without_saying_yes(engine: Engine, mario: int) -> None:
    assert "Nothing was erased" in said(portal("accounts", "erase", "mario"))
    assert state_of(engine, mario) == "unconfirmed"
    assert portal("accounts", "erase", "mario", "--yes").exit_code == 0
    assert state_of(engine, mario) == "erased"
    assert "No account has the login" in said(portal("accounts", "show", "mario"))
    assert portal("accounts", "list", "--json").stdout.strip() == "[]"


def test_a_staff_member_is_invited_by_mail_and_nobody_learns_a_password(engine: Engine) -> None:
    words = ("staff", "add", "anna", "--group", "analysts", "--email", "anna@example.it")
    done = portal(*words, "--json")
    assert json.loads(done.stdout) == [{"login": "anna", "group": "analysts", "number": 1}]
    with engine.connect() as connection:
        queued = connection.execute(sa.select(outgoing_mail)).one()
        row = connection.execute(sa.select(account)).one()
    assert queued.recipient == "anna@example.it" and "nuova-password?token=" in queued.text
    assert row.password_hash is None and row.state == "active"
    assert "taken" in said(portal(*words))
    [listed] = json.loads(portal("staff", "list", "--json").stdout)
    assert listed["comes_in_by"] == "no password chosen yet"
    assert "the mail waits in the queue" in portal(*words[:2], "bruno", *words[3:]).stderr


@pytest.mark.parametrize(
    ("name", "email", "sentence"),
    [("Anna", "anna@example.it", "The name “Anna” can't be used"), ("anna", "anna@", "not valid")],
)
def test_a_staff_member_that_cannot_be_is_a_sentence(engine: Engine, name: str, email: str, sentence: str) -> None:
    assert sentence in said(portal("staff", "add", name, "--group", "analysts", "--email", email))


@pytest.mark.parametrize(
    "words",
    [
        ("staff", "add", "anna", "--group", "admins", "--email", "a@example.it"),
        ("staff", "add", "anna", "--group", "analysts"),
        ("accounts", "list", "--state", "gone"),
        ("mail", "retry", "0"),
        ("accounts", "export", "mario"),
    ],
)
def test_a_wrong_call_is_exit_code_2(words: tuple[str, ...]) -> None:
    assert portal(*words).exit_code == 2


def test_staff_move_and_leave(engine: Engine) -> None:
    portal("staff", "add", "anna", "--group", "analysts", "--email", "anna@example.it")
    assert "belongs to the operators now" in portal("staff", "set-group", "anna", "--group", "operators").stderr
    assert "already" in portal("staff", "set-group", "anna", "--group", "operators").stderr
    assert portal("staff", "remove", "anna").exit_code == 0
    [listed] = json.loads(portal("staff", "list", "--json").stdout)
    assert (listed["group"], listed["state"]) == ("operators", "frozen")
    assert "Nobody of the staff" in said(portal("staff", "remove", "carla"))


def test_a_local_account_is_linked_to_the_sign_on(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    portal("staff", "add", "anna", "--group", "analysts", "--email", "anna@example.it")
    assert "sign_on_issuer" in said(portal("staff", "link", "anna", "sub-1"))
    monkeypatch.setenv("PORTAL_SIGN_ON_ISSUER", "https://accesso.example/")
    monkeypatch.setenv("PORTAL_SIGN_ON_CLIENT_ID", "portale")
    assert portal("staff", "link", "anna", "sub-1").exit_code == 0
    with engine.connect() as connection:
        row = connection.execute(sa.select(account)).one()
    assert (row.sign_on_subject, row.password_hash) == ("https://accesso.example sub-1", None)
    portal("staff", "add", "bruno", "--group", "operators", "--email", "bruno@example.it")
    assert "belongs to the account “anna”" in said(portal("staff", "link", "bruno", "sub-1"))


def test_failing_mail_is_listed_with_its_error_and_tried_again(engine: Engine, mario: int) -> None:
    assert "No mail is failing" in portal("mail", "retry").stderr
    portal("accounts", "resend", "mario")
    with engine.begin() as connection:
        connection.execute(outgoing_mail.update().values(attempts=3, last_error="550 no such mailbox"))
    assert "550 no such mailbox" in portal("mail", "list").stdout
    assert json.loads(portal("mail", "retry", "1", "--json").stdout) == [{"retried": 1}]
    assert "no such mail" in said(portal("mail", "retry", "77"))
    assert [one.event for one in events_of(engine)][-1] == "mail:retried"
