"""A point's year of quarter hours, from the store to a DataFrame with a Rome index.

Floor: building the same frame from the year's bytes already in memory. Peer: the same year from a SQLite table with a
row per reading, as most loaders keep them. Both in the same run, in turn.
"""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from benchmarks._timing import interleaved, line
from portal_lib import db
from portal_lib.metering import curves
from portal_lib.metering.calendar import date_of, day_number, quarter_hours
from portal_lib.metering.tables import curve_day, source_file

POINTS = 200
ROUNDS = 15
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        engine = _store(f"sqlite:///{Path(folder) / 'data.sqlite'}")
        rows = _row_per_reading(f"sqlite:///{Path(folder) / 'rows.sqlite'}")
        point = POINTS // 2
        blob = _year_of(point)
        start = pd.Timestamp(FIRST, tz="Europe/Rome")

        def ours() -> pd.DataFrame:
            with db.reading(engine) as connection:
                return curves.read(connection, point, FIRST, LAST)

        def floor() -> pd.DataFrame:
            values = np.frombuffer(blob, dtype="<i4")
            return pd.DataFrame({"kwh": values / 1000}, index=pd.date_range(start, periods=len(values), freq="15min"))

        def peer() -> pd.DataFrame:
            with db.reading(rows) as connection:
                query = sa.text("select instant, wh from reading where point_id = :point order by instant")
                frame = pd.read_sql(query, connection, params={"point": point})
            frame.index = pd.to_datetime(frame.pop("instant"), unit="s", utc=True).dt.tz_convert("Europe/Rome")
            return frame

        assert round(ours()["kwh"].sum() * 1000) == int(peer()["wh"].sum())
        line("store:row-per-reading", *interleaved(ours, peer, ROUNDS))
        ratio = line("store:floor", *interleaved(ours, floor, ROUNDS))
        print(f"store ratio={ratio:.2f}")
        engine.dispose()
        rows.dispose()


def _curve(point: int, day: int) -> bytes:
    count = quarter_hours(date_of(day))
    return np.random.default_rng(point * 100_000 + day).integers(0, 5000, count, dtype="<i4").tobytes()


def _year_of(point: int) -> bytes:
    return b"".join(_curve(point, day) for day in range(day_number(FIRST), day_number(LAST) + 1))


def _store(url: str) -> sa.Engine:
    db.migrate("data", url)
    engine = db.open_engine(url)
    received = datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(source_file).values(sha256="0" * 64, flow="PDO", name="x", sent_at="", received_at=received)
        )
        for point in range(1, POINTS + 1):
            days = range(day_number(FIRST), day_number(LAST) + 1)
            curve_of = {day: _curve(point, day) for day in days}
            connection.execute(
                sa.insert(curve_day),
                [
                    {"point_id": point, "magnitude": "Ea", "day": day, "n": len(curve) // 4, "flags": 0, "file_id": 1,
                     "curve": curve}
                    for day, curve in curve_of.items()
                ],
            )  # fmt: skip
    return engine


def _row_per_reading(url: str) -> sa.Engine:
    """Ten points are enough: the peer's index makes a year's cost the same among more."""
    engine = db.open_engine(url)
    start = int(pd.Timestamp(FIRST, tz="Europe/Rome").timestamp())
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table reading (point_id int, instant int, wh int, primary key (point_id, instant))"
        )
        for point in range(POINTS // 2 - 5, POINTS // 2 + 5):
            values = np.frombuffer(_year_of(point), dtype="<i4").tolist()
            connection.exec_driver_sql(
                "insert into reading values (?, ?, ?)",
                [(point, start + 900 * place, wh) for place, wh in enumerate(values)],
            )
    return engine
