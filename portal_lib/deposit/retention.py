"""When a deposited file's time is over its bytes go; the row, its checksum and its receipts stay as evidence."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.clock import Clock
from portal_lib.deposit.tables import deposit, deposit_file


def remove_expired(engine: Engine, folder: Path, years: int | None, clock: Clock) -> list[str]:
    """Remove the files that were deposited more than ``years`` years ago; gives back their names. None: never.

    The rows say so first: who is stopped half-way leaves files that nobody sees, and the next call removes them.
    """
    if years is None:
        return []
    now = clock().astimezone(UTC).replace(tzinfo=None)
    with engine.begin() as connection:
        old = sa.select(deposit.c.id).where(deposit.c.deposited_at < _years_before(now, years))
        expired = deposit_file.c.deposit_id.in_(old)
        rows = connection.execute(sa.select(deposit_file).where(expired)).all()
        connection.execute(
            deposit_file.update().where(expired, deposit_file.c.removed_at.is_(None)).values(removed_at=now)
        )
    gone = []
    for row in rows:
        path = folder / row.path
        if path.exists():
            path.unlink()
            gone.append(row.name)
        if row.removed_at is None and path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
    return gone


def _years_before(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # 29 February
        return now.replace(year=now.year - years, day=28)
