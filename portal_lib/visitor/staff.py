"""The staff's door: every supply point's readings, each read put on record before it is made."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import Clock, rome_day, system_clock
from portal_lib.customers.holdings import HeldPoint, points_on
from portal_lib.customers.identifiers import normal_customer_code
from portal_lib.customers.scopes import Scope, ScopedPoint, points_in
from portal_lib.metering import curves, senders
from portal_lib.metering.curves import Granularity
from portal_lib.visitor.asked import CALENDAR, asked_days, asked_detail, asked_magnitude, data_url, october_4, overlap
from portal_lib.visitor.door import Door
from portal_lib.visitor.fleet_parquet import MonthWritten, months_of, written
from portal_lib.visitor.recording import record_at
from portal_lib.visitor.who import Visitor

if TYPE_CHECKING:
    import pyarrow

#: Puts a read on record: first and last day, how many supply points, and why. Raises where it can't.
Record = Callable[[date, date, int, str], None]

_POINT_COLUMNS = [
    "pod",
    "address",
    "municipality",
    "cost_centre",
    "use",
    "voltage",
    "contracted_kw",
    "available_kw",
    "holder_code",
    "holder",
]


class StaffDoor:
    """What staff may see, which is everything, on record."""

    def __init__(
        self,
        engine: Engine,
        reader: str,
        record: Record,
        *,
        clock: Clock = system_clock,
        october_4_from: date | None = None,
    ) -> None:
        self.reader = reader
        self._engine = engine
        self._record = record
        self._clock = clock
        self._october_4_from = october_4_from

    @classmethod
    def from_environment(cls) -> "StaffDoor":
        """The door of an analyst's notebook: ``PORTAL_DATA_URL`` (read-only), records to ``PORTAL_READS_URL``.

        Who reads is told by the token that goes with the record, not by the notebook.
        """
        return cls(
            db.open_engine(data_url(), read_only=True),
            os.environ.get("JUPYTERHUB_USER", ""),
            record_at(os.environ.get("PORTAL_READS_URL"), os.environ.get("JUPYTERHUB_API_TOKEN")),
            october_4_from=october_4(),
        )

    def points(self) -> pd.DataFrame:
        """Every supply point, by POD, with its present holder: one row each, powers in kW, voltage in V."""
        rows = [asdict(point) for point in self._points()]
        return pd.DataFrame(rows, columns=_POINT_COLUMNS)

    def fleet(
        self,
        first: date,
        last: date,
        granularity: str = "hour",
        reason: str = "",
        *,
        magnitude: str = "Ea",
        customers: Iterable[str] = (),
        orders: Iterable[str] = (),
        pods: Iterable[str] = (),
    ) -> pd.DataFrame:
        """Readings of supply points between two competence days, both included: of all, or of those asked for.

        One row for each interval of each point, point after point: the columns of
        :func:`portal_lib.metering.curves.aggregate` and before them ``pod``, categorical. ``customers`` (codes),
        ``orders`` (numbers) and ``pods`` narrow it down: a point must be in each that is given. With customers or
        orders, only the days on which they held the point are read; else whoever held it.

        The read is put on record with ``reason`` first; :class:`~portal_lib.visitor.exceptions.ReadNotRecorded`
        where that fails, and then nothing has been read. A fleet that does not fit into memory:
        :meth:`fleet_parts`.
        """
        scope = _scope(customers, orders, pods)
        parts = self._recorded_parts(first, last, granularity, reason, magnitude, scope, None)
        return pd.concat(list(parts))

    def fleet_parts(
        self,
        first: date,
        last: date,
        granularity: str = "hour",
        reason: str = "",
        *,
        magnitude: str = "Ea",
        customers: Iterable[str] = (),
        orders: Iterable[str] = (),
        pods: Iterable[str] = (),
        rows: int = 500_000,
    ) -> Iterator[pd.DataFrame]:
        """The same as :meth:`fleet`, in frames of at most ``rows`` rows, or of one point where that has more.

        Only one part is in memory at a time, and each has every POD asked for as a category, so that they can be put
        together or grouped alike. The read is on record once this has returned, before the first part is read.
        """
        scope = _scope(customers, orders, pods)
        return self._recorded_parts(first, last, granularity, reason, magnitude, scope, max(1, rows))

    def fleet_batches(self, first: date, last: date, *arguments: Any, **more: Any) -> "Iterator[pyarrow.Table]":
        """The parts of :meth:`fleet_parts`, called alike, as Arrow tables: ``instant`` is their first column."""
        import pyarrow

        parts = self.fleet_parts(first, last, *arguments, **more)
        return (pyarrow.Table.from_pandas(part.reset_index(), preserve_index=False) for part in parts)

    def customer(self, *codes: str, reason: str = "") -> Door:
        """The door of these customers, to try their pages' parts: what they may see, from any day.

        Put on record with ``reason`` first, as a read of every day of all points that they hold or have held. What is
        read through it afterwards is not recorded once more. :class:`~portal_lib.customers.scopes.UnknownInScope` for
        a code that the supplier has not got.
        """
        known = [normal_customer_code(code) or code for code in codes]
        self._record(*CALENDAR, len(self._in_scope(Scope(customers=tuple(known)), *CALENDAR)) if known else 0, reason)
        visitor = Visitor(self.reader, frozenset(known), staff=True)
        return Door(self._engine, visitor, october_4_from=self._october_4_from)

    def distributors(self, first: date, last: date, reason: str = "") -> pd.DataFrame:
        """How good the curves between two days are, by the distributor that sent them.

        See :func:`portal_lib.metering.senders.by_distributor`; the read is put on record first, as by :meth:`fleet`.
        """
        days = asked_days(first, last)
        self._record(*days, len(self._in_scope(Scope(), *days)), reason)
        within = overlap(days, CALENDAR) or CALENDAR[::-1]
        with db.reading(self._engine) as connection:
            return senders.by_distributor(connection, *within)

    def export_parquet(
        self,
        folder: Path,
        first: date,
        last: date,
        reason: str = "",
        *,
        magnitudes: Iterable[str] = ("Ea",),
        customers: Iterable[str] = (),
        orders: Iterable[str] = (),
        pods: Iterable[str] = (),
    ) -> list[MonthWritten]:
        """Write readings as Parquet, month by month, as :mod:`portal_lib.visitor.fleet_parquet` says.

        Whole months: from the first day of ``first``'s to the last of ``last``'s. Months that are there already are
        replaced. The read is put on record first, as by :meth:`fleet`.
        """
        return list(
            self.exported(folder, first, last, reason, magnitudes=magnitudes, scope=_scope(customers, orders, pods))
        )

    def exported(
        self, folder: Path, first: date, last: date, reason: str, *, magnitudes: Iterable[str], scope: Scope
    ) -> Iterator[MonthWritten]:
        """:meth:`export_parquet`, each month told as soon as it is written."""
        first, last = asked_days(first, last)
        wanted = sorted({asked_magnitude(magnitude) for magnitude in magnitudes})
        within = overlap((first, last), CALENDAR)
        months = months_of(*within) if within else []
        days = (months[0][0], months[-1][1]) if months else (first, last)
        points = self._in_scope(scope, *days)
        self._record(*days, len(points), reason)
        return written(self._engine, folder, months, points, wanted, october_4_from=self._october_4_from)

    def _recorded_parts(
        self, first: date, last: date, granularity: str, reason: str, magnitude: str, scope: Scope, rows: int | None
    ) -> Iterator[pd.DataFrame]:
        """Put the read on record now; its parts are read as they are asked for. At least one, if an empty one."""
        days, detail, of = asked_days(first, last), asked_detail(granularity), asked_magnitude(magnitude)
        points = self._in_scope(scope, *days)
        self._record(*days, len(points), reason)
        return self._parts(points, detail, of, rows)

    def _parts(
        self, points: list[ScopedPoint], detail: Granularity, magnitude: str, rows: int | None
    ) -> Iterator[pd.DataFrame]:
        pods = pd.CategoricalDtype([point.pod for point in points])
        frames: list[pd.DataFrame] = []
        of_point: list[int] = []
        held = 0
        # Without any point, one that is nobody's gives the empty frame its columns.
        for place, point in enumerate(points or [ScopedPoint(0, "", (CALENDAR,))]):
            frame = self._frame(point, detail, magnitude)
            if rows is not None and frames and held + len(frame) > rows:
                yield _together(frames, of_point, pods)
                frames, of_point, held = [], [], 0
            frames.append(frame)
            of_point.append(place)
            held += len(frame)
        yield _together(frames, of_point, pods)

    def _frame(self, point: ScopedPoint, detail: Granularity, magnitude: str) -> pd.DataFrame:
        # Outside the calendar there is no day to read.
        days = [within for days in point.days if (within := overlap(days, CALENDAR))] or [CALENDAR[::-1]]
        with db.reading(self._engine) as connection:
            frames = [
                curves.read(connection, point.id, *within, magnitude, october_4_from=self._october_4_from)
                for within in days
            ]
        return curves.aggregate(pd.concat(frames) if len(frames) > 1 else frames[0], detail)

    def _in_scope(self, scope: Scope, first: date, last: date) -> list[ScopedPoint]:
        with db.reading(self._engine) as connection:
            return points_in(connection, scope, first, last)

    def _points(self) -> list[HeldPoint]:
        with db.reading(self._engine) as connection:
            return points_on(connection, rome_day(self._clock()))


def _scope(customers: Iterable[str], orders: Iterable[str], pods: Iterable[str]) -> Scope:
    return Scope(tuple(customers), tuple(orders), tuple(pods))


def _together(frames: list[pd.DataFrame], of_point: list[int], pods: pd.CategoricalDtype) -> pd.DataFrame:
    """Frames of points one after the other, and before their columns whose they are."""
    together = pd.concat(frames) if len(frames) > 1 else frames[0].copy()
    places = np.repeat(of_point, [len(frame) for frame in frames])
    together.insert(0, "pod", pd.CategoricalIndex(pd.Categorical.from_codes(places, dtype=pods)))
    return together
