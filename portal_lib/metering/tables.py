"""The tables of the readings store (``data`` database).

One row per point, magnitude and local day: the day's curve is a little-endian int32 BLOB of Wh (varh) per
interval, −2³¹ where missing. ``day`` counts local (Europe/Rome) days since 1970-01-01. ``n`` is the number of
intervals: 92, 96 or 100 quarter hours, 23, 24 or 25 hours, or 0 for a cancelled day (a tombstone).
"""

import sqlalchemy as sa

metadata = sa.MetaData()

source_file = sa.Table(
    "source_file",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("flow", sa.String(16), nullable=False),  # "PDO", "CSV", …
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("sent_at", sa.String(14), nullable=False),  # yyyymmddHHMMSS of the file name; "" for a CSV export
    sa.Column("sequence", sa.Integer, nullable=False, server_default="0"),  # progressive number of the file name
    sa.Column("received_at", sa.DateTime, nullable=False),  # UTC
)

_CURVE = (
    "n in (0, 23, 24, 25, 92, 96, 100)",
    "length(curve) = 4 * n",
)


def _curve_columns() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        sa.Column("point_id", sa.Integer, primary_key=True),
        sa.Column("magnitude", sa.Text, primary_key=True),  # Ea, Er, Erc, Eri
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("flags", sa.Integer, nullable=False),  # portal_lib.metering.flags.DayFlag
    ]


#: The value in force of each day.
curve_day = sa.Table(
    "curve_day",
    metadata,
    *_curve_columns(),
    sa.Column("file_id", sa.Integer, nullable=False),
    sa.Column("curve", sa.LargeBinary, nullable=False),
    *(sa.CheckConstraint(rule) for rule in _CURVE),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

#: Every value that a later file replaced. Never deleted.
curve_day_superseded = sa.Table(
    "curve_day_superseded",
    metadata,
    *_curve_columns(),
    sa.Column("file_id", sa.Integer, primary_key=True),
    sa.Column("curve", sa.LargeBinary, nullable=False),
    *(sa.CheckConstraint(rule) for rule in _CURVE),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)


def _register_columns() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        sa.Column("point_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),  # at whose end it was read
        sa.Column("kind", sa.String(8), primary_key=True),  # "register" (a counter) | "period" (its energy)
        sa.Column("magnitude", sa.String(4), primary_key=True),  # Ea, Er, Pot
        sa.Column("band", sa.String(2), primary_key=True),  # F1 … F6; F0: the meter tells no bands apart
        sa.Column("value", sa.BigInteger, nullable=False),  # Wh, varh, W
        sa.Column("flags", sa.Integer, nullable=False),  # portal_lib.metering.flags.DayFlag
    ]


#: What the registers of non-hourly meters say: the value in force of each reading.
register_reading = sa.Table(
    "register_reading",
    metadata,
    *_register_columns(),
    sa.Column("file_id", sa.Integer, nullable=False),
)

#: Every reading that a later file replaced or took back. Never deleted.
register_reading_superseded = sa.Table(
    "register_reading_superseded",
    metadata,
    *_register_columns(),
    sa.Column("file_id", sa.Integer, primary_key=True, autoincrement=False),
)

#: Days whose register readings a correction took back (``Motivazione`` 3): readings of older files stay hidden.
register_cancelled = sa.Table(
    "register_cancelled",
    metadata,
    sa.Column("point_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("first_day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("file_id", sa.Integer, primary_key=True, autoincrement=False),
)
