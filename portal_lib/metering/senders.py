"""How good what each distributor sends is: days estimated, not validated, corrected, incomplete, and how late.

The distributor is the first field of a flow's file name; files without one (a customer's own export) are put together
under the empty name.
"""

from datetime import date

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.clock import ROME
from portal_lib.metering.calendar import date_of, day_number
from portal_lib.metering.coverage import hourly_due
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day, source_file

COLUMNS = ["days", "points", "estimated", "not_validated", "corrected", "late_days", "late_by"]


def by_distributor(connection: Connection, first: date, last: date, magnitude: str = "Ea") -> pd.DataFrame:
    """The curves in force between two days, both included, by the distributor (partita IVA) that sent them.

    ``days`` counts a point's days, ``points`` the points; ``estimated``, ``not_validated`` and ``corrected`` are shares
    of the days. ``late_days`` is the share that came after the timetable's day (the fifth working day of the month
    after; corrections aren't late), ``late_by`` the median of the days by which those came late.
    """
    query = (
        sa.select(
            curve_day.c.point_id, curve_day.c.day, curve_day.c.flags, source_file.c.name, source_file.c.received_at
        )
        .outerjoin(source_file, source_file.c.id == curve_day.c.file_id)
        .where(
            curve_day.c.magnitude == magnitude,
            curve_day.c.n > 0,
            curve_day.c.day.between(day_number(first), day_number(last)),
        )
    )
    table = pd.DataFrame(connection.execute(query).all(), columns=["point", "day", "flags", "file", "received"])
    if table.empty:
        return pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="distributor", dtype=str), dtype=np.float64)
    table["distributor"] = table["file"].astype(str).str.extract(r"^(\d{11})_", expand=False).fillna("")
    flags = table["flags"].to_numpy(dtype=np.int64)
    for name, flag in (
        ("estimated", DayFlag.ESTIMATED),
        ("not_validated", DayFlag.NOT_VALIDATED),
        ("corrected", DayFlag.CORRECTED),
    ):
        table[name] = (flags & int(flag)) > 0
    received = pd.to_datetime(table["received"], utc=True).dt.tz_convert(ROME).dt.tz_localize(None).dt.normalize()
    due = {day: pd.Timestamp(hourly_due(date_of(int(day)))) for day in table["day"].unique()}
    table["late_by"] = (received - table["day"].map(due)).dt.days.where(~table["corrected"]).clip(lower=0)
    table["late_days"] = table["late_by"] > 0
    of = table.groupby("distributor")
    found = of[["estimated", "not_validated", "corrected", "late_days"]].mean()
    found["days"], found["points"] = of.size(), of["point"].nunique()
    found["late_by"] = table[table["late_days"]].groupby("distributor")["late_by"].median()
    return found[COLUMNS].sort_values("days", ascending=False)
