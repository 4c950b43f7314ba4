"""The signed list of what was deposited for a tender and period: what the supplier can show, and anybody can check.

A manifest is a JSON file below ``deposit/manifests``, its signature (64 bytes, Ed25519 over the file's bytes) lies
beside it as ``.sig``, the public key in ``manifests/keys``. Each names the SHA-256 of the one before, so none can be
left out unseen. A new one is made only when there is something new to list.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib.clock import Clock
from portal_lib.deposit import catalogue
from portal_lib.deposit.signing import Signer, fingerprint_of, is_signed
from portal_lib.deposit.tables import deposit, deposit_file, deposit_manifest

_FOLDER = "manifests"
_FORM = "portal-deposit-manifest/1"


@dataclass(frozen=True)
class Manifest:
    """One signed list. ``path`` is relative to the deposit folder; ``made_at`` is aware, UTC."""

    tender: str
    period_first: date
    period_last: date
    number: int
    made_at: datetime
    sha256: str
    path: str


def periods(connection: Connection) -> list[tuple[str, date, date]]:
    """The tenders and periods for which something was deposited."""
    columns = deposit.c.tender, deposit.c.period_first, deposit.c.period_last
    query = sa.select(*columns).where(deposit.c.tender != "").distinct().order_by(*columns)
    return [(row.tender, row.period_first, row.period_last) for row in connection.execute(query)]


def sign(
    engine: Engine, folder: Path, signer: Signer, clock: Clock, *, tender: str, first: date, last: date, supplier: str
) -> Manifest | None:
    """Write and sign the list of a tender's period as it stands; None where the last one says the same."""
    with engine.begin() as connection:
        listed = _listed(connection, tender, first, last)
        content_sha256 = hashlib.sha256(_bytes(listed)).hexdigest()
        before = latest(connection, tender, first, last)
        if before is not None and before.content_sha256 == content_sha256:
            return None
        number = before.number + 1 if before is not None else 1
        made_at = clock().astimezone(UTC)
        content = _bytes(
            {
                "form": _FORM,
                "supplier": supplier,
                "tender": tender,
                "period": {"first": first.isoformat(), "last": last.isoformat()},
                "number": number,
                "made_at": _instant(made_at),
                "previous_sha256": before.sha256 if before is not None else None,
                "key": signer.fingerprint,
                "deposits": listed,
            }
        )
        path = Path(_FOLDER, tender, f"{first}_{last}", f"manifest-{number:04d}.json")
        row: dict[str, Any] = {
            "tender": tender,
            "period_first": first,
            "period_last": last,
            "number": number,
            "sha256": hashlib.sha256(content).hexdigest(),
            "path": path.as_posix(),
        }
        made = {"made_at": made_at.replace(tzinfo=None), "content_sha256": content_sha256}
        connection.execute(deposit_manifest.insert().values(**row, **made))
        # Before the commit: a row without its file would be worse than a file without its row, which is overwritten.
        _write(folder / _FOLDER / "keys" / f"{signer.fingerprint}.pem", signer.public_pem)
        _write(folder / f"{path}.sig", signer.sign(content))
        _write(folder / path, content)
    return Manifest(**row, made_at=made_at)


def latest(connection: Connection, tender: str, first: date, last: date) -> Any:
    """The row of the newest manifest of a tender's period, or None."""
    query = (
        sa.select(deposit_manifest)
        .where(
            deposit_manifest.c.tender == tender,
            deposit_manifest.c.period_first == first,
            deposit_manifest.c.period_last == last,
        )
        .order_by(deposit_manifest.c.number.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def faults(connection: Connection, folder: Path, public_pem: bytes | None) -> list[tuple[str, str]]:
    """What is wrong with the manifests, each by path and reason: bytes, signatures, gaps, or another catalogue.

    ``public_pem`` is the key in use; a manifest of an earlier one is held against the copy in ``manifests/keys``.
    """
    found: list[tuple[str, str]] = []
    columns = deposit_manifest.c
    query = sa.select(deposit_manifest).order_by(
        columns.tender, columns.period_first, columns.period_last, columns.number
    )
    previous: Any = None
    newest: dict[tuple[str, date, date], dict[str, Any]] = {}
    for row in connection.execute(query):
        of = (row.tender, row.period_first, row.period_last)
        if row.number > 1 and (previous is None or previous.number != row.number - 1):
            found.append((row.path, f"the manifest before it (number {row.number - 1}) is not in the catalogue"))
        before = previous.sha256 if row.number > 1 and previous is not None else None
        content, wrong = _checked(folder, row, before, public_pem)
        found += [(row.path, reason) for reason in wrong]
        if content is not None:
            newest[of] = content
        previous = row
    for of, content in newest.items():
        now = _listed(connection, *of)
        found += _differences(content["deposits"], now)
    return found


def _checked(
    folder: Path, row: Any, previous_sha256: str | None, public_pem: bytes | None
) -> tuple[dict[str, Any] | None, list[str]]:
    """A manifest as its file says it, if the file can be trusted; and what is wrong with it."""
    try:
        content, signature = (folder / row.path).read_bytes(), (folder / f"{row.path}.sig").read_bytes()
    except OSError as error:
        return None, [f"it can't be read ({error.strerror})"]
    if hashlib.sha256(content).hexdigest() != row.sha256:
        return None, ["its bytes changed"]
    said: dict[str, Any] = json.loads(content)
    wrong = []
    if said["previous_sha256"] != previous_sha256:
        wrong.append("it does not follow the one before it")
    key = public_pem
    if key is None or fingerprint_of(key) != said["key"]:
        try:
            key = (folder / _FOLDER / "keys" / f"{said['key']}.pem").read_bytes()
        except OSError:
            key = None
    if key is None or fingerprint_of(key) != said["key"] or not is_signed(key, content, signature):
        return None, [*wrong, "its signature is not the supplier's"]
    return said, wrong


def _differences(signed: list[dict[str, Any]], now: list[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    """What was signed and is told otherwise by the catalogue."""
    present = {_key(one): one for one in now}
    for one in signed:
        other = present.get(_key(one))
        where = f"{one['report']} {one['customer']} v{one['version']}"
        if other is None:
            yield where, "it was signed and is not in the catalogue any more"
            continue
        for name in one:
            if one[name] != other[name]:
                yield where, f"the catalogue says something else than was signed: {name}"


def _key(one: dict[str, Any]) -> tuple[str, str, int]:
    return one["report"], one["customer"], one["version"]


def _listed(connection: Connection, tender: str, first: date, last: date) -> list[dict[str, Any]]:
    """Every deposit of a tender's period, earlier versions too, as a manifest says it."""
    of = (deposit.c.tender == tender, deposit.c.period_first == first, deposit.c.period_last == last)
    columns = deposit.c
    rows = connection.execute(
        sa.select(deposit).where(*of).order_by(columns.report, columns.customer_code, columns.version)
    ).all()
    files: dict[int, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for file in connection.execute(
        sa.select(deposit_file).join(deposit).where(*of).order_by(deposit_file.c.deposit_id, deposit_file.c.id)
    ):
        files[file.deposit_id].append(
            {"name": file.name, "format": file.format, "size": file.size, "sha256": file.sha256, "path": file.path}
        )
    return [
        {
            "report": row.report,
            "title": row.title,
            "customer": row.customer_code,
            "version": row.version,
            "provisional": bool(row.provisional),
            "due_on": row.due_on.isoformat(),
            "deposited_at": _instant(row.deposited_at.replace(tzinfo=UTC)),
            "on_time": catalogue.on_time(row.deposited_at.replace(tzinfo=UTC), row.due_on),
            "files": files[row.id],
        }
        for row in rows
    ]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _bytes(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def _write(path: Path, content: bytes) -> None:
    """Beside, flushed, renamed: whoever looks sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
