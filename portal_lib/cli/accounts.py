"""``portal accounts``: customers' accounts, for the supplier's staff."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from portal_lib.cli.output import AsJson, answer, say

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

app = typer.Typer(no_args_is_help=True)

#: Narrow enough for a terminal; ``--json`` tells more.
_COLUMNS = ("login", "state", "name", "customers", "email", "created_at")


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


@app.callback()
def accounts() -> None:
    """Customers' accounts."""


@app.command("list", epilog="Example: portal accounts list --json")
def list_(as_json: AsJson = False) -> None:
    """List every customer account with its state.

    States: unconfirmed (the mail's link has not been opened), waiting (no address
    to write to: activate it), active, frozen.
    """
    from portal_lib.accounts.people import list_accounts

    with opened_accounts() as engine:
        rows = [row for row in list_accounts(engine) if row["kind"] == "customer"]
    answer(rows, _COLUMNS, as_json=as_json)
    if not rows:
        say("Nobody has registered yet.")


@app.command(epilog="Example: portal accounts activate mario.rossi")
def activate(
    login: Annotated[str, typer.Argument(help="The account's login name, as `portal accounts list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Open an account that is waiting or unconfirmed, once its owner has been identified."""
    from portal_lib.accounts.activation import activate as activate_account
    from portal_lib.clock import system_clock

    with opened_accounts() as engine:
        activated = activate_account(engine, system_clock, login)
    if as_json:
        answer([{"login": activated, "state": "active"}], ("login", "state"), as_json=True)
    else:
        say(f"The account “{activated}” is active: its owner can log in now.")
