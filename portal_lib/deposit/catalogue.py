"""What has been deposited: the catalogue that DOWNLOAD and ``portal reports status`` read.

Two time axes, never mixed: a deposit *covers* competence days (``period_first`` to ``period_last``) and was
*made* at an instant. Deposit date = the Europe/Rome day of that instant; due = the end of the due day in
Rome.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.clock import ROME, rome_day
from portal_lib.deposit.exceptions import DatesSwapped
from portal_lib.deposit.tables import deposit, deposit_file


@dataclass(frozen=True)
class DepositedFile:
    """One file of one deposit. ``path`` is relative to the deposit folder, ``size`` in bytes."""

    id: int
    customer_code: str
    report: str
    title: str
    period_first: date
    period_last: date
    version: int
    due_on: date
    deposited_at: datetime  # aware, UTC
    on_time: bool
    tender: str
    provisional: bool
    name: str
    format: str
    size: int
    sha256: str
    path: str
    superseded: bool


@dataclass(frozen=True)
class Deposit:
    """One version of one report for one customer and period."""

    id: int
    customer_code: str
    report: str
    title: str
    period_first: date
    period_last: date
    version: int
    due_on: date
    deposited_at: datetime  # aware, UTC
    on_time: bool
    tender: str
    provisional: bool
    superseded: bool


def on_time(deposited_at: datetime, due_on: date) -> bool:
    """Whether an aware instant lies before the end of the due day in Rome."""
    return rome_day(deposited_at) <= due_on


def files(
    connection: Connection,
    codes: Collection[str],
    first: date | None = None,
    last: date | None = None,
    *,
    superseded: bool = False,
) -> list[DepositedFile]:
    """The files of these customers, deposited from ``first`` to ``last`` (Rome days, both included), newest
    first.

    Only current versions, unless ``superseded`` asks for the earlier ones too. No codes, no files.
    Raises :class:`DatesSwapped` when ``first`` lies after ``last``.
    """
    if first is not None and last is not None and first > last:
        raise DatesSwapped(first=first, last=last)
    query = _files().where(deposit.c.customer_code.in_(list(codes)))
    start = _start_of(first) if first is not None else None
    end = _start_of(last + timedelta(days=1)) if last is not None and last < date.max else None
    if start is not None:
        query = query.where(deposit.c.deposited_at >= start)
    if end is not None:
        query = query.where(deposit.c.deposited_at < end)
    if not superseded:
        query = query.where(~_SUPERSEDED)
    query = query.order_by(deposit.c.deposited_at.desc(), deposit.c.id.desc(), deposit_file.c.id)
    return [_deposited_file(row) for row in connection.execute(query)]


def file(connection: Connection, codes: Collection[str], file_id: int) -> DepositedFile | None:
    """One file, superseded or not, if it is one of these customers'; else None, as if it did not exist."""
    query = _files().where(deposit_file.c.id == file_id, deposit.c.customer_code.in_(list(codes)))
    row = connection.execute(query).one_or_none()
    return None if row is None else _deposited_file(row)


def every_file(connection: Connection) -> list[DepositedFile]:
    """All files of all customers that should lie in the deposit folder, oldest first: for operators, not visitors."""
    query = _files().order_by(deposit.c.id, deposit_file.c.id)
    return [_deposited_file(row) for row in connection.execute(query)]


def every_deposit(connection: Connection) -> list[Deposit]:
    """All deposits of all customers, earlier versions too, newest first: for operators, not visitors."""
    query = sa.select(*_DEPOSIT, _SUPERSEDED.label("superseded")).order_by(
        deposit.c.deposited_at.desc(), deposit.c.id.desc()
    )
    return [Deposit(id=row.deposit_id, **_common(row)) for row in connection.execute(query)]


_later = deposit.alias("later")
#: Whether a later version of the same report, customer and period was deposited.
_SUPERSEDED = sa.exists(
    sa.select(_later.c.id).where(
        _later.c.customer_code == deposit.c.customer_code,
        _later.c.report == deposit.c.report,
        _later.c.period_first == deposit.c.period_first,
        _later.c.period_last == deposit.c.period_last,
        _later.c.version > deposit.c.version,
    )
)
_DEPOSIT: Sequence[Any] = (
    deposit.c.id.label("deposit_id"),
    deposit.c.customer_code,
    deposit.c.report,
    deposit.c.title,
    deposit.c.period_first,
    deposit.c.period_last,
    deposit.c.version,
    deposit.c.due_on,
    deposit.c.deposited_at,
    deposit.c.tender,
    deposit.c.provisional,
)


def _files() -> sa.Select[Any]:
    file = deposit_file.c
    return (
        sa.select(
            *_DEPOSIT,
            _SUPERSEDED.label("superseded"),
            file.id.label("file_id"),
            file.name,
            file.format,
            file.size,
            file.sha256,
            file.path,
        )
        .join_from(deposit_file, deposit)
        .where(deposit_file.c.removed_at.is_(None))
    )


def _common(row: Any) -> dict[str, Any]:
    deposited_at = row.deposited_at.replace(tzinfo=UTC)
    return {
        "customer_code": row.customer_code,
        "report": row.report,
        "title": row.title,
        "period_first": row.period_first,
        "period_last": row.period_last,
        "version": row.version,
        "due_on": row.due_on,
        "deposited_at": deposited_at,
        "on_time": on_time(deposited_at, row.due_on),
        "tender": row.tender,
        "provisional": bool(row.provisional),
        "superseded": bool(row.superseded),
    }


def _deposited_file(row: Any) -> DepositedFile:
    return DepositedFile(
        id=row.file_id,
        name=row.name,
        format=row.format,
        size=row.size,
        sha256=row.sha256,
        path=row.path,
        **_common(row),
    )


def _start_of(day: date) -> datetime | None:
    """The first instant of a Rome day, naive UTC as stored; None where it lies before the calendar begins."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None
