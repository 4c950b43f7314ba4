from datetime import date

import pytest

from portal_lib.reporting import completeness
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.holdings import held_points
from portal_lib.reporting.periods import Period
from tests.reporting.conftest import HALL, SHOP, SILENT, TOWN, World
from tests.reporting.test_register_energy import AUGUST_END, SEPTEMBER_END, SHED_ID, put

SEPTEMBER = Period(2024, 9)


def test_days_and_intervals_are_counted_over_all_points(world: World) -> None:
    there = completeness.of(world.door(TOWN), SEPTEMBER)
    assert there == Completeness(
        points=5,
        points_without=1,
        days_owed=30 + 25 + 5 + 15 + 21,
        days_known=30 + 22 + 5 + 15,
        intervals_missing=2,
        days_estimated=5 + 5,
    )
    assert there.days_missing == 24
    assert not there.complete


def test_a_curve_without_a_hole_is_complete_and_one_interval_less_is_not(world: World) -> None:
    door = world.door(TOWN)
    by_pod = {held.point.pod: completeness.complete(door, held) for held in held_points(door, SEPTEMBER)}
    assert by_pod.pop(HALL) is True
    assert not any(by_pod[pod] for pod in by_pod if pod != "IT001E00000002")
    assert completeness.of(world.door(SHOP), SEPTEMBER).complete


def test_an_estimated_day_is_a_known_day(world: World) -> None:
    door = world.door(TOWN)
    (last_days,) = [held for held in held_points(door, SEPTEMBER) if held.first == date(2024, 9, 26)]
    assert completeness.of_held(door, last_days) == Completeness(points=1, days_owed=5, days_known=5, days_estimated=5)
    assert completeness.complete(door, last_days)


def test_registers_make_a_month_complete_unless_the_meter_was_changed(world: World) -> None:
    assert completeness.of(world.door(SILENT), SEPTEMBER).points_without == 1
    put(world, SHED_ID, {(AUGUST_END, "F0"): 0, (SEPTEMBER_END, "F0"): 100})
    assert completeness.of(world.door(SILENT), SEPTEMBER).complete
    put(world, SHED_ID, {(date(2024, 9, 10), "F0"): 7_000})
    there = completeness.of(world.door(SILENT), SEPTEMBER)
    assert (there.broken, there.complete) == (1, False)


def test_nothing_owed_is_not_complete() -> None:
    assert not Completeness().complete


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_sum_over_points_is_made_field_by_field(count: int) -> None:
    one = Completeness(1, 2, 3, 4, 5, 6, 7, 8)
    assert completeness.total([one] * count) == Completeness(*(count * part for part in range(1, 9)))
