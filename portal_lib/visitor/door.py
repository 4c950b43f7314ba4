"""The customer's door: what the visitor's codes held, on the days on which they held it.

Every call asks the database anew whose a point is; nothing that a page remembers or a browser sends is
believed. A point's holder sees its readings from the first to the last day of the holding, both included, and
nobody else's.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.customers.holdings import Holding, SupplyPoint, point_held_by, points_held_by
from portal_lib.deposit import catalogue, handing, looking
from portal_lib.deposit.catalogue import DepositedFile
from portal_lib.metering import curves, loads, month_bands, registers, sources
from portal_lib.metering.calendar import date_of, day_number
from portal_lib.metering.identifiers import normal_pod
from portal_lib.metering.loads import Load, PointLoad
from portal_lib.metering.month_bands import MonthSum
from portal_lib.metering.registers import MonthBands
from portal_lib.metering.sources import Source
from portal_lib.metering.tables import curve_day
from portal_lib.refused import Refused
from portal_lib.visitor.asked import (
    CALENDAR,
    Days,
    asked_days,
    asked_detail,
    asked_magnitude,
    data_url,
    october_4,
    overlap,
)
from portal_lib.visitor.exceptions import DaysOutsideCalendar, DaysSwapped, NotADay, NotYourFile, NotYours
from portal_lib.visitor.who import Visitor

#: The largest number that a row's id can have in both databases.
_LARGEST_ID = 2**31 - 1


class Door:
    """What one visitor may see. Its answers never tell what else there is."""

    def __init__(self, engine: Engine, visitor: Visitor, *, october_4_from: date | None = None) -> None:
        self.visitor = visitor
        self._engine = engine
        self._october_4_from = october_4_from

    @classmethod
    def from_environment(cls) -> "Door":
        """The door that a kernel's environment opens: ``PORTAL_VISITOR``, ``PORTAL_DATA_URL`` (read-only)."""
        visitor = Visitor.from_environment()
        return cls(db.open_engine(data_url(), read_only=True), visitor, october_4_from=october_4())

    def supply_points(self) -> list[SupplyPoint]:
        """The points that the visitor holds or has held, by POD, each with the visitor's own holdings only."""
        with db.reading(self._engine) as connection:
            return list(points_held_by(connection, self.visitor.codes).values())

    def span(self, pod: str) -> tuple[date, date] | None:
        """The first and the last day with readings (of active energy) that the visitor may see, if any."""
        with db.reading(self._engine) as connection:
            point_id, held = self._held(connection, pod, *CALENDAR)
            found = [day for days in held for day in _stored(connection, point_id, days)]
        return (min(found), max(found)) if found else None

    def spans(self, pods: Iterable[str]) -> dict[str, tuple[date, date]]:
        """:meth:`span` of many points in one query; points without readings are left out."""
        found: dict[str, tuple[date, date]] = {}
        with db.reading(self._engine) as connection:
            own = self._own(connection, pods)
            ends = loads.spans(connection, list(own))
            for point_id, point in own.items():
                if point_id not in ends:
                    continue
                first, last = ends[point_id]
                held = _unbroken(point.holdings)
                if any(since <= first and last <= until for since, until in held):
                    found[point.pod] = first, last
                elif days := [day for some in held for day in _stored(connection, point_id, some)]:
                    found[point.pod] = min(days), max(days)
        return found

    def load(
        self, pods: Iterable[str], first: date, last: date, magnitude: str = "Ea", *, owed_until: date | None = None
    ) -> tuple[Load, dict[str, PointLoad]]:
        """The load of several points together on the days held, and what each adds to it, by POD.

        One query, however many points: :mod:`portal_lib.metering.loads`. :class:`NotYours` where any of ``pods`` is
        not a supply point of the visitor's, :class:`DaysOutsideCalendar` where the days leave the calendar.
        """
        days, of = self._within_calendar(first, last), asked_magnitude(magnitude)
        with db.reading(self._engine) as connection:
            own = self._own(connection, pods)
            held = {point_id: _unbroken(point.holdings) for point_id, point in own.items()}
            load = loads.read(connection, held, *days, of, owed_until=owed_until, october_4_from=self._october_4_from)
        return load, {own[point_id].pod: each for point_id, each in load.points.items()}

    def month_sums(
        self, pods: Iterable[str], first: date, last: date, magnitude: str = "Ea"
    ) -> dict[str, dict[date, MonthSum]]:
        """Energy of several points by POD, month and band, on the days held; refused as :meth:`load` is."""
        days, of = self._within_calendar(first, last), asked_magnitude(magnitude)
        with db.reading(self._engine) as connection:
            own = self._own(connection, pods)
            held = {point_id: _unbroken(point.holdings) for point_id, point in own.items()}
            sums = month_bands.of_points(connection, held, *days, of, october_4_from=self._october_4_from)
        return {own[point_id].pod: months for point_id, months in sums.items()}

    def readings(self, pod: str, first: date, last: date, granularity: str, magnitude: str = "Ea") -> pd.DataFrame:
        """Readings of one point between two competence days, both included: those of the days held.

        The frame is that of :func:`portal_lib.metering.curves.aggregate`: index Rome instants; "quarter_hour"
        and "hour" have ``kwh``, ``band``, ``minutes`` and ``flags``, "day" has ``kwh``, ``F1`` to ``F3``,
        ``flags`` and ``missing``. Without a day that is held and stored it is empty.

        :class:`NotYours` for any ``pod`` that is not a supply point of the visitor's.
        """
        with db.reading(self._engine) as connection:
            point_id, held = self._held(connection, pod, first, last)
            detail, of = asked_detail(granularity), asked_magnitude(magnitude)
            return curves.aggregate(self._frame(connection, point_id, held, of), detail)

    def band_totals(self, pod: str, first: date, last: date) -> "pd.Series[float]":
        """kWh of the days held, by F1, F2, F3 and total; missing intervals are skipped."""
        with db.reading(self._engine) as connection:
            point_id, held = self._held(connection, pod, first, last)
            return curves.band_totals(self._frame(connection, point_id, held, "Ea"))

    def monthly_consumption(self, pod: str, first: date, last: date, magnitude: str = "Ea") -> list[MonthBands]:
        """What a non-hourly point's registers say, by month: of stretches that end between two days, both included.

        Energy between two readings counts where the visitor held the point on all the days between them.
        """
        with db.reading(self._engine) as connection:
            point_id, held = self._held(connection, pod, first, last)
            if not held:
                return []
            _, all_held = self._held(connection, pod, *CALENDAR)
            of = asked_magnitude(magnitude)
            return registers.consumption(connection, point_id, first, last, of, within=all_held)

    def register_peaks(self, pod: str, first: date, last: date) -> dict[str, int]:
        """The highest power (W) that a non-hourly point's registers tell of each band; whose it is as its energy."""
        with db.reading(self._engine) as connection:
            point_id, held = self._held(connection, pod, first, last)
            if not held:
                return {}
            _, all_held = self._held(connection, pod, *CALENDAR)
            return registers.peaks(connection, point_id, first, last, within=all_held)

    def register_span(self, pod: str) -> tuple[date, date] | None:
        """The first and the last day of the consumption that registers tell of and the visitor may see, if any."""
        months = self.monthly_consumption(pod, *CALENDAR)
        return (months[0].first, months[-1].last) if months else None

    def day_count(self, pod: str, first: date, last: date) -> int:
        """How many of the days held have readings of active energy."""
        with db.reading(self._engine) as connection:
            point_id, held = self._held(connection, pod, first, last)
            return sum(curves.day_count(connection, point_id, *days) for days in held)

    def held_days(self, pod: str, first: date, last: date) -> int:
        """On how many of these days the visitor held the point: how many days of readings there should be."""
        with db.reading(self._engine) as connection:
            _, held = self._held(connection, pod, first, last)
        return sum((until - since).days + 1 for since, until in held)

    def sources(self, pod: str, first: date, last: date) -> list[Source]:
        """The files from which the readings of the days held come, by flow and time of sending."""
        with db.reading(self._engine) as connection:
            point_id, held = self._held(connection, pod, first, last)
            return sources.together(found for days in held for found in sources.of_days(connection, point_id, *days))

    def deposits(
        self, first: date | None = None, last: date | None = None, *, superseded: bool = False
    ) -> list[DepositedFile]:
        """The visitor's deposited files, newest first, by deposit date: Rome days, both included, either open.

        Current versions, and with ``superseded`` the earlier ones too.
        """
        for name, day in (("first", first), ("last", last)):
            if day is not None and type(day) is not date:
                raise NotADay(field=name)
        if first is not None and last is not None and first > last:
            raise DaysSwapped(field="last", first=first, last=last)
        with db.reading(self._engine) as connection:
            return catalogue.files(connection, self.visitor.codes, first, last, superseded=superseded)

    def looked_before(self) -> datetime | None:
        """When (UTC) the visitor looked at the deposited files the visit before this one, if ever."""
        with db.reading(self._engine) as connection:
            return looking.looked_before(connection, self.visitor.name)

    def fetched(self) -> dict[int, datetime]:
        """When (UTC) the visitor last fetched each deposited file that they ever fetched, by its id."""
        with db.reading(self._engine) as connection:
            return handing.last_receipts(connection, self.visitor.name)

    def deposited_file(self, file_id: int) -> DepositedFile:
        """One deposited file of the visitor's; :class:`NotYours` where it is another's or there is none."""
        # True is 1 to Python, and a number too large for the database is an error to it.
        if type(file_id) is not int or not 0 < file_id <= _LARGEST_ID:
            raise NotYourFile()
        with db.reading(self._engine) as connection:
            found = catalogue.file(connection, self.visitor.codes, file_id)
        if found is None:
            raise NotYourFile()
        return found

    def _held(self, connection: Connection, pod: object, first: object, last: object) -> tuple[int, list[Days]]:
        """The point behind a POD and the days, from those asked, on which the visitor held it."""
        try:
            own = point_held_by(connection, self.visitor.codes, normal_pod(pod)) if isinstance(pod, str) else None
        except Refused:  # not even a POD
            own = None
        if own is None:
            raise NotYours(field="pod")
        point_id, point = own
        days = overlap(asked_days(first, last), CALENDAR)
        if days is None:
            return point_id, []
        shared = (overlap(days, held) for held in _unbroken(point.holdings))
        return point_id, [some for some in shared if some is not None]

    def _own(self, connection: Connection, pods: Iterable[str]) -> dict[int, SupplyPoint]:
        """The points behind these PODs, by id; :class:`NotYours` where a single one is not the visitor's."""
        wanted: Collection[str] = {pod if isinstance(pod, str) else "" for pod in pods}
        own = {
            point_id: point
            for point_id, point in points_held_by(connection, self.visitor.codes).items()
            if point.pod in wanted
        }
        if len(own) != len(wanted):
            raise NotYours(field="pod")
        return own

    @staticmethod
    def _within_calendar(first: object, last: object) -> Days:
        days = asked_days(first, last)
        if overlap(days, CALENDAR) != days:
            raise DaysOutsideCalendar(field="first", first=CALENDAR[0], last=CALENDAR[1])
        return days

    def _frame(self, connection: Connection, point_id: int, held: list[Days], magnitude: str) -> pd.DataFrame:
        # Without a day to read, an interval that has none still gives an empty frame of the right form.
        wanted = held or [(CALENDAR[1], CALENDAR[0])]
        frames = [
            curves.read(connection, point_id, *days, magnitude, october_4_from=self._october_4_from) for days in wanted
        ]
        return frames[0] if len(frames) == 1 else pd.concat(frames)


def _unbroken(holdings: Iterable[Holding]) -> list[Days]:
    """The days of several holdings of one point as the fewest intervals, in order."""
    intervals: list[Days] = []
    for holding in sorted(holdings, key=lambda holding: holding.first):
        last = holding.last or CALENDAR[1]
        if intervals and holding.first <= intervals[-1][1] + timedelta(days=1):
            intervals[-1] = (intervals[-1][0], max(intervals[-1][1], last))
        else:
            intervals.append((holding.first, last))
    return intervals


def _stored(connection: Connection, point_id: int, days: Days) -> list[date]:
    """The first and the last day with readings among these, or nothing."""
    first, last = connection.execute(
        sa.select(sa.func.min(curve_day.c.day), sa.func.max(curve_day.c.day)).where(
            curve_day.c.point_id == point_id,
            curve_day.c.magnitude == "Ea",
            curve_day.c.n > 0,
            curve_day.c.day.between(day_number(days[0]), day_number(days[1])),
        )
    ).one()
    return [] if first is None else [date_of(first), date_of(last)]
