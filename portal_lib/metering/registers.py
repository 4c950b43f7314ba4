"""Non-hourly points: what their registers say of each month and band.

A register only ever counts up. What was used in a month is the difference between the reading at its end and the one
before; readings within a month (a change of supplier or of holder) split it into stretches that add up to it.
The rules, of which none ever invents energy:

- A reading lower than the one before it can't be consumption: the meter was changed, or its register began anew. The
  stretch between the two is unknown, the month says so (``broken``), and the next stretch counts from the new reading.
- An energy that the distributor worked out for a period (Consumo) prevails over a difference: it is that of the days
  from the reading before it, or from the first of its month if that is later, to its own day.
- A stretch that runs over a month's end is not shared out: nobody knows how. It belongs to the month in which it ends
  and marks it (``uneven``).
- Where a meter tells F1 to F3, its F0 is the same energy once more, and not counted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.bands import BANDS
from portal_lib.metering.calendar import date_of, day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import register_reading

#: What a meter without bands tells of the whole.
SINGLE = "F0"

#: Readings as far back as this are looked at for the one before the first day asked for.
_BEFORE_DAYS = 400


@dataclass(frozen=True)
class Reading:
    """A register's reading at the end of a day, or the energy of the period that ends with it; Wh (varh)."""

    day: date
    kind: str  # "register" | "period"
    value: int
    flags: int = 0


@dataclass(frozen=True)
class Stretch:
    """Energy from the day after one reading to the day of another, both included; None where it is unknown."""

    first: date
    last: date
    wh: int | None
    flags: int


@dataclass(frozen=True)
class MonthBands:
    """What was used in one calendar month, as far as the registers tell.

    ``wh`` has F1, F2, F3 (or F0 alone, of a meter without bands), in whole Wh: sums of the known stretches.
    ``first`` and ``last`` are the days covered, ``flags`` those of the readings it was made from.
    """

    month: date
    first: date
    last: date
    wh: Mapping[str, int]
    flags: int
    broken: bool = False  # a register went back: some of the month is unknown
    uneven: bool = False  # energy of the months before is in it

    @property
    def total(self) -> int | None:
        """Of all bands; None where none is known."""
        return sum(self.wh.values()) if self.wh else None

    @property
    def estimated(self) -> bool:
        """Whether any of its readings was estimated by the distributor."""
        return bool(self.flags & DayFlag.ESTIMATED)

    @property
    def corrected(self) -> bool:
        """Whether any of its readings came from a flow of corrections."""
        return bool(self.flags & DayFlag.CORRECTED)


def stretches(readings: Iterable[Reading]) -> list[Stretch]:
    """The energies between one register's readings, and those given for periods, in the order of their days.

    No day is in two of them.
    """
    found: list[Stretch] = []
    counter: Reading | None = None  # the last thing the register said
    covered: date | None = None  # the last day whose energy is known, or known to be unknown
    by_day: dict[date, dict[str, Reading]] = {}
    for reading in readings:
        by_day.setdefault(reading.day, {})[reading.kind] = reading
    for day in sorted(by_day):
        register, period = by_day[day].get("register"), by_day[day].get("period")
        start = covered + timedelta(days=1) if covered is not None else None
        if period is not None:
            first = day.replace(day=1) if start is None else max(start, day.replace(day=1))
            found.append(Stretch(first, day, period.value, period.flags))
            covered = day
        if register is None:
            counter = counter if period is None else None  # what the register said since then is in the period
            continue
        if period is None:
            if start is not None:
                difference = -1 if counter is None else register.value - counter.value
                flags = register.flags | (counter.flags if counter is not None else 0)
                found.append(Stretch(start, day, difference if difference >= 0 else None, flags))
            covered = day
        counter = register
    return found


def months(
    bands: Mapping[str, Iterable[Reading]],
    first: date = date.min,
    last: date = date.max,
    *,
    within: Collection[tuple[date, date]] | None = None,
) -> list[MonthBands]:
    """Months of one point from the readings of each band's register: of stretches that end from ``first`` to ``last``.

    With ``within``, only stretches that lie wholly in one of these intervals of days count: energy of which a part was
    another holder's is nobody's.
    """
    told = {band: stretches(readings) for band, readings in bands.items()}
    if any(told.get(band) for band in BANDS):
        told.pop(SINGLE, None)
    found: dict[date, list[tuple[str, Stretch]]] = {}
    for band, of_band in told.items():
        for stretch in of_band:
            whole = within is None or any(since <= stretch.first and stretch.last <= until for since, until in within)
            if whole and first <= stretch.last <= last:
                found.setdefault(stretch.last.replace(day=1), []).append((band, stretch))
    return [_month(month, found[month]) for month in sorted(found)]


def _month(month: date, parts: list[tuple[str, Stretch]]) -> MonthBands:
    wh: dict[str, int] = {}
    flags = 0
    for band, stretch in parts:
        flags |= stretch.flags
        # Registers F4 to F6 stand still at nearly every meter: of no interest until they move.
        if stretch.wh is not None and (stretch.wh or band in (*BANDS, SINGLE)):
            wh[band] = wh.get(band, 0) + stretch.wh
    return MonthBands(
        month,
        min(stretch.first for _, stretch in parts),
        max(stretch.last for _, stretch in parts),
        dict(sorted(wh.items())),
        flags,
        broken=any(stretch.wh is None for _, stretch in parts),
        uneven=any(stretch.first < month for _, stretch in parts),
    )


def consumption(
    connection: Connection,
    point_id: int,
    first: date,
    last: date,
    magnitude: str = "Ea",
    *,
    within: Collection[tuple[date, date]] | None = None,
) -> list[MonthBands]:
    """Consumption of one point by month and band, of the stretches that end between two days, both included."""
    return _of_points(connection, first, last, magnitude, point_id, within).get(point_id, [])


def peaks(
    connection: Connection,
    point_id: int,
    first: date,
    last: date,
    *,
    within: Collection[tuple[date, date]] | None = None,
) -> dict[str, int]:
    """The highest power (W) that the registers tell of each band, of stretches that end between two days.

    A reading's power is the highest since the reading before it; with ``within``, it counts where that stretch lies
    wholly in one of these intervals of days, as its energy does. ``F0`` only of a meter without bands.
    """
    ends = set()
    for band, readings in _readings(connection, first, last, "Ea", point_id).get(point_id, {}).items():
        for stretch in stretches(readings):
            whole = within is None or any(since <= stretch.first and stretch.last <= until for since, until in within)
            if whole and first <= stretch.last <= last and band in (*BANDS, SINGLE):
                ends.add(stretch.last)
    found: dict[str, int] = {}
    for band, readings in _readings(connection, first, last, "Pot", point_id).get(point_id, {}).items():
        told = [reading.value for reading in readings if reading.day in ends]
        if told and band in (*BANDS, SINGLE):
            found[band] = max(told)
    if any(band in found for band in BANDS):
        found.pop(SINGLE, None)
    return found


def fleet(connection: Connection, first: date, last: date, magnitude: str = "Ea") -> dict[int, list[MonthBands]]:
    """The same of every point with register readings, by its id."""
    return _of_points(connection, first, last, magnitude, None, None)


def _of_points(
    connection: Connection,
    first: date,
    last: date,
    magnitude: str,
    point_id: int | None,
    within: Collection[tuple[date, date]] | None,
) -> dict[int, list[MonthBands]]:
    found = {}
    for point, bands in _readings(connection, first, last, magnitude, point_id).items():
        if ended := months(bands, first, last, within=within):
            found[point] = ended
    return found


def _readings(
    connection: Connection, first: date, last: date, magnitude: str, point_id: int | None
) -> dict[int, dict[str, list[Reading]]]:
    """Readings by point and band, from so far back that the one before the first day is among them."""
    columns = register_reading.c
    query = (
        sa.select(columns.point_id, columns.band, columns.day, columns.kind, columns.value, columns.flags)
        .where(
            columns.magnitude == magnitude,
            columns.day.between(day_number(first) - _BEFORE_DAYS, day_number(last)),
        )
        .order_by(columns.point_id)
    )
    if point_id is not None:
        query = query.where(columns.point_id == point_id)
    found: dict[int, dict[str, list[Reading]]] = {}
    for row in connection.execute(query):
        of_band = found.setdefault(row.point_id, {}).setdefault(row.band, [])
        of_band.append(Reading(date_of(row.day), row.kind, row.value, row.flags))
    return found
