"""``portal staff``: the supplier's own people."""

from enum import StrEnum
from typing import Annotated

import typer

from portal_lib.cli.accounts import desk, mail_note, opened_accounts
from portal_lib.cli.output import AsJson, answer, say

app = typer.Typer(no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="The login name, as `portal staff list` shows it.")]

_COLUMNS = ("login", "group", "state", "comes_in_by", "email", "number")


class Group(StrEnum):
    """Who they are: analysts get JupyterLab, operators look after the portal."""

    analysts = "analysts"
    operators = "operators"


@app.callback()
def staff() -> None:
    """Staff accounts."""


@app.command("list", epilog="Example: portal staff list --json")
def list_(as_json: AsJson = False) -> None:
    """List the staff: group, state, and how each comes in."""
    from portal_lib.accounts.staff import list_staff

    with opened_accounts() as engine:
        rows = list_staff(engine)
    answer(rows, _COLUMNS, as_json=as_json)
    if not rows:
        say("Nobody of the staff has an account yet: add somebody with `portal staff add`.")


@app.command(epilog="Example: portal staff add anna --group analysts --email anna@example.it")
def add(
    name: Annotated[str, typer.Argument(help="Login name: 2 to 32 of a-z, 0-9 and . _ -, starting with a letter.")],
    group: Annotated[Group, typer.Option(help="Which group they belong to.")],
    email: Annotated[str, typer.Option(help="Their own address: a link to choose a password goes there.")],
    as_json: AsJson = False,
) -> None:
    """Add a staff account. Its owner chooses a password by the link of a mail; nobody else ever knows it."""
    from portal_lib.accounts import staff as people

    with desk() as at:
        member = people.invite(at.engine, at.clock, at.settings, name, group.value, email, by=at.by)
        minutes = at.settings.reset_minutes
    if as_json:
        row = {"login": member.login, "group": member.group, "number": member.number}
        answer([row], ("login", "group", "number"), as_json=True)
        return
    say(
        f"“{member.login}” belongs to the {member.group} now. A mail to {email.strip()} has a link to choose a "
        f"password; it works for {minutes} minutes. Send another with `portal accounts start-reset {member.login}`."
    )
    say(mail_note())


@app.command("set-group", epilog="Example: portal staff set-group anna --group operators")
def set_group(name: Login, group: Annotated[Group, typer.Option(help="The group they move to.")]) -> None:
    """Move somebody to the other group; their sessions end. With single sign-on the provider decides instead."""
    from portal_lib.accounts import staff as people

    with desk() as at:
        before = people.set_group(at.engine, at.clock, name, group.value, by=at.by)
    if before == group.value:
        say(f"“{name}” belongs to the {group.value} already.")
    else:
        say(f"“{name}” was in {before} and belongs to the {group.value} now. Open sessions end at once.")


@app.command(epilog="Example: portal staff remove anna")
def remove(name: Login) -> None:
    """Close a staff account at once; its name stays taken, since records name it.

    `portal accounts unfreeze` opens it again.
    """
    from portal_lib.accounts import care, case
    from portal_lib.accounts import staff as people
    from portal_lib.accounts.exceptions.staff import NoSuchStaff

    with desk() as at:
        if people.find(at.engine, name) is None:
            raise NoSuchStaff(login=name)
        care.do(at, "freeze", case.id_of(at.engine, name))
    say(f"“{name}” can't come in any more; open sessions end at once.")


@app.command(epilog="Example: portal staff link anna 248289761001")
def link(
    name: Login,
    subject: Annotated[
        str, typer.Argument(help="The user's “sub” at the identity provider that sign_on_issuer names.")
    ],
) -> None:
    """Hand a local staff account over to single sign-on. Its password and second factor go; its sessions end."""
    from portal_lib.accounts.staff_sign_on import link as link_account

    with desk() as at:
        login = link_account(at.engine, at.clock, at.settings, name, subject, by=at.by)
    say(f"“{login}” comes in by single sign-on from now on, and by nothing else.")
