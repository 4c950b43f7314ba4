"""The ``portal`` command's entry: exit code 0 done, 1 refused with a sentence, 2 wrong call."""

import sys

import typer

from portal_lib.cli import (
    accounts,
    customers,
    data,
    deposit,
    mail,
    readings,
    readings_aside,
    readings_export,
    readings_inspect,
    readings_watch,
    reports,
    serve,
    staff,
)
from portal_lib.cli.output import say
from portal_lib.refused import Refused

app = typer.Typer(
    name="portal",
    help="The customer portal: serve it, load customers and readings, run reports, look after accounts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(serve.run)
app.add_typer(customers.app, name="customers", help="Customers, supply points and orders.")
readings.app.command("trace", epilog="Example: portal readings trace IT001E12345678 2025-11-04")(readings_inspect.trace)
readings.app.command("status", epilog="Example: portal readings status --month 2025-11")(readings_inspect.status)
readings.app.command("export", epilog="Example: portal readings export parquet --from 2025-01 --to 2025-12")(
    readings_export.export
)
readings.app.command("watch", epilog="Example: portal readings watch /srv/flows")(readings_watch.watch)
readings.app.command("put-aside", epilog="Example: portal readings put-aside --json")(readings_aside.put_aside)
readings.app.command("retry", epilog="Example: portal readings retry ExportData_settembre.csv --pod IT001E12345678")(
    readings_aside.retry
)
app.add_typer(readings.app, name="readings", help="Metering flows and the readings in them.")
app.add_typer(data.app, name="data", help="The portal's databases as a whole.")
app.add_typer(reports.app, name="reports", help="The Article 11 reports.")
app.add_typer(deposit.app, name="deposit", help="What was handed over: key, verification, receipts.")
app.add_typer(accounts.app, name="accounts", help="Customers' accounts.")
app.add_typer(staff.app, name="staff", help="Staff accounts.")
app.add_typer(mail.app, name="mail", help="Outgoing mail.")


def main() -> None:
    """Run the command; what a person did wrong comes out as a sentence, never as a traceback."""
    try:
        app()
    except Refused as refusal:
        say(f"portal: {refusal}")
        sys.exit(1)
    except OSError as error:
        # A disk that is full, a folder that can't be made: nothing a traceback would explain better.
        if error.filename is None:
            raise
        say(
            f"portal: {error.filename}: {error.strerror}. Check the path, its permissions and the disk, then try again."
        )
        sys.exit(1)
    except Exception as error:
        if (trouble := _trouble_with_a_database(error)) is None:
            raise
        say(f"portal: a database can't be used: {trouble}. Check data_url, accounts_url and var in the settings.")
        sys.exit(1)


def _trouble_with_a_database(error: Exception) -> str | None:
    """What the driver or the address's reader says, or None for any other error."""
    if "sqlalchemy" not in sys.modules:  # nor is it imported here: `portal --help` should not wait for it
        return None
    from sqlalchemy.exc import ArgumentError, DatabaseError

    if isinstance(error, DatabaseError):
        return str(error.orig)
    return str(error) if isinstance(error, ArgumentError) else None
