"""The load of points over days, against a slow and obvious reckoning: interval by interval, in whole Wh."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_lib.clock import ROME
from portal_lib.metering import curves, demand, loads, month_bands, profiles, tables
from portal_lib.metering.bands import BANDS, holidays
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.reduction import min_max
from portal_lib.metering.series import series

MISSING = -(2**31)
MARCH, OCTOBER = date(2024, 3, 31), date(2024, 10, 27)
ALWAYS = [(date(2000, 1, 1), date(2099, 12, 31))]


@dataclass
class World:
    """Two points by quarter hours and one by hours, around both clock changes; a gap, an estimate, a correction."""

    engine: sa.Engine
    days: dict[int, dict[date, list[int]]] = field(default_factory=lambda: defaultdict(dict))
    flags: dict[tuple[int, date], int] = field(default_factory=dict)

    def store(self, point: int, day: date, values: list[int], flags: int = 0) -> None:
        self.days[point][day], self.flags[point, day] = values, flags
        row = {"point_id": point, "magnitude": "Ea", "day": day_number(day), "n": len(values), "flags": flags,
               "file_id": 1, "curve": np.array(values, dtype="<i4").tobytes()}  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(sa.insert(tables.curve_day), [row])

    def load(self, points=(1, 2, 3), first=MARCH - timedelta(2), last=MARCH + timedelta(5), held=None, **more):
        with self.engine.connect() as connection:
            return loads.read(connection, held or dict.fromkeys(points, ALWAYS), first, last, **more)

    def intervals(self, point: int, first: date, last: date):
        """Start, minutes and value of each stored interval, one after the other."""
        for day in sorted(self.days[point]):
            if first <= day <= last:
                values = self.days[point][day]
                minutes = 60 if len(values) <= 25 else 15
                midnight = datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC)
                for place, value in enumerate(values):
                    yield midnight + timedelta(minutes=minutes * place), minutes, value, day


def band_of(instant: datetime) -> str:
    local = instant.astimezone(ROME)
    if local.weekday() == 6 or local.date() in holidays(local.year) or local.hour in (23, *range(7)):
        return "F3"
    return "F1" if local.weekday() < 5 and 8 <= local.hour < 19 else "F2"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    engine = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('loads') / 'data.sqlite'}")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table supply_point (id integer primary key)")
        connection.exec_driver_sql("insert into supply_point values (1), (2), (3), (4)")
    made = World(engine)
    random = np.random.default_rng(7)
    for change in (MARCH, OCTOBER):
        for offset in range(-2, 6):
            day = change + timedelta(offset)
            quarters = quarter_hours(day)
            made.store(1, day, random.integers(0, 9000, quarters).tolist())
            if offset != 2:  # a gap
                flags = {3: DayFlag.ESTIMATED, 4: DayFlag.CORRECTED}.get(offset, 0)
                values = random.integers(0, 500, quarters).tolist()
                if offset == 1:
                    values[41] = MISSING
                made.store(2, day, values, flags)
            made.store(3, day, random.integers(0, 90000, quarters // 4).tolist())
    return made


@pytest.mark.parametrize("change", [MARCH, OCTOBER])
@pytest.mark.parametrize("points", [(1,), (2,), (3,), (1, 2, 3)])
@pytest.mark.parametrize("detail", ["quarter_hour", "hour", "day", "month"])
def test_every_detail_is_the_sum_of_the_stored_intervals(world, change, points, detail):
    first, last = change - timedelta(2), change + timedelta(5)
    load = world.load(points, first, last)
    fine = detail == "quarter_hour" and points != (3,)
    sums, missing = defaultdict(float), set()
    for point in points:
        for instant, minutes, value, day in world.intervals(point, first, last):
            local = instant.astimezone(ROME)
            pieces = [instant + timedelta(minutes=15 * n) for n in range(minutes // 15)] if fine else [instant]
            for piece in pieces:
                key = {
                    "quarter_hour": piece if fine else piece.replace(minute=0),
                    "hour": piece.replace(minute=0),
                    "day": day,
                    "month": local.date().replace(day=1),
                }[detail]
                if value == MISSING:
                    missing.add(key)
                sums[key] += 0 if value == MISSING else value / len(pieces)
    found = series(load, detail)
    by_start = {}
    for start, kwh in zip(found.starts.tolist(), found.kwh.tolist(), strict=True):
        instant = datetime.fromtimestamp(start, UTC)
        local = instant.astimezone(ROME).date()
        by_start[{"day": local, "month": local.replace(day=1)}.get(detail, instant)] = kwh
    for key, wh in sums.items():
        if key in missing and len(points) == 1 and detail in ("quarter_hour", "hour"):
            assert np.isnan(by_start[key])
        else:
            assert by_start[key] * 1000 == pytest.approx(wh, abs=1e-6), key
    # What has no stored interval has no value: never a zero.
    assert all(np.isnan(kwh) for key, kwh in by_start.items() if key not in sums)


@pytest.mark.parametrize("change", [MARCH, OCTOBER])
def test_bands_are_those_of_each_interval(world, change):
    first, last = change - timedelta(2), change + timedelta(5)
    expected = defaultdict(int)
    for point in (1, 2, 3):
        for instant, _, value, _ in world.intervals(point, first, last):
            expected[band_of(instant)] += 0 if value == MISSING else value
    load = world.load((1, 2, 3), first, last)
    assert load.by_band() == dict(expected)
    assert load.total == sum(expected.values()) == sum(point.total for point in load.points.values())
    with world.engine.connect() as connection:
        months = month_bands.of_points(connection, dict.fromkeys((1, 2, 3), ALWAYS), first, last)
    of_months = defaultdict(int)
    for point in months.values():
        for month in point.values():
            for band, wh in month.wh.items():
                of_months[band] += wh
    assert of_months == expected


@pytest.mark.parametrize("detail", ["quarter_hour", "hour", "day"])
def test_one_point_alone_is_what_the_door_hands_to_an_export(world, detail):
    first, last = OCTOBER - timedelta(2), OCTOBER + timedelta(5)
    for point in (1, 2, 3):
        with world.engine.connect() as connection:
            frame = curves.aggregate(curves.read(connection, point, first, last), detail)
        found = series(world.load((point,), first, last), detail)
        known = ~np.isnan(found.kwh)
        exported = frame["kwh"].dropna()
        assert found.index[known].tolist() == exported.index.tolist()
        assert found.kwh[known] == pytest.approx(exported.to_numpy(), abs=1e-9)
        if detail != "day":
            assert [BANDS[code] for code in found.band[known]] == frame["band"][exported.index].tolist()


def test_what_is_missing_estimated_or_corrected_is_counted(world):
    load = world.load((1, 2))
    assert load.owed.tolist() == [2] * 8 and load.stored.tolist() == [2, 2, 2, 2, 1, 2, 2, 2]
    assert load.owed_intervals == 2 * (7 * 96 + 92)
    assert load.known_intervals == load.owed_intervals - 96 - 1
    assert load.estimated.tolist() == [0, 0, 0, 0, 0, 1, 0, 0] and load.corrected.tolist() == [0] * 6 + [1, 0]
    own = load.points[2]
    assert (own.days_owed, own.days_stored, own.days_estimated, own.days_corrected) == (8, 7, 1, 1)
    assert own.missing_minutes == 97 * 15
    days = series(load, "day")
    assert days.incomplete.tolist() == [False, False, False, True, True, False, False, False]


def test_nothing_of_a_day_that_is_not_held_is_in_the_load(world):
    half = {1: ALWAYS, 2: [(MARCH - timedelta(2), MARCH - timedelta(1)), (MARCH + timedelta(3), MARCH + timedelta(3))]}
    load = world.load(held=half)
    assert load.owed.tolist() == [2, 2, 1, 1, 1, 2, 1, 1]
    alone = sum(sum(world.days[2][MARCH + timedelta(n)]) for n in (-2, -1, 3))
    assert load.points[2].total == alone
    assert load.total == alone + world.load((1,)).total


def test_nothing_is_owed_after_the_last_day_on_which_it_can_be_there(world):
    load = world.load((1, 4), last=MARCH + timedelta(9), owed_until=MARCH + timedelta(6))
    assert load.owed.tolist() == [2] * 8 + [2, 0, 0, 0]
    assert load.points[4].days_owed == 9 and load.points[4].days_stored == 0
    assert series(load, "day").starts.size == 8, "a series ends with the last reading"


def test_a_load_without_readings_is_empty_in_every_detail(world):
    load = world.load((4,))
    assert load.empty and load.completeness == 0
    assert [len(series(load, detail)) for detail in ("quarter_hour", "hour", "day", "month")] == [0] * 4
    with pytest.raises(ValueError, match="details are"):
        series(load, "week")


def test_the_peak_of_a_point_is_its_highest_interval(world):
    for point in (1, 3):
        highest = max(
            world.intervals(point, MARCH - timedelta(2), MARCH + timedelta(5)), key=lambda one: one[2] / one[1]
        )
        own = world.load((point,)).points[point]
        assert own.peak_kw == pytest.approx(highest[2] / 1000 * 60 / highest[1])
        assert datetime.fromtimestamp(own.peak_at, UTC) == highest[0]


def test_the_first_and_the_last_day_of_each_point(world):
    with world.engine.connect() as connection:
        found = loads.spans(connection, [1, 2, 4])
    assert found == {point: (MARCH - timedelta(2), OCTOBER + timedelta(5)) for point in (1, 2)}


@pytest.mark.parametrize(("change", "hours"), [(MARCH, 24), (OCTOBER, 25)])
def test_a_heat_map_puts_each_hour_where_the_clock_showed_it(world, change, hours):
    first, last = change - timedelta(2), change + timedelta(5)
    found = profiles.heat_map(world.load((2,), first, last))
    names = [profiles.WALL_HOURS[place] for place in found.hours]
    assert len(names) == hours and ("02b" in names) is (hours == 25)
    sums, gaps = defaultdict(float), set()
    for instant, _, value, day in world.intervals(2, first, last):
        local = instant.astimezone(ROME)
        name = f"{local.hour:02d}" + ("b" if local.fold else "")
        sums[day, name] += 0 if value == MISSING else value / 1000
        if value == MISSING:
            gaps.add((day, name))
    for column, number in enumerate(found.firsts.tolist()):
        day = date(1970, 1, 1) + timedelta(number)
        for row, name in enumerate(names):
            kw = found.kw[row, column]
            if (day, name) in sums and (day, name) not in gaps:
                assert kw == pytest.approx(sums[day, name]), (day, name)
            else:
                assert np.isnan(kw)
    # An hour that the clock skipped isn't missing; a day that was not sent is.
    two = names.index("02")
    assert found.missing[two, 2] == 0 and found.missing[:, 4].sum() == 24


def test_a_long_heat_map_has_a_column_for_each_week(world):
    load = world.load((1,))
    weeks = profiles.heat_map(load, most_columns=4)
    assert weeks.step == "week" and len(weeks.firsts) == 2 and all((weeks.firsts + 3) % 7 == 0)
    days = profiles.heat_map(load)
    noon = days.hours.tolist().index(13)
    second = days.firsts >= weeks.firsts[1]
    assert weeks.kw[noon, 1] == pytest.approx(days.kw[noon, second].mean())


def test_a_duration_curve_has_every_known_hour_once_from_the_highest_on(world):
    found = profiles.duration(world.load((2,)))
    hours = defaultdict(list)
    for instant, _, value, _ in world.intervals(2, MARCH - timedelta(2), MARCH + timedelta(5)):
        hours[instant.replace(minute=0)].append(value)
    known = sorted((sum(of) / 1000 for of in hours.values() if MISSING not in of), reverse=True)
    assert found.kw == pytest.approx(known) and found.missing == 24 + 1


def test_a_typical_day_is_the_mean_of_its_hours(world):
    load = world.load((1,))
    found = profiles.typical_days(load)
    of_kind = defaultdict(list)
    hours = defaultdict(float)
    for instant, _, value, _ in world.intervals(1, MARCH - timedelta(2), MARCH + timedelta(5)):
        hours[instant.replace(minute=0)] += value / 1000
    for instant, kw in hours.items():
        local = instant.astimezone(ROME)
        kind = 7 if local.date() in holidays(local.year) else local.weekday()
        of_kind[kind, local.hour].append(kw)
    for kind in range(8):
        for hour in range(24):
            mean = found.weekdays[kind, hour]
            assert np.isnan(mean) if not of_kind[kind, hour] else mean == pytest.approx(np.mean(of_kind[kind, hour]))
    assert found.days.sum() == 8 == found.season_days.sum() and found.days[7] == 1, "Easter Monday is a holiday"
    assert found.season_days.tolist() == [0, 8, 0, 0]


@pytest.mark.parametrize("point", [1, 2, 3])
def test_the_demand_of_a_month_is_that_of_its_frame(world, point):
    first, last = date(2024, 10, 1), date(2024, 10, 31)
    with world.engine.connect() as connection:
        frame = curves.read(connection, point, first, last)
    (found,) = profiles.monthly_demand(world.load((point,), first, last))
    assert found.peak_kw == pytest.approx(demand.peaks(frame)["total"].kw)
    assert datetime.fromtimestamp(found.peak_at, UTC) == demand.peaks(frame)["total"].at
    assert found.load_factor == pytest.approx(demand.load_factor(frame))
    assert found.base_kw == pytest.approx(demand.base_load(frame))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=400),
    st.integers(1, 60),
)
def test_a_reduced_series_keeps_its_extremes_its_ends_and_its_gaps(values, columns):
    array = np.array(values, dtype=float)
    places = min_max(array, columns)
    assert places.tolist() == sorted(set(places.tolist())) and len(places) <= max(2 * columns, 3 * columns + 2)
    if len(array):
        assert places[0] == 0 and places[-1] == len(array) - 1
        assert np.isnan(array[places]).any() == np.isnan(array).any()
        if not np.isnan(array).all():
            assert np.nanmax(array[places]) == np.nanmax(array) and np.nanmin(array[places]) == np.nanmin(array)
