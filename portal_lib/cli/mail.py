"""``portal mail``: the queue of mail that has not been sent."""

from typing import Annotated

import typer

from portal_lib.cli.accounts import mail_note, opened_accounts, who
from portal_lib.cli.output import AsJson, answer, say

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("id", "state", "recipient", "subject", "attempts", "next_try", "last_error")


@app.callback()
def mail() -> None:
    """Outgoing mail."""


@app.command("list", epilog="Example: portal mail list --json")
def list_(as_json: AsJson = False) -> None:
    """List the mail that has not been sent, with the mail server's own words. What a mail says is not shown.

    States: waiting (not tried yet), failing (tried in vain; tried again, after
    growing waits, at next_try), given-up (not sent within three days).
    """
    from portal_lib.accounts.mail_queue import unsent
    from portal_lib.clock import system_clock

    with opened_accounts() as engine:
        rows = [
            {
                "id": one.id,
                "state": one.fate,
                "recipient": one.recipient,
                "subject": one.subject,
                "created_at": f"{one.created_at.isoformat(timespec='seconds')}Z",
                "attempts": one.attempts,
                "next_try": f"{one.next_try.isoformat(timespec='seconds')}Z" if one.next_try else None,
                "last_error": one.last_error,
            }
            for one in unsent(engine, system_clock)
        ]
    answer(rows, _COLUMNS, as_json=as_json)
    if not rows:
        say("All mail has been sent.")


@app.command(epilog="Example: portal mail retry 42")
def retry(
    number: Annotated[
        int | None, typer.Argument(min=1, help="The mail's id; without it, every mail that fails.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have failing mail tried at once instead of at its next time."""
    from portal_lib.accounts.exceptions.operators import NothingToRetry
    from portal_lib.accounts.mail_queue import retry as retry_mail
    from portal_lib.clock import system_clock

    with opened_accounts() as engine:
        count = retry_mail(engine, system_clock, by=who(), mail_id=number)
    if number is not None and not count:
        raise NothingToRetry()
    if as_json:
        answer([{"retried": count}], ("retried",), as_json=True)
    elif count:
        say(f"{count} to be tried again now. {mail_note()}")
    else:
        say("No mail is failing.")
