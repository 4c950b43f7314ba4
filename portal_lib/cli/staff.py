"""``portal staff``: the supplier's own people."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from portal_lib.cli.accounts import opened_accounts
from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

app = typer.Typer(no_args_is_help=True)


class NoTerminal(Refused):
    """Nobody is there to type a password."""

    it = "Senza terminale la password non si può chiedere. Usa --password-stdin e falla leggere dallo standard input."
    en = "Without a terminal the password can't be asked for. Use --password-stdin and give it on standard input."


class Group(StrEnum):
    """Who they are: analysts get JupyterLab, operators look after the portal."""

    analysts = "analysts"
    operators = "operators"


@app.callback()
def staff() -> None:
    """Staff accounts."""


@app.command(epilog="Example: portal staff add anna --group analysts")
def add(
    name: Annotated[str, typer.Argument(help="Login name: 2 to 32 of a-z, 0-9 and . _ -, starting with a letter.")],
    group: Annotated[Group, typer.Option(help="Which group they belong to.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a staff account, active at once. The password is asked for twice, and never shown."""
    from portal_lib.accounts import staff as people
    from portal_lib.accounts.names import check_staff_login
    from portal_lib.accounts.password_rules import about, check_password
    from portal_lib.clock import system_clock

    check_staff_login(name)  # before anybody types a password for nothing
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif not _at_a_terminal():
        raise NoTerminal()
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    check_password(password, about=about(username=name))

    with opened_accounts() as engine:
        member = people.add(engine, system_clock, name, group.value, password)
    if as_json:
        row = {"login": member.login, "group": member.group, "number": member.number}
        answer([row], ("login", "group", "number"), as_json=True)
    else:
        say(f"“{member.login}” belongs to the {member.group} now and can log in.")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()
