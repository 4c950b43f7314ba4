"""``portal deposit``: what was handed over, the key that signs it, its verification, and who fetched it."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_lib.cli.output import AsJson, answer, say

if TYPE_CHECKING:
    from portal_lib.deposit.catalogue import DepositedFile

app = typer.Typer(no_args_is_help=True)

_LIST_COLUMNS = ("report", "period", "customer", "version", "deposited", "due", "state")
_FAULT_COLUMNS = ("fault", "where", "customer", "reason")
_RECEIPT_COLUMNS = ("report", "customer", "version", "deposited", "state", "file", "sha256", "fetched", "by")


@app.callback()
def deposit() -> None:
    """What was handed over."""


@app.command("list", epilog="Example: portal deposit list --json")
def list_(as_json: AsJson = False) -> None:
    """List every deposited report, newest first, with its due day and whether it was late.

    Instants are Europe/Rome time; a superseded version stays as evidence.
    """
    from portal_lib import db
    from portal_lib.deposit.catalogue import every_deposit
    from portal_lib.reporting.periods import Period
    from portal_lib.settings import load_settings

    with _opened(load_settings()) as engine, db.reading(engine) as connection:
        rows = [
            {
                "tender": made.tender or None,
                "report": made.report,
                "period": str(Period.covering(made.period_first, made.period_last) or made.period_first),
                "customer": made.customer_code,
                "version": made.version,
                "deposited_at": _rome(made.deposited_at),
                "due": made.due_on,
                "late": not made.on_time,
                "provisional": made.provisional,
                "superseded": made.superseded,
            }
            for made in every_deposit(connection)
        ]
    if not rows and not as_json:
        say("portal: nothing has been deposited yet. Make what is owed: portal reports run --due")
        return
    answer(rows if as_json else [row | _in_words(row) for row in rows], _LIST_COLUMNS, as_json=as_json)


@app.command(epilog="Example: portal deposit key --public > supplier.pem")
def key(
    public: Annotated[bool, typer.Option("--public", help="Only print the public half of the key there is.")] = False,
) -> None:
    """Make the supplier's key, once, and print its public half (PEM, Ed25519).

    The private key is a file outside the databases that only its owner may read
    (setting deposit_key). Keep a copy of it where the backups are not. The public
    half is also at ADDRESS/hub/deposito/chiave.pem.
    """
    from portal_lib.deposit.signing import make_key, open_key
    from portal_lib.settings import load_settings

    path = load_settings().deposit_key_file
    signer = open_key(path) if public else make_key(path)
    sys.stdout.write(signer.public_pem.decode("ascii"))
    if not public:
        say(f"portal: the key is in {path}. What is deposited from now on is signed; fingerprint {signer.fingerprint}.")


@app.command(epilog="Example: portal deposit verify --json")
def verify(as_json: AsJson = False) -> None:
    """Hash every deposited file again, check every manifest's signature, and name what differs.

    Faults: altered (other bytes), lost (nothing there), manifest (a signed list
    that does not hold: bytes, signature, or the catalogue says otherwise), and
    unknown (a file that was never deposited: no harm, the next run removes it).
    Exit code: 0 everything is as it was deposited, 1 it is not.
    """
    from portal_lib.deposit.exceptions import NoKey
    from portal_lib.deposit.signing import open_key
    from portal_lib.deposit.verifying import verify as look
    from portal_lib.settings import load_settings

    settings = load_settings()
    try:
        public = open_key(settings.deposit_key_file).public_pem
    except NoKey:
        public = None
    with _opened(settings) as engine:
        found = look(engine, settings.deposit_folder, public, watch=_watched)
    rows = [
        {
            "fault": one.fault,
            "where": one.where,
            "reason": one.reason,
            "customer": one.file.customer_code if one.file else None,
            "report": one.file.report if one.file else None,
            "version": one.file.version if one.file else None,
        }
        for one in found.findings
    ]
    if rows or as_json:
        answer(rows, _FAULT_COLUMNS, as_json=as_json)
    verdict = "everything is as it was deposited" if found.sound else "NOT everything is as it was deposited"
    say(f"portal: {found.files} files, {found.size / 1_000_000:.1f} MB: {verdict}.")
    if public is None:
        say("portal: there is no key, so manifests were held against the public keys beside them only.")
    if not found.sound:
        raise typer.Exit(1)


@app.command(epilog="Example: portal deposit receipts --tender convenzione-demo --period 2025-03")
def receipts(
    tender: Annotated[str, typer.Option(help="The tender: the name of its file.")],
    period: Annotated[str, typer.Option(help="For example 2025-03, 2025-Q1, 2025-H1 or 2025.")],
    as_json: AsJson = False,
) -> None:
    """Print the proof for a tender and period: what was deposited when, and who fetched which version when.

    Below the table: the signed manifest of the period, which anybody can check
    with the public key. Instants are Europe/Rome time.
    """
    from portal_lib import db
    from portal_lib.deposit import manifests
    from portal_lib.deposit.receipts import receipts as kept
    from portal_lib.reporting.periods import Period
    from portal_lib.reporting.running_due import catalogue_of
    from portal_lib.settings import load_settings

    settings = load_settings()
    of = Period.parse(period)
    catalogue_of(settings).tender(tender)
    with _opened(settings) as engine, db.reading(engine) as connection:
        found = kept(connection, tender, of.first, of.last)
        manifest = manifests.latest(connection, tender, of.first, of.last)
    names = _names(settings, {one.visitor for one in found if one.visitor})
    rows: list[dict[str, Any]] = [
        {
            "report": one.report,
            "customer": one.customer_code,
            "version": one.version,
            "due": one.due_on,
            "deposited_at": _rome(one.deposited_at),
            "late": not one.on_time,
            "provisional": one.provisional,
            "superseded": False,
            "file": one.name,
            "sha256": one.sha256,
            "fetched_at": _rome(one.fetched_at) if one.fetched_at else None,
            "by": names.get(one.visitor, one.visitor) if one.visitor else None,
            "visitor": one.visitor,
        }
        for one in found
    ]
    shown = [row | _in_words(row) | {"fetched": (row["fetched_at"] or "never")[:19].replace("T", " ")} for row in rows]
    if rows or as_json:
        answer(rows if as_json else shown, _RECEIPT_COLUMNS, as_json=as_json)
    if not rows:
        say(f"portal: nothing was deposited for {tender} {of}.")
    elif manifest is None:
        say("portal: no manifest of this period is signed. Make the key, then any run signs: portal deposit key")
    else:
        say(
            f"portal: manifest {manifest.number} of {_rome(_utc(manifest.made_at))}, SHA-256 {manifest.sha256}: "
            f"{settings.deposit_folder / manifest.path} (signature: .sig)"
        )


def _names(settings: Any, hub_names: set[str]) -> dict[str | None, str]:
    """Who stands behind Hub names, as login and name; a name that is not found stays as it is."""
    import sqlalchemy as sa

    from portal_lib import db
    from portal_lib.accounts.tables import account

    if not hub_names:
        return {}
    db.migrate("accounts", settings.accounts_database)
    engine = db.open_engine(settings.accounts_database)
    try:
        with db.reading(engine) as connection:
            rows = connection.execute(sa.select(account).where(account.c.hub_name.in_(hub_names)))
            return {row.hub_name: f"{row.login} ({row.first_name} {row.last_name})" for row in rows}
    finally:
        engine.dispose()


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    late = "late" if row["late"] else "on time"
    state = f"provisional, {late}" if row["provisional"] else late
    return {
        "deposited": row["deposited_at"][:19].replace("T", " "),
        "state": "superseded" if row["superseded"] else state,
    }


def _rome(instant: Any) -> str:
    from portal_lib.clock import ROME

    return str(instant.astimezone(ROME).isoformat(timespec="seconds"))


def _utc(naive: Any) -> Any:
    from datetime import UTC

    return naive.replace(tzinfo=UTC)


def _opened(settings: Any) -> Any:
    from contextlib import contextmanager

    from portal_lib import db

    @contextmanager
    def opened() -> Any:
        db.migrate("data", settings.data_database)
        engine = db.open_engine(settings.data_database)
        try:
            yield engine
        finally:
            engine.dispose()

    return opened()


def _watched(files: "list[DepositedFile]") -> "Iterable[DepositedFile]":
    """With a bar where someone at a terminal waits for many."""
    if len(files) < 20 or not sys.stderr.isatty():
        return files
    from rich.console import Console
    from rich.progress import track

    return track(files, description="files", console=Console(stderr=True), transient=True)
