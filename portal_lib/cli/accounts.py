"""``portal accounts``: looking after customers' accounts (and, where a command says so, staff's)."""

import contextlib
import getpass
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from portal_lib.accounts.care import Desk

app = typer.Typer(no_args_is_help=True)

#: Narrow enough for a terminal; ``--json`` tells more.
_COLUMNS = ("login", "state", "name", "customers", "email", "created_at")
_EVENT_COLUMNS = ("at", "event", "what", "facts", "address")

Login = Annotated[str, typer.Argument(help="The account's login name, as `portal accounts list` shows it.")]


class State(StrEnum):
    """The states of an account."""

    unconfirmed = "unconfirmed"
    waiting = "waiting"
    active = "active"
    frozen = "frozen"


class FileExists(Refused):
    it = "«{path}» esiste già: scegli un altro nome."
    en = "“{path}” exists already: choose another name."


class NotSure(Refused):
    it = "Niente è stato cancellato. Per confermare aggiungi --yes."
    en = "Nothing was erased. Add --yes to confirm."


@contextlib.contextmanager
def opened_accounts() -> "Iterator[Engine]":
    """The accounts database in its newest schema, in a folder that only the portal enters."""
    from portal_lib import db
    from portal_lib.serving import places
    from portal_lib.settings import load_settings

    settings = load_settings()
    places.prepare(settings)
    db.migrate("accounts", settings.accounts_database)
    engine = db.open_engine(settings.accounts_database)
    try:
        yield engine
    finally:
        engine.dispose()


def who() -> str:
    """Who acts, as the record of events names them: the user of this machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name
        return "cli"


@contextlib.contextmanager
def desk() -> "Iterator[Desk]":
    """Where accounts are looked after from the command line."""
    from portal_lib.accounts.care import Desk
    from portal_lib.clock import system_clock
    from portal_lib.settings import load_settings

    with opened_accounts() as engine:
        yield Desk(engine, system_clock, load_settings(), who(), trusted=True)


def mail_note() -> str:
    """What to say after a mail has been queued: it leaves with the Hub, where there is a way to send it."""
    from portal_lib.settings import load_settings

    settings = load_settings()
    if settings.smtp_host or settings.outbox:
        return "The mail leaves within seconds while the portal runs (`portal run`)."
    return "Neither smtp_host nor outbox is set, so the mail waits in the queue until one is."


@app.callback()
def accounts() -> None:
    """Customers' accounts."""


@app.command("list", epilog="Example: portal accounts list --json")
def list_(
    state: Annotated[State | None, typer.Option(help="Only accounts in this state.")] = None, as_json: AsJson = False
) -> None:
    """List every customer account with its state.

    States: unconfirmed (the mail's link has not been opened), waiting (no address
    to write to: activate it), active, frozen.
    """
    from portal_lib.accounts.people import list_accounts

    with opened_accounts() as engine:
        rows = [row for row in list_accounts(engine) if row["kind"] == "customer" and row["state"] != "erased"]
    everybody = len(rows)
    rows = [row for row in rows if state is None or row["state"] == state.value]
    answer(rows, _COLUMNS, as_json=as_json)
    if not everybody:
        say("Nobody has registered yet.")
    elif not rows and state is not None:
        say(f"No account is {state.value}.")


@app.command(epilog="Example: portal accounts show mario.rossi")
def show(login: Login, as_json: AsJson = False) -> None:
    """Show one account: state, customer codes, sessions, second factor and limits in force."""
    from portal_lib.accounts.case import case, id_of

    with desk() as at:
        one = case(at.engine, at.clock, at.settings, id_of(at.engine, login))
    facts: dict[str, object] = {
        "login": one.login,
        "kind": one.kind,
        "group": one.group,
        "name": one.name,
        "state": one.state,
        "email": one.email,
        "mobile": one.mobile,
        "created_at": _utc(one.created_at),
        "confirmed_at": _utc(one.confirmed_at),
        "password_changed_at": _utc(one.password_changed_at),
        "has_password": one.has_password,
        "single_sign_on": one.signs_on,
        "second_factor_since": _utc(one.second_factor_since),
    }
    lists: dict[str, list[dict[str, object]]] = {
        "codes": [{"code": code.code, "approved": code.approved} for code in one.codes],
        "sessions": [
            {"since": _utc(each.started_at), "seen": _utc(each.seen_at), "address": each.address, "agent": each.agent}
            for each in one.sessions
        ],
        "limits": [{"what": each.what.en, "minutes": each.minutes} for each in one.locked],
    }
    if as_json:
        answer([facts | lists], (), as_json=True)
        return
    rows = [{"what": name, "value": value} for name, value in facts.items() if value not in (None, "")]
    rows += [
        {"what": name, "value": ", ".join(f"{key} {value}" for key, value in each.items())}
        for name, items in lists.items()
        for each in items
    ]
    answer(rows, ("what", "value"), as_json=False)


@app.command(epilog="Example: portal accounts events mario.rossi --last 20")
def events(
    login: Login,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what happened to an account, newest first, in UTC."""
    from portal_lib.accounts import case
    from portal_lib.accounts.event_words import event_in_words, facts_in_words

    with opened_accounts() as engine:
        happened = case.events(engine, case.id_of(engine, login), at_most=last)
    rows = [
        {
            "at": _utc(one.at),
            "event": one.event,
            "what": event_in_words(one.event, "en"),
            "facts": one.detail if as_json else facts_in_words(one.detail, "en"),
            "address": one.address,
        }
        for one in happened
    ]
    answer(rows, _EVENT_COLUMNS, as_json=as_json)


@app.command(epilog="Example: portal accounts activate mario.rossi")
def activate(login: Login, as_json: AsJson = False) -> None:
    """Open an account that is waiting or unconfirmed, once its owner has been identified."""
    _do("activate", login, as_json)


@app.command(epilog="Example: portal accounts resend mario.rossi")
def resend(login: Login, as_json: AsJson = False) -> None:
    """Send the confirmation link again; older links stop working."""
    _do("resend", login, as_json, mails=True)


@app.command(epilog="Example: portal accounts approve mario.rossi 20001001")
def approve(
    login: Login, code: Annotated[str, typer.Argument(help="The customer code that waits for approval.")]
) -> None:
    """Let an account see the data of a customer code that waits for approval."""
    from portal_lib.accounts import care
    from portal_lib.accounts.case import id_of

    with desk() as at:
        care.approve(at, id_of(at.engine, login), code)
    say(f"“{login}” sees the data of customer {code} now.")


@app.command(epilog="Example: portal accounts freeze mario.rossi")
def freeze(login: Login, as_json: AsJson = False) -> None:
    """Close an account at once, with its sessions, links and export tokens (staff too)."""
    _do("freeze", login, as_json)


@app.command(epilog="Example: portal accounts unfreeze mario.rossi")
def unfreeze(login: Login, as_json: AsJson = False) -> None:
    """Open a frozen account again (staff too)."""
    _do("unfreeze", login, as_json)


@app.command(epilog="Example: portal accounts unlock mario.rossi")
def unlock(login: Login, as_json: AsJson = False) -> None:
    """Forget the tries counted against an account (staff too), so that its owner can try again now."""
    _do("unlock", login, as_json)


@app.command("end-sessions", epilog="Example: portal accounts end-sessions mario.rossi")
def end_sessions(login: Login, as_json: AsJson = False) -> None:
    """Log an account out of every browser (staff too); open pages stop within seconds."""
    _do("end-sessions", login, as_json)


@app.command("start-reset", epilog="Example: portal accounts start-reset mario.rossi")
def start_reset(login: Login, as_json: AsJson = False) -> None:
    """Send the link for choosing a new password to the account's own address (staff too)."""
    _do("start-reset", login, as_json, mails=True)


@app.command("second-factor-off", epilog="Example: portal accounts second-factor-off mario.rossi")
def second_factor_off(login: Login, as_json: AsJson = False) -> None:
    """Turn a lost second factor off, once its owner has been identified (staff too); they hear of it by mail."""
    _do("second-factor-off", login, as_json, mails=True)


@app.command(epilog="Example: portal accounts export mario.rossi --output mario.zip")
def export(
    login: Login,
    output: Annotated[Path, typer.Option(help="The ZIP to write; it must not exist yet.")],
) -> None:
    """Write all that is held about a person into a ZIP of JSON, for a request made in writing."""
    from portal_lib import db
    from portal_lib.accounts.personal_data import export_for
    from portal_lib.visitor.held import HeldRecords

    if output.exists():
        raise FileExists(path=output)
    with desk() as at:
        db.migrate("data", at.settings.data_database)
        data = db.open_engine(at.settings.data_database, read_only=True)
        try:
            whole = export_for(at.engine, at.clock, at.settings, HeldRecords(data), login, by=at.by)
        finally:
            data.dispose()
    output.touch(mode=0o600, exist_ok=False)  # it is about a person
    output.write_bytes(whole)
    say(f"All that is held about “{login}” is in {output}. Hand it to that person alone, then delete it.")


@app.command(epilog="Example: portal accounts erase mario.rossi --yes")
def erase(
    login: Login, yes: Annotated[bool, typer.Option("--yes", help="Really erase it: nothing brings it back.")] = False
) -> None:
    """Erase a customer's account for good, for a request made in writing. What the law keeps stays, without a name."""
    from portal_lib.accounts.case import id_of
    from portal_lib.accounts.erasure import erase as erase_account

    with desk() as at:
        id_of(at.engine, login)
        if not yes:
            raise NotSure()
        erased = erase_account(at.engine, at.clock, at.settings, login, by=at.by)
    say(f"The account “{erased}” is erased.")


def _do(name: str, login: str, as_json: bool, *, mails: bool = False) -> None:
    """Do one of the deeds that page and command line share, and say so."""
    from portal_lib.accounts import care
    from portal_lib.accounts.case import case, id_of

    with desk() as at:
        account_id = id_of(at.engine, login)
        done = care.do(at, name, account_id)
        one = case(at.engine, at.clock, at.settings, account_id)
    if as_json:
        answer([{"login": one.login, "state": one.state}], ("login", "state"), as_json=True)
        return
    say(f"“{one.login}”: {done.en}")
    if mails:
        say(mail_note())


def _utc(instant: object) -> str | None:
    return None if instant is None else f"{instant.isoformat(timespec='seconds')}Z"  # type: ignore[attr-defined]
