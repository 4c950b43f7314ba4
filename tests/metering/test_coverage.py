"""What is there of what is owed, and by when it should be."""

from datetime import date

import numpy as np
import pytest
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.metering import coverage, cross_check, status
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day, register_reading

FIRST, LAST = date(2025, 11, 1), date(2025, 11, 30)


def put(engine: Engine, point: int, days: dict[date, int], wh: int = 100, magnitude: str = "Ea") -> None:
    """Days with their flags; −1 is a cancelled day."""
    rows = [
        {
            "point_id": point,
            "magnitude": magnitude,
            "day": day_number(day),
            "n": 0 if flags < 0 else quarter_hours(day),
            "flags": max(flags, 0),
            "file_id": 1,
            "curve": b"" if flags < 0 else np.full(quarter_hours(day), wh, dtype="<i4").tobytes(),
        }
        for day, flags in days.items()
    ]
    with engine.begin() as connection:
        connection.execute(curve_day.insert(), rows)


def put_registers(engine: Engine, point: int, readings: dict[date, int], flags: int = 0) -> None:
    rows = [
        {
            "point_id": point, "day": day_number(day), "kind": "register", "magnitude": "Ea", "band": "F0",
            "value": value, "flags": flags, "file_id": 1,
        }
        for day, value in readings.items()
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(register_reading.insert(), rows)


def november(flags: int = 0, first: int = 1, last: int = 30) -> dict[date, int]:
    return {date(2025, 11, day): flags for day in range(first, last + 1)}


def test_days_owed_are_counted_by_what_is_known_of_them(engine: Engine) -> None:
    put(engine, 3, november() | {date(2025, 11, 2): -1, date(2025, 11, 3): DayFlag.ESTIMATED | DayFlag.CORRECTED})
    put(engine, 3, november(first=1, last=5), magnitude="Er")
    put(engine, 5, november(DayFlag.NOT_VALIDATED, 10, 20))
    put(engine, 9, november())
    owed = [
        (3, date(2020, 1, 1), None),
        (5, date(2020, 1, 1), date(2025, 11, 15)),
        (5, date(2025, 11, 18), None),
        (6, date(2025, 11, 30), None),
        (7, date(2020, 1, 1), date(2025, 10, 31)),
        (8, date(2025, 12, 1), None),
    ]
    with db.reading(engine) as connection:
        found = coverage.of_curves(connection, owed, FIRST, LAST)
        nobody = coverage.of_curves(connection, [], FIRST, LAST)
    assert found.loc[3].to_dict() == {
        "owed": 30, "measured": 28, "estimated": 1, "not_validated": 0, "corrected": 1, "exported": 0, "missing": 1,
    }  # fmt: skip
    assert found.loc[5][["owed", "not_validated", "missing"]].tolist() == [28, 6 + 3, 28 - 9]
    assert found.loc[6][["owed", "missing"]].tolist() == [1, 1]
    assert found.index.tolist() == [3, 5, 6]
    assert len(nobody) == 0


@pytest.mark.parametrize(
    ("month", "due"),
    [
        (date(2025, 10, 1), date(2025, 11, 7)),  # 1 November is a Saturday
        (date(2024, 12, 1), date(2025, 1, 9)),  # New Year and Epiphany are no working days
        (date(2025, 3, 15), date(2025, 4, 7)),
    ],
)
def test_curves_are_due_by_the_fifth_working_day_of_the_month_after(month: date, due: date) -> None:
    assert coverage.hourly_due(month) == due
    assert coverage.registers_due(month).day == 20


def test_a_point_is_late_when_something_is_missing_after_its_day(engine: Engine) -> None:
    put(engine, 1, november(last=29))
    put_registers(engine, 2, {date(2025, 9, 30): 0, date(2025, 10, 31): 10})
    owed = [(1, FIRST, None), (2, FIRST, None), (4, FIRST, None)]

    def late(today: date) -> list[int]:
        with db.reading(engine) as connection:
            return [point.point_id for point in status.of_month(connection, FIRST, today, owed).points if point.late]

    assert late(date(2025, 12, 5)) == []
    assert late(date(2025, 12, 6)) == [1]
    assert late(date(2025, 12, 20)) == [1]
    assert late(date(2025, 12, 21)) == [1, 2, 4]


def test_registers_that_tell_of_the_whole_month_leave_nothing_missing(engine: Engine) -> None:
    put_registers(engine, 2, {date(2025, 10, 31): 10, date(2025, 11, 30): 50}, DayFlag.ESTIMATED)
    with db.reading(engine) as connection:
        (point,) = status.of_month(connection, FIRST, date(2026, 1, 1), [(2, FIRST, None)]).points
    assert (point.kind, point.owed, point.estimated, point.missing, point.late) == ("registers", 30, 30, 0, False)


@pytest.mark.parametrize(
    ("registers_say", "factor"), [(288_000, None), (288_100, None), (288_000 * 40, 40), (7200, -40), (300_000, None)]
)
def test_a_factor_that_was_left_out_is_found(engine: Engine, registers_say: int, factor: int | None) -> None:
    put(engine, 1, november())  # 96 · 30 · 100 Wh
    put_registers(engine, 1, {date(2025, 10, 31): 7, date(2025, 11, 30): 7 + registers_say})
    with db.reading(engine) as connection:
        (found,) = cross_check.compare(connection, FIRST, LAST)
    assert (found.curve_wh, found.register_wh, found.factor) == (288_000, registers_say, factor)


def test_months_that_are_not_whole_are_not_compared(engine: Engine) -> None:
    put(engine, 1, november(last=29))
    put(engine, 2, november())
    put_registers(engine, 1, {date(2025, 10, 31): 0, date(2025, 11, 30): 5})
    put_registers(engine, 2, {date(2025, 9, 30): 0, date(2025, 11, 30): 5})
    with db.reading(engine) as connection:
        assert cross_check.compare(connection, FIRST, LAST) == []


def test_a_day_with_a_reading_of_any_kind_counts_once(engine: Engine) -> None:
    put(engine, 3, {date(2025, 11, 2): 0, date(2025, 11, 3): -1, date(2025, 11, 4): 0})
    put(engine, 3, {date(2025, 11, 4): 0, date(2025, 11, 5): 0}, magnitude="Eri")
    put_registers(engine, 3, {date(2025, 11, 4): 100, date(2025, 11, 30): 200})
    put(engine, 4, november())
    with db.reading(engine) as connection:
        assert coverage.days_with_readings(connection, 3, date.min, None) == 4  # 2, 4, 5, 30
        assert coverage.days_with_readings(connection, 3, date(2025, 11, 3), date(2025, 11, 29)) == 2
        assert coverage.days_with_readings(connection, 3, date(2025, 12, 1), None) == 0
