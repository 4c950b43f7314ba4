"""Depositing: from documents to a new version that the customer can download.

The documents are written beside the deposit folder's files and flushed to disk; one transaction then renames them and
writes their rows. That transaction is the deposit instant: before it nothing is visible, and a failure leaves nothing
behind. Whoever is killed in between leaves files that no row knows, which the next deposit in that place removes.
"""

import hashlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.clock import Clock
from portal_lib.deposit import catalogue
from portal_lib.deposit.exceptions import DepositTaken, EmptyDocument
from portal_lib.deposit.tables import deposit as deposit_table
from portal_lib.deposit.tables import deposit_file
from portal_lib.temporary import temporary_folder

#: Names a document of a version: (format, version) -> file name, as the customer's browser saves it.
Names = Callable[[str, int], str]

#: Writes into the deposit's transaction.
Together = Callable[[Connection], None]

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._%-]{0,199}")
_FORMAT = re.compile(r"[a-z0-9_]{1,8}")
_CHUNK = 1 << 20
_ATTEMPTS = 5


@dataclass(frozen=True)
class Deposit(catalogue.Deposit):
    """A deposit just made, with its files in the order of the documents given."""

    files: tuple[catalogue.DepositedFile, ...]


@dataclass(frozen=True)
class _Staged:
    """A document on disk, under a temporary name in the deposit folder's own file system."""

    format: str
    path: Path
    size: int
    sha256: str


def folder_name(text: str) -> str:
    """A text (a customer code, say) as one path component: reversible, plain ASCII, never ``.`` or ``..``."""
    return quote(text, safe="").replace(".", "%2E").replace("~", "%7E") or "%"


def deposit(
    engine: Engine,
    folder: Path,
    *,
    customer_code: str,
    report: str,
    title: str,
    period_first: date,
    period_last: date,
    due_on: date,
    documents: Mapping[str, bytes | Path],
    names: Names,
    clock: Clock,
    tender: str = "",
    provisional: bool = False,
    together: Together | None = None,
) -> Deposit:
    """Deposit ``documents`` (format -> bytes, or a file to copy) as the next version; all of them or nothing.

    ``together`` writes what belongs to the deposit in the deposit's own transaction, before anything is put in place;
    what it raises undoes everything.

    Version = the highest one deposited for that customer, report and period, plus one. Files come to lie at
    ``REPORT/FIRST_LAST/CUSTOMER/vN-RANDOM/NAME`` below ``folder``, readable only.

    Raises :class:`EmptyDocument` for a document without bytes and :class:`DepositTaken` when other runs keep
    taking the version; ``ValueError`` for no documents, or a name that is not a plain file name.
    """
    if not documents:
        raise ValueError("a deposit needs documents")
    facts = {
        "customer_code": customer_code,
        "report": report,
        "title": title,
        "period_first": period_first,
        "period_last": period_last,
        "due_on": due_on,
        "tender": tender,
        "provisional": provisional,
    }
    with _staged(folder, documents, names) as staged:
        for _ in range(_ATTEMPTS):
            try:
                return _commit(engine, folder, facts, staged, names, clock, together)
            except sa.exc.IntegrityError:
                continue  # on PostgreSQL another run may take this version between our look and our row
    raise DepositTaken(report=report, period=period_first.isoformat(), customer=customer_code)


def _commit(
    engine: Engine,
    folder: Path,
    facts: dict[str, Any],
    staged: list[_Staged],
    names: Names,
    clock: Clock,
    together: Together | None,
) -> Deposit:
    target: Path | None = None
    try:
        with engine.begin() as connection:
            version = next_version(
                connection, facts["customer_code"], facts["report"], facts["period_first"], facts["period_last"]
            )
            below = _place(facts) / f"v{version}-{secrets.token_hex(4)}"
            deposited_at = clock().astimezone(UTC)
            deposit_id = _insert(
                connection,
                deposit_table,
                {**facts, "version": version, "deposited_at": deposited_at.replace(tzinfo=None)},
            )
            common: dict[str, Any] = {
                **facts,
                "version": version,
                "deposited_at": deposited_at,
                "on_time": catalogue.on_time(deposited_at, facts["due_on"]),
                "superseded": False,
            }
            files = []
            for document in staged:
                name = _plain(names(document.format, version))
                row: dict[str, Any] = {
                    "name": name,
                    "format": document.format,
                    "size": document.size,
                    "sha256": document.sha256,
                    "path": (below / name).as_posix(),
                }
                file_id = _insert(connection, deposit_file, {"deposit_id": deposit_id, **row})
                files.append(catalogue.DepositedFile(id=file_id, **common, **row))
            if together is not None:
                together(connection)
            remove_unknown(connection, folder, _place(facts))
            target = folder / below
            _put_in_place(
                folder,
                target,
                {document.path: file.name for document, file in zip(staged, files, strict=True)},
            )
    except BaseException:
        # A commit that failed may still have happened (the connection was lost on the way back). Files
        # without rows are invisible and harmless; rows without files are not. So files go only when the rows
        # are known not to be.
        if target is not None and not _may_be_deposited(engine, target.relative_to(folder)):
            shutil.rmtree(target, ignore_errors=True)
        raise
    return Deposit(id=deposit_id, **common, files=tuple(files))


def remove_unknown(connection: Connection, folder: Path, place: Path) -> list[Path]:
    """Remove the version folders below ``place`` that no row knows: a run died between its files and its rows.

    Only within a writing transaction, which nobody else shares: what is not in the catalogue then will never be.
    """
    if not (folder / place).is_dir():
        return []
    beginning = f"{place.as_posix()}/"
    paths = connection.scalars(
        sa.select(deposit_file.c.path).where(deposit_file.c.path.startswith(beginning, autoescape=True))
    )
    known = {Path(path).parent.name for path in paths}
    unknown = [path for path in sorted((folder / place).iterdir()) if path.name not in known]
    for path in unknown:
        shutil.rmtree(path, ignore_errors=True)
    return unknown


def _insert(connection: Connection, table: sa.Table, row: Mapping[str, Any]) -> int:
    return int(connection.execute(table.insert().values(**row).returning(table.c.id)).scalar_one())


def next_version(connection: Connection, customer_code: str, report: str, first: date, last: date) -> int:
    """The version that the next deposit for a customer, report and period is."""
    query = sa.select(sa.func.coalesce(sa.func.max(deposit_table.c.version), 0)).where(
        deposit_table.c.customer_code == customer_code,
        deposit_table.c.report == report,
        deposit_table.c.period_first == first,
        deposit_table.c.period_last == last,
    )
    return int(connection.execute(query).scalar_one()) + 1


def _place(facts: Mapping[str, Any]) -> Path:
    period = f"{facts['period_first'].isoformat()}_{facts['period_last'].isoformat()}"
    return Path(folder_name(facts["report"]), period, folder_name(facts["customer_code"]))


def _plain(name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        raise ValueError(f"not a plain file name: {name!r}")
    return name


@contextmanager
def _staged(folder: Path, documents: Mapping[str, bytes | Path], names: Names) -> Iterator[list[_Staged]]:
    """The documents written and flushed in a temporary folder, which is gone afterwards whatever happens."""
    with temporary_folder(folder, ".staging-") as staging:
        written = []
        for kind, document in documents.items():
            if not _FORMAT.fullmatch(kind):
                raise ValueError(f"not a document format: {kind!r}")
            one = _write(staging / kind, kind, document)
            if not one.size:
                raise EmptyDocument(name=names(kind, 1))
            written.append(one)
        yield written


def _write(path: Path, kind: str, document: bytes | Path) -> _Staged:
    digest, size = hashlib.sha256(), 0
    source = io.BytesIO(document) if isinstance(document, bytes) else document.open("rb")
    with source, path.open("xb") as file:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o440)  # deposited evidence is never written again
    return _Staged(kind, path, size, digest.hexdigest())


def _put_in_place(folder: Path, target: Path, names: Mapping[Path, str]) -> None:
    """Rename staged files into ``target`` and flush every folder on the way: a power cut loses none."""
    target.mkdir(parents=True)
    for staged, name in names.items():
        staged.replace(target / name)
    for changed in (target, *target.parents):
        handle = os.open(changed, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if changed == folder:
            break


def _may_be_deposited(engine: Engine, below: Path) -> bool:
    """Whether a file below that folder is in the catalogue, as far as can be told."""
    try:
        with db.reading(engine) as connection:
            query = sa.select(deposit_file.c.id).where(
                deposit_file.c.path.startswith(f"{below.as_posix()}/", autoescape=True)
            )
            return connection.execute(query).first() is not None
    except sa.exc.SQLAlchemyError:
        return True
