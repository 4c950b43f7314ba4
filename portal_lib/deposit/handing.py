"""Handing out: a deposited file leaves only with the bytes it was deposited with, and a receipt is kept."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib.clock import Clock
from portal_lib.deposit.catalogue import DepositedFile
from portal_lib.deposit.exceptions import FileAltered, FileLost
from portal_lib.deposit.tables import receipt


def verified_path(folder: Path, file: DepositedFile) -> Path:
    """The absolute path of a deposited file, once its bytes are known to be those that were deposited.

    Raises :class:`FileLost` where nothing lies there or the path leaves ``folder`` (by ``..``, an absolute
    path or a link), :class:`FileAltered` where size or SHA-256 differ.
    """
    facts: dict[str, Any] = {"name": file.name, "version": file.version, "id": file.id}
    root = folder.resolve()
    try:
        path = (root / file.path).resolve(strict=True)
        if not path.is_relative_to(root) or not path.is_file():
            raise FileLost(**facts)
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            size = handle.tell()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        raise FileLost(**facts) from None
    if size != file.size or digest != file.sha256:
        raise FileAltered(**facts)
    return path


def record_receipts(engine: Engine, file_ids: Sequence[int], visitor: str, clock: Clock) -> None:
    """Keep that ``visitor`` (a Hub user name) fetched these files now: all of them, or where that fails none."""
    now = clock().astimezone(UTC).replace(tzinfo=None)
    with engine.begin() as connection:
        connection.execute(
            receipt.insert(), [{"file_id": file_id, "visitor": visitor, "fetched_at": now} for file_id in file_ids]
        )


def last_receipts(connection: Connection, visitor: str) -> dict[int, datetime]:
    """When (UTC) ``visitor`` last fetched each file that they fetched, by the file's id."""
    rows = connection.execute(
        sa.select(receipt.c.file_id, sa.func.max(receipt.c.fetched_at))
        .where(receipt.c.visitor == visitor)
        .group_by(receipt.c.file_id)
    )
    return {file_id: fetched_at.replace(tzinfo=UTC) for file_id, fetched_at in rows}
