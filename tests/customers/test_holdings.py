from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers.holdings import Holding, point_held_by, points_held_by, points_on
from portal_lib.customers.loading import load
from tests.customers.sheets import write_all


@pytest.fixture(autouse=True)
def loaded(engine: Engine, tmp_path: Path) -> None:
    load(engine, write_all(tmp_path))


def test_only_the_asked_customers_holdings_are_told(engine: Engine) -> None:
    with db.reading(engine) as connection:
        (gym,) = points_held_by(connection, {"10002003"}).values()
    assert gym.pod == "IT999E00000102"
    assert gym.holdings == (Holding("10002003", date(2023, 1, 1), date(2024, 12, 31), None),)


def test_several_codes_see_the_holdings_of_all_of_them(engine: Engine) -> None:
    with db.reading(engine) as connection:
        points = list(points_held_by(connection, {"10002001", "10002002", "10002003"}).values())
    assert [point.pod for point in points] == ["IT999E00000101", "IT999E00000102"]
    assert [holding.customer_code for holding in points[1].holdings] == ["10002003", "10002002"]


def test_no_codes_hold_nothing(engine: Engine) -> None:
    with db.reading(engine) as connection:
        assert points_held_by(connection, set()) == {}
        assert point_held_by(connection, set(), "IT999E00000101") is None


def test_anothers_point_and_an_unknown_one_are_equally_absent(engine: Engine) -> None:
    with db.reading(engine) as connection:
        assert point_held_by(connection, {"10002001"}, "IT999E00000102") is None
        assert point_held_by(connection, {"10002001"}, "IT999E99999999") is None
        own = point_held_by(connection, {"10002001"}, "IT999E00000101")
    assert own is not None and own[1].voltage == 230


def test_every_point_is_listed_with_its_holder_of_the_day(engine: Engine) -> None:
    with db.reading(engine) as connection:
        by_day = {
            day: {point.pod: point.holder for point in points_on(connection, day)}
            for day in (date(2022, 12, 31), date(2024, 12, 31), date(2025, 1, 1))
        }
    assert by_day[date(2022, 12, 31)] == {"IT999E00000101": None, "IT999E00000102": None}
    assert by_day[date(2024, 12, 31)]["IT999E00000102"] == "Polisportiva Valdombra"
    assert by_day[date(2025, 1, 1)]["IT999E00000102"] == "Comune di Valdombra"
