"""The staff's door: every supply point's readings, each read put on record before it is made."""

import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import Clock, rome_day, system_clock
from portal_lib.customers.holdings import HeldPoint, points_on
from portal_lib.metering import curves
from portal_lib.visitor.asked import CALENDAR, asked_days, asked_detail, data_url, october_4, overlap
from portal_lib.visitor.recording import record_at

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

    def fleet(self, first: date, last: date, granularity: str = "hour", reason: str = "") -> pd.DataFrame:
        """Active energy of every supply point between two competence days, both included, whoever held it.

        One row for each interval of each point, point after point: the columns of
        :func:`portal_lib.metering.curves.aggregate` and before them ``pod``, categorical. The read is put on
        record with ``reason`` first; :class:`~portal_lib.visitor.exceptions.ReadNotRecorded` where that
        fails, and then nothing has been read.
        """
        days, detail = asked_days(first, last), asked_detail(granularity)
        points = self._points()
        self._record(*days, len(points), reason)

        within = overlap(days, CALENDAR) or CALENDAR[::-1]  # outside the calendar there is no day to read
        with db.reading(self._engine) as connection:
            frames = [
                curves.aggregate(
                    curves.read(connection, point_id, *within, october_4_from=self._october_4_from), detail
                )
                for point_id in [point.id for point in points] or [0]
            ]
        fleet = pd.concat(frames)
        of_point = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
        pods = pd.Categorical.from_codes(of_point, pd.Index([point.pod for point in points]))
        fleet.insert(0, "pod", pd.CategoricalIndex(pods))
        return fleet

    def _points(self) -> list[HeldPoint]:
        with db.reading(self._engine) as connection:
            return points_on(connection, rome_day(self._clock()))
