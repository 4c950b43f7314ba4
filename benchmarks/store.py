"""A point's year of quarter hours, from the store to a DataFrame with a Rome index.

Floor: building a frame of ``kwh`` (NaN where missing) on a Rome index from the year's bytes already in memory; ours
has bands, minutes and flags besides. Peer: the same year from a table with a row per reading, as most loaders keep
them, through SQLAlchemy and pandas. All in the same run, in turn, each time another point.

1,000 points have the whole year. Of the 10,000, a hundred that are read lie spread among others that have every tenth
day (``BENCH_FULL=1``: all days, 1.7 GB).
"""

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks import _stores
from benchmarks._stores import FIRST, LAST
from benchmarks._timing import interleaved, line
from portal_lib import db
from portal_lib.metering import curves

ROUNDS, ROUNDS_OF_PEER = 51, 7
REPEAT = 5
FEW, MANY, IN_PEER, ON_POSTGRESQL = 1_000, 10_000, 10, 50


def run() -> None:
    read = range(50, MANY, 100)
    peer_points = range(IN_PEER)
    with _stores.folder() as folder:
        few = _stores.fill(_stores.sqlite(folder / "few.sqlite"), range(FEW))
        many = _stores.fill(
            _stores.sqlite(folder / "many.sqlite"), range(MANY), None if _stores.FULL else frozenset(read)
        )
        rows = _stores.fill_rows(_stores.sqlite(folder / "rows.sqlite"), peer_points)
        _same(few, rows)

        blobs = itertools.cycle([_stores.year_of(point) for point in range(0, FEW, 20)])
        floor = _floor(blobs)
        of_few = _year(few, range(0, FEW, 7))
        line("store:row-per-reading-sqlite", *interleaved(_year(few, peer_points), _rows(rows), ROUNDS_OF_PEER, REPEAT))
        line("store:10000-to-1000-points", *interleaved(_year(many, read), of_few, ROUNDS, REPEAT))
        line("store:floor-10000-points", *interleaved(_year(many, read), floor, ROUNDS, REPEAT))
        with _stores.postgresql(folder / "postgresql") as server:
            _stores.fill(server, range(ON_POSTGRESQL))
            _stores.fill_rows(server, peer_points)
            _same(server, server)
            ours = _year(server, range(ON_POSTGRESQL))
            line("store:row-per-reading-postgresql", *interleaved(ours, _rows(server), ROUNDS_OF_PEER, REPEAT))
            line("store:floor-postgresql", *interleaved(ours, floor, ROUNDS, REPEAT))
        ratio = line("store:floor", *interleaved(of_few, floor, ROUNDS, REPEAT))
        print(f"store ratio={ratio:.2f}")
        for engine in (few, many, rows):
            engine.dispose()


def _year(engine: Engine, points: range) -> Callable[[], pd.DataFrame]:
    turn = itertools.cycle(points)

    def ours() -> pd.DataFrame:
        with db.reading(engine) as connection:
            return curves.read(connection, next(turn), FIRST, LAST)

    return ours


def _floor(blobs: "itertools.cycle[bytes]") -> Callable[[], pd.DataFrame]:
    start = pd.Timestamp(FIRST, tz="Europe/Rome")

    def floor() -> pd.DataFrame:
        values = np.frombuffer(next(blobs), dtype="<i4")
        index = pd.date_range(start, periods=len(values), freq="15min", name="instant")
        kwh = np.where(values == curves.MISSING, np.nan, values / 1000)
        return pd.DataFrame({"kwh": kwh}, index=index)

    return floor


def _rows(engine: Engine) -> Callable[[], pd.DataFrame]:
    turn = itertools.cycle(range(IN_PEER))
    query = sa.text("select instant, wh from reading where point_id = :point order by instant")

    def peer() -> pd.DataFrame:
        with db.reading(engine) as connection:
            frame = pd.read_sql(query, connection, params={"point": next(turn)})
        frame.index = pd.to_datetime(frame.pop("instant"), unit="s", utc=True).dt.tz_convert("Europe/Rome")
        frame["kwh"] = frame.pop("wh") / 1000
        return frame

    return peer


def _same(ours: Engine, rows: Engine) -> None:
    """Both stores give the same year."""
    one, other = _year(ours, range(IN_PEER))(), _rows(rows)()
    assert (one["kwh"].to_numpy() == other["kwh"].to_numpy()).all()
    assert (one.index == other.index).all()
