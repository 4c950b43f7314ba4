"""From what a register says to what was used: exactly, and never more than it says."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.metering import registers
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.registers import Reading, Stretch, months, stretches
from portal_lib.metering.tables import register_reading

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31)


def register(day: date, value: int, flags: int = 0) -> Reading:
    return Reading(day, "register", value, flags)


def test_a_month_is_the_difference_of_the_readings_at_its_ends() -> None:
    (first, second) = months({"F1": [register(OCTOBER, 1000), register(NOVEMBER, 1300), register(DECEMBER, 1300)]})
    assert (first.month, first.first, first.last) == (date(2025, 11, 1), date(2025, 11, 1), NOVEMBER)
    assert (first.wh, first.broken, first.uneven, first.estimated) == ({"F1": 300}, False, False, False)
    assert (second.month, second.wh) == (date(2025, 12, 1), {"F1": 0})


def test_the_order_in_which_readings_come_is_of_no_matter() -> None:
    readings = [register(DECEMBER, 1800), register(OCTOBER, 1000), register(NOVEMBER, 1300)]
    assert [stretch.wh for stretch in stretches(readings)] == [300, 500]


def test_a_reading_within_a_month_splits_it_and_both_parts_add_up() -> None:
    switch = date(2025, 11, 10)
    (month,) = months({"F1": [register(OCTOBER, 1000), register(switch, 1100), register(NOVEMBER, 1300)]})
    assert month.wh == {"F1": 300}


def test_a_meter_change_leaves_its_stretch_unknown_and_says_so() -> None:
    readings = [register(OCTOBER, 90_000), register(date(2025, 11, 10), 0), register(NOVEMBER, 200)]
    (month,) = months({"F1": readings})
    assert (month.wh, month.broken) == ({"F1": 200}, True)
    (alone,) = months({"F1": [register(OCTOBER, 90_000), register(NOVEMBER, 10)]})
    assert (alone.wh, alone.total, alone.broken) == ({}, None, True)


def test_the_energy_of_a_period_prevails_over_a_difference() -> None:
    readings = [
        register(OCTOBER, 1000),
        register(NOVEMBER, 1300),
        register(DECEMBER, 1400),
        Reading(NOVEMBER, "period", 310),
    ]
    assert [month.wh["F1"] for month in months({"F1": readings})] == [310, 100]


def test_periods_alone_are_months() -> None:
    found = months({"F1": [Reading(OCTOBER, "period", 5), Reading(NOVEMBER, "period", 7)]})
    assert [(month.first, month.last, month.total) for month in found] == [
        (date(2025, 10, 1), OCTOBER, 5),
        (date(2025, 11, 1), NOVEMBER, 7),
    ]


def test_a_reading_that_was_skipped_makes_one_long_stretch_in_the_month_of_its_end() -> None:
    (month,) = months({"F1": [register(SEPTEMBER, 0), register(NOVEMBER, 600)]})
    assert (month.month, month.first, month.wh, month.uneven) == (
        date(2025, 11, 1),
        date(2025, 10, 1),
        {"F1": 600},
        True,
    )


def test_an_estimated_reading_marks_the_months_on_both_its_sides() -> None:
    readings = [register(SEPTEMBER, 0), register(OCTOBER, 5, DayFlag.ESTIMATED), register(NOVEMBER, 9)]
    assert [month.estimated for month in months({"F2": readings})] == [True, True]


def test_a_meter_without_bands_has_f0_and_one_with_bands_does_not_count_it_twice() -> None:
    readings = [register(OCTOBER, 0), register(NOVEMBER, 100)]
    assert months({"F0": readings})[0].wh == {"F0": 100}
    (both,) = months({"F0": readings, "F1": readings, "F4": [register(OCTOBER, 0), register(NOVEMBER, 0)]})
    assert both.wh == {"F1": 100}


def test_energy_of_days_that_another_held_is_not_told() -> None:
    readings = {"F1": [register(OCTOBER, 0), register(date(2025, 11, 10), 40), register(NOVEMBER, 100)]}
    (mine,) = months(readings, within=[(date(2025, 11, 11), date.max)])
    assert mine.wh == {"F1": 60}
    assert months(readings, within=[(date(2025, 11, 12), date.max)]) == []


readings = st.lists(
    st.builds(
        Reading,
        st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        st.sampled_from(["register", "register", "period"]),
        st.integers(0, 10**12),
    ),
    max_size=20,
)


@given(readings)
def test_no_day_is_counted_twice_and_nothing_is_negative(some: list[Reading]) -> None:
    found = stretches(some)
    last = date.min
    for stretch in found:
        assert last < stretch.first <= stretch.last
        assert stretch.wh is None or stretch.wh >= 0
        last = stretch.last


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.data())
def test_a_register_that_only_counts_up_gives_all_it_counted(steps: list[int], data: st.DataObject) -> None:
    day, value, some = date(2025, 1, 31), 7, [register(date(2025, 1, 31), 7)]
    for step in steps:
        day += timedelta(days=data.draw(st.integers(1, 40)))
        value += step
        some.append(register(day, value))
    assert sum(month.total or 0 for month in months({"F3": some})) == sum(steps)
    assert [stretch.last for stretch in stretches(some)] == [reading.day for reading in some[1:]]
    assert Stretch(some[0].day + timedelta(days=1), some[1].day, steps[0], 0) == stretches(some)[0]


def test_the_store_gives_the_months_asked_for_with_the_reading_before_them(engine: Engine) -> None:
    rows = [
        (point, day_number(day), "register", magnitude, band, value, 0, 1)
        for point, magnitude, band, day, value in (
            (7, "Ea", "F1", OCTOBER, 1000),
            (7, "Ea", "F1", NOVEMBER, 1300),
            (7, "Ea", "F3", OCTOBER, 0),
            (7, "Ea", "F3", NOVEMBER, 50),
            (7, "Er", "F1", OCTOBER, 0),
            (7, "Er", "F1", NOVEMBER, 9),
            (7, "Ea", "F1", DECEMBER, 9999),
            (8, "Ea", "F0", OCTOBER, 0),
            (8, "Ea", "F0", NOVEMBER, 2),
        )
    ]
    names = [column.name for column in register_reading.columns]
    with engine.begin() as connection:
        connection.execute(register_reading.insert(), [dict(zip(names, row, strict=True)) for row in rows])
    month = (date(2025, 11, 1), NOVEMBER)
    with db.reading(engine) as connection:
        assert [one.wh for one in registers.consumption(connection, 7, *month)] == [{"F1": 300, "F3": 50}]
        assert [one.wh for one in registers.consumption(connection, 7, *month, "Er")] == [{"F1": 9}]
        assert {point: found[0].total for point, found in registers.fleet(connection, *month).items()} == {7: 350, 8: 2}
        assert registers.consumption(connection, 9, *month) == []
