"""A changed filter, the server's part: what GRAFICI AVANZATI does anew for other days, or for every point at once.

Held against a plain floor on the same store in the same run: for one point, its readings as a frame, and one mark of
bars or one reduced line made of them; for 200 points over three years, the rows fetched and nothing done with them.
"""

import itertools
from collections.abc import Callable
from datetime import date, timedelta

import bqplot
from sqlalchemy.engine import Engine

from benchmarks import _stores
from benchmarks._timing import interleaved, line
from portal_lib import db
from portal_lib.dashboards.bands import totals
from portal_lib.dashboards.selection import Selection
from portal_lib.dashboards.views import views
from portal_lib.metering.reduction import min_max
from portal_lib.visitor import Door, Visitor

POINTS, ROUNDS = 200, 7
FIRST, DAYS = date(2023, 1, 1), 1096
PODS = [f"IT001E{number:08d}" for number in range(POINTS)]


def run() -> None:
    with _stores.folder() as folder:
        engine = _stores.held(_stores.sqlite(folder / "data.sqlite"), PODS, FIRST, DAYS)
        door = Door(engine, Visitor("c-benchmark", frozenset({"1"})))
        ratio = _one_point(door, "redraw:month", f"punti={PODS[0]}&passo=ora", 28)
        _one_point(door, "redraw:three-years-of-quarter-hours", f"punti={PODS[0]}&passo=quarto", DAYS - 8)
        _every_point(door, engine)
        print(f"redraw ratio={ratio:.2f}")
        engine.dispose()


def _one_point(door: Door, name: str, query: str, length: int) -> float:
    """A range of so many days, moved by a day each time."""
    ours, starts = _page(door, query), itertools.cycle(range(8))
    detail = "hour" if "ora" in query else "quarter_hour"

    def peer() -> None:
        first = FIRST + timedelta(days=next(starts))
        kwh = door.readings(PODS[0], first, first + timedelta(days=length - 1), detail)["kwh"].to_numpy()
        shown = min_max(kwh, 700)
        scales = {"x": bqplot.LinearScale(), "y": bqplot.LinearScale()}
        mark = bqplot.Lines if len(kwh) > 800 else bqplot.Bars
        bqplot.Figure(marks=[mark(x=shown.astype(float), y=kwh[shown], scales=scales)])

    def redraw() -> None:
        first = FIRST + timedelta(days=next(starts))
        ours(first, first + timedelta(days=length - 1))

    return line(name, *interleaved(redraw, peer, ROUNDS))


def _every_point(door: Door, engine: Engine) -> None:
    ours, last = _page(door, "punti=tutti"), FIRST + timedelta(days=DAYS - 1)
    starts = itertools.cycle(range(8))
    query = "select point_id, day, n, curve from curve_day where magnitude = 'Ea' order by point_id, day"

    def scan() -> int:
        count = 0
        with db.reading(engine) as connection:
            cursor = connection.exec_driver_sql(query).cursor
            assert cursor is not None
            while rows := cursor.fetchmany(2048):
                count += len(rows)
        return count

    line(
        "redraw:200-points-three-years",
        *interleaved(lambda: ours(FIRST + timedelta(days=next(starts)), last), scan, 3),
    )


def _page(door: Door, query: str) -> Callable[[date, date], None]:
    """The page as its notebook puts it together, and a change of its days, both dates at once."""
    last = FIRST + timedelta(days=6)
    selection = Selection(door, f"{query}&da={FIRST}&a={last}")
    _ = selection.controls, selection.show(totals), selection.choice(views())

    def choose(first: date, last: date) -> None:
        selection._days.set((first, last))
        selection._redraw()

    return choose
