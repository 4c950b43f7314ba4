"""The trail of a number: every value that a point's day has had, which file brought it, and which is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.calendar import day_number
from portal_lib.metering.curves import MISSING
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import (
    curve_day,
    curve_day_superseded,
    register_cancelled,
    register_reading,
    register_reading_superseded,
    source_file,
)


@dataclass(frozen=True)
class Value:
    """One value of one magnitude on one day, and the file it came with."""

    magnitude: str
    kind: str  # "curve" | "register" | "period" | "cancelled": taken back, and nothing in its place
    band: str  # of registers; "" for a curve
    in_force: bool
    total: int | None  # Wh, varh, W: a curve's sum or what the register said; None where cancelled
    intervals: int  # of a curve
    missing: int  # of these
    flags: DayFlag
    flow: str
    file: str
    sent_at: str  # yyyymmddHHMMSS of the file's name, "" for an export
    sequence: int
    received_at: datetime  # UTC


def trail(connection: Connection, point_id: int, day: date) -> list[Value]:
    """Every value of a point's day: by magnitude, kind and band, the one that prevails first, then older ones.

    Files stand in the order in which they prevail: time of sending, progressive number, SHA-256.
    """
    number = day_number(day)
    found = [
        *_curves(connection, curve_day, point_id, number, True),
        *_curves(connection, curve_day_superseded, point_id, number, False),
        *_registers(connection, register_reading, point_id, number, True),
        *_registers(connection, register_reading_superseded, point_id, number, False),
        *_cancellations(connection, point_id, number),
    ]
    found.sort(key=lambda pair: pair[0], reverse=True)  # the latest file first …
    found.sort(key=lambda pair: (pair[1].magnitude, pair[1].kind in ("register", "period"), pair[1].kind, pair[1].band))
    return [value for _, value in found]


#: What decides which of two files prevails.
_Precedence = tuple[str, int, str]


def _curves(
    connection: Connection, table: sa.Table, point_id: int, day: int, in_force: bool
) -> list[tuple[_Precedence, Value]]:
    found = []
    for row in _with_files(connection, table, point_id, table.c.day == day):
        wh = np.frombuffer(row.curve, dtype="<i4")
        known = wh[wh != MISSING]
        value = Value(
            magnitude=row.magnitude,
            kind="curve" if row.n else "cancelled",
            band="",
            in_force=in_force,
            total=int(known.sum(dtype=np.int64)) if row.n else None,
            intervals=row.n,
            missing=len(wh) - len(known),
            flags=DayFlag(row.flags),
            **_file(row),
        )
        found.append((_precedence(row), value))
    return found


def _registers(
    connection: Connection, table: sa.Table, point_id: int, day: int, in_force: bool
) -> list[tuple[_Precedence, Value]]:
    found = []
    for row in _with_files(connection, table, point_id, table.c.day == day):
        value = Value(
            magnitude=row.magnitude,
            kind=row.kind,
            band=row.band,
            in_force=in_force,
            total=row.value,
            intervals=0,
            missing=0,
            flags=DayFlag(row.flags),
            **_file(row),
        )
        found.append((_precedence(row), value))
    return found


def _cancellations(connection: Connection, point_id: int, day: int) -> list[tuple[_Precedence, Value]]:
    table = register_cancelled
    covers = sa.and_(table.c.first_day <= day, table.c.last_day >= day)
    return [
        (
            _precedence(row),
            Value("", "cancelled", "", True, None, 0, 0, DayFlag(0), **_file(row)),
        )
        for row in _with_files(connection, table, point_id, covers)
    ]


def _with_files(
    connection: Connection, table: sa.Table, point_id: int, which: sa.ColumnElement[bool]
) -> Sequence[sa.Row[Any]]:
    files = source_file.c
    columns = [files.flow, files.name, files.sent_at, files.sequence, files.sha256, files.received_at]
    joined = table.join(source_file, files.id == table.c.file_id)
    return connection.execute(
        sa.select(*table.columns, *columns).select_from(joined).where(table.c.point_id == point_id, which)
    ).all()


def _precedence(row: Any) -> _Precedence:
    return row.sent_at, row.sequence, row.sha256


def _file(row: Any) -> dict[str, Any]:
    return {
        "flow": row.flow,
        "file": row.name,
        "sent_at": row.sent_at,
        "sequence": row.sequence,
        "received_at": row.received_at,
    }
