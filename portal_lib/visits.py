"""The record of staff reads (``data`` database): quarter-hour curves are personal data, so who read them is
kept.
"""

from datetime import UTC, date

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.clock import Clock
from portal_lib.refused import Refused

metadata = sa.MetaData()

staff_read = sa.Table(
    "staff_read",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reader", sa.String(255), nullable=False),  # Hub user name
    sa.Column("at", sa.DateTime, nullable=False),  # UTC
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),  # how many supply points were read
    sa.Column("reason", sa.String(200), nullable=False, server_default=""),
)

LONGEST_REASON = 200


class UnclearRead(Refused):
    """What is to be put on record doesn't say what was read."""

    it = "La lettura non si può registrare: {reason}. Correggi e riprova."
    en = "The read can't be put on record: {reason}. Correct it and try again."


def record_read(engine: Engine, reader: str, first: date, last: date, points: int, reason: str, clock: Clock) -> None:
    """Put on record that ``reader`` (a Hub user name) is about to read so many supply points between two days.

    Append-only; once this has returned, the record is in the database. :class:`UnclearRead` where it would
    not tell who reads what.
    """
    if not reader or len(reader) > 255:
        raise UnclearRead("reader", reason="it doesn't say who reads")
    if first > last:
        raise UnclearRead("last", reason=f"{first} comes after {last}")
    if not 0 <= points < 2**31:
        raise UnclearRead("points", reason=f"{points} isn't a number of supply points")
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise UnclearRead("reason", reason=f"its reason isn't one line of at most {LONGEST_REASON} characters")
    with engine.begin() as connection:
        connection.execute(
            sa.insert(staff_read).values(
                reader=reader,
                at=clock().astimezone(UTC).replace(tzinfo=None),
                first_day=first,
                last_day=last,
                points=points,
                reason=reason,
            )
        )
