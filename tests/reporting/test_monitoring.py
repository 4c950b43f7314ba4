from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from portal_lib.customers.tables import supply_order
from portal_lib.reporting import completeness, known_energy, monitoring
from portal_lib.reporting.periods import Period
from portal_lib.reporting.sheets import Report
from tests.reporting import reference
from tests.reporting.conftest import GYM, HALL, LAMPS, SHOP, SILENT, TOWN, World
from tests.reporting.test_consumption import customer

THIRD_QUARTER, FOURTH_QUARTER = Period(2024, 7, 3), Period(2024, 10, 3)
ALL = (TOWN, SHOP, SILENT)


def report(world: World, period: Period = THIRD_QUARTER, **changed: Any) -> Report:
    return monitoring.report(
        world.door(*ALL),
        [customer(world, code) for code in ALL],
        period,
        title="Monitoraggio",
        tender="Prova",
        **changed,
    )


def rows(made: Report) -> list[dict[str, Any]]:
    titles = [column.title for column in made.table.columns]
    return [dict(zip(titles, row, strict=True)) for row in made.table.rows]


def wh(world: World, pod: str, first: date, last: date) -> int:
    return sum(reference.by_band(reference.between(world.measured[pod, "Ea"], first, last)).values())


def expect(world: World, number: str, kwh: int) -> None:
    with world.engine.begin() as connection:
        connection.execute(sa.update(supply_order).where(supply_order.c.number == number).values(expected_kwh=kwh))


def test_there_is_a_row_per_order_with_its_codes_and_points(world: World) -> None:
    first, second = rows(report(world))
    assert (first["Amministrazione"], first["Numero ordine"], first["CIG"]) == (
        "Comune di Prova",
        "ORD-1",
        "Z123456719",
    )
    assert (first["Data ordine"], first["Lotto"], first["Punti di prelievo"]) == (date(2023, 12, 1), "Lotto 1", 3)
    assert (second["Numero ordine"], second["Punti di prelievo"]) == ("ORD-2", 2)


def test_energy_is_that_of_the_days_under_the_order(world: World) -> None:
    first, second = rows(report(world))
    assert first["kWh totale"] == wh(world, HALL, date(2024, 9, 1), date(2024, 9, 30)) + wh(
        world, LAMPS, date(2024, 9, 1), date(2024, 9, 25)
    )
    assert second["kWh totale"] == wh(world, LAMPS, date(2024, 9, 26), date(2024, 9, 30)) + wh(
        world, GYM, date(2024, 9, 16), date(2024, 9, 30)
    )


def test_what_came_before_the_period_counts_towards_the_ceiling(world: World) -> None:
    third, fourth = rows(report(world))[0], rows(report(world, FOURTH_QUARTER))[0]
    assert third["kWh dall'inizio"] == third["kWh totale"]
    assert fourth["kWh totale"] == wh(world, HALL, date(2024, 10, 1), date(2024, 12, 31))
    assert fourth["kWh dall'inizio"] == third["kWh totale"] + fourth["kWh totale"]


def test_the_share_of_the_ceiling_and_its_warning(world: World) -> None:
    used = rows(report(world))[0]["kWh dall'inizio"] / 1000
    assert rows(report(world))[0]["Quota del massimale %"] is None
    expect(world, "ORD-1", round(used * 2))
    row = rows(report(world))[0]
    assert row["Quota del massimale %"] == pytest.approx(0.5, rel=1e-3)
    assert row["Avvertenza"] is None
    assert rows(report(world, warn_from=0.4))[0]["Avvertenza"] == "sopra la soglia (40 %)"
    expect(world, "ORD-1", round(used / 2))
    assert rows(report(world))[0]["Avvertenza"] == "massimale superato"
    assert rows(report(world, language="en"))[0]["Avvertenza"] == "ceiling exceeded"


def test_it_adds_up_to_what_the_store_holds_under_orders(world: World) -> None:
    made, door = report(world), world.door(*ALL)
    energy = known_energy.of(door, THIRD_QUARTER, under_orders_only=True)
    assert sum(row["kWh totale"] for row in rows(made)) == energy["kWh totale"]
    assert energy["kWh totale"] < known_energy.of(door, THIRD_QUARTER)["kWh totale"]
    assert made.about is not None
    assert made.about.completeness == completeness.of(door, THIRD_QUARTER, under_orders_only=True)


def test_it_names_the_agency_and_counts_administrations_and_orders(world: World) -> None:
    about = report(world, agency="Centrale acquisti").about
    assert about is not None
    assert about.recipient == "Centrale acquisti"
    assert [value for _, value in about.facts] == ["1", "2"]
