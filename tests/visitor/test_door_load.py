"""The load of many points at once through the customer's door: the same walls as for one."""

from datetime import date

import pytest

from portal_lib.visitor import Door, NotYours, Visitor
from portal_lib.visitor.exceptions import DaysOutsideCalendar, DaysSwapped, NoSuchMagnitude, NotADay
from tests.visitor.conftest import OTHER, OWN

JUNE = date(2024, 6, 1), date(2024, 6, 30)


@pytest.fixture
def door(store, days):
    store.hold(OWN, "A", date(2024, 1, 1))
    store.hold(OTHER, "A", date(2024, 6, 11), date(2024, 6, 20))
    store.hold(OTHER, "B", date(2024, 6, 21))
    for pod in (OWN, OTHER):
        store.measure(pod, days(JUNE[0], 30), wh=100)
    return Door(store.engine, Visitor("c-a", frozenset({"A"})))


def test_only_the_days_held_are_added_up(door):
    load, points = door.load([OWN, OTHER], *JUNE)
    assert load.total == (30 + 10) * 9600
    assert points[OTHER].total == 10 * 9600 and points[OTHER].days_owed == 10
    sums = door.month_sums([OWN, OTHER], *JUNE)
    assert sum(sums[OTHER][JUNE[0]].wh.values()) == 10 * 9600 and sums[OTHER][JUNE[0]].days == 10


def test_the_span_of_each_point_is_that_of_the_days_held(door):
    assert door.spans([OWN, OTHER]) == {OWN: JUNE, OTHER: (date(2024, 6, 11), date(2024, 6, 20))}
    assert door.spans([OWN, OTHER]) == {pod: door.span(pod) for pod in (OWN, OTHER)}


@pytest.mark.parametrize("pods", [[OWN, "IT999E99999999"], [OTHER, "' or 1=1"], [OWN, None], [{}], [OWN, OTHER]])
def test_one_point_of_another_closes_the_door_on_all(door, store, pods):
    stranger = Door(store.engine, Visitor("c-b", frozenset({"B"})))
    for read in (stranger.load, stranger.month_sums):
        with pytest.raises(NotYours):
            read(pods, *JUNE)
    with pytest.raises(NotYours):
        stranger.spans(pods)


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (date(1, 1, 1), date(9999, 12, 31), DaysOutsideCalendar),
        (date(1026, 1, 1), date(2026, 1, 1), DaysOutsideCalendar),
        (JUNE[1], JUNE[0], DaysSwapped),
        ("2024-06-01", JUNE[1], NotADay),
    ],
)
def test_days_that_make_no_range_are_refused(door, first, last, refusal):
    with pytest.raises(refusal):
        door.load([OWN], first, last)
    with pytest.raises(NoSuchMagnitude):
        door.load([OWN], *JUNE, "W")
