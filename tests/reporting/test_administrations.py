import json
from datetime import date

import pytest

from portal_lib import db
from portal_lib.reporting import administrations
from portal_lib.reporting.exceptions import NotOneCustomer
from tests.reporting.conftest import SHOP, TOWN, World


def told(monkeypatch: pytest.MonkeyPatch, world: World, *codes: str) -> None:
    monkeypatch.setenv("PORTAL_VISITOR", json.dumps({"name": "reports", "codes": codes}))
    monkeypatch.setenv("PORTAL_DATA_URL", str(world.engine.url))


def test_a_reports_kernel_reads_for_the_one_customer_of_its_environment(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    told(monkeypatch, world, TOWN)
    town = administrations.from_environment()
    assert (town.name, sorted(town.orders)) == ("Comune di Prova", ["ORD-1", "ORD-2"])
    assert town.order("ORD-2").ordered_on == date(2024, 9, 2)


@pytest.mark.parametrize("codes", [(), (TOWN, SHOP), ("unknown",)])
def test_a_report_for_none_or_several_customers_is_refused(
    monkeypatch: pytest.MonkeyPatch, world: World, codes: tuple[str, ...]
) -> None:
    told(monkeypatch, world, *codes)
    with pytest.raises(NotOneCustomer, match="portal reports run"):
        administrations.from_environment()


def test_an_order_that_was_never_loaded_still_has_its_number(world: World) -> None:
    with db.reading(world.engine) as connection:
        shop = administrations.administration(connection, SHOP)
    assert shop is not None
    assert shop.order("ORD-9") == administrations.Order("ORD-9")
    assert shop.order(None).number == ""


def test_holders_are_those_with_a_day_in_common_with_the_period(world: World) -> None:
    with db.reading(world.engine) as connection:
        on = {day: administrations.holders(connection, day, day) for day in (date(2024, 9, 15), date(2024, 9, 16))}
    assert SHOP in on[date(2024, 9, 15)]
    assert SHOP not in on[date(2024, 9, 16)]
