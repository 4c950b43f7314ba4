"""Staff looking with a customer's eyes: on record first, and then what the customer may see and no more."""

import pytest

from portal_lib.customers.scopes import UnknownInScope
from portal_lib.visitor import NotYours, StaffDoor
from portal_lib.visitor.asked import CALENDAR
from portal_lib.visitor.exceptions import ReadNotRecorded
from tests.visitor.conftest import OTHER, OWN, Store
from tests.visitor.test_staff import FIRST, LAST, Records, filled, noon

__all__ = ["filled"]


def test_the_customers_door_is_on_record_and_scoped(filled: Store) -> None:
    records = Records()
    door = StaffDoor(filled.engine, "s-ada", records, clock=noon).customer("a", reason="prova")
    assert records == [(*CALENDAR, 1, "prova")]
    load, points = door.load([OWN], FIRST, LAST)
    assert load.total == points[OWN].total == 25 * 4 * 250, "of the day on which A held it"
    with pytest.raises(NotYours):
        door.load([OTHER], FIRST, LAST)


def test_without_a_record_there_is_no_door(filled: Store) -> None:
    def refuse(*_: object) -> None:
        raise ReadNotRecorded(reason="down")

    with pytest.raises(ReadNotRecorded):
        StaffDoor(filled.engine, "s-ada", refuse, clock=noon).customer("A")


def test_a_code_that_nobody_has_opens_nothing(filled: Store) -> None:
    door = StaffDoor(filled.engine, "s-ada", Records(), clock=noon)
    with pytest.raises(UnknownInScope):
        door.customer("Z9")
    assert door.customer().supply_points() == []


def test_how_good_distributors_data_are_is_a_read_on_record(filled: Store) -> None:
    records = Records()
    found = StaffDoor(filled.engine, "s-ada", records, clock=noon).distributors(FIRST, LAST, reason="qualità")
    assert records == [(FIRST, LAST, 2, "qualità")] and found["days"].to_dict() == {"": 3}
