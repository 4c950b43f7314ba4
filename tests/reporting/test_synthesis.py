from datetime import date, timedelta
from typing import Any

import pytest

from portal_lib.customers.tables import holder
from portal_lib.metering.tables import curve_day
from portal_lib.reporting import synthesis
from portal_lib.reporting.periods import Period
from portal_lib.reporting.sheets import Report
from tests.reporting import reference
from tests.reporting.conftest import CELLAR, GYM, HALL, LAMPS, SHOP, TOWN, Day, World
from tests.reporting.test_consumption import customer
from tests.reporting.test_register_energy import AUGUST_END, SEPTEMBER_END, put

SECOND_HALF = Period(2024, 7, 6)


def report(world: World, code: str, period: Period = SECOND_HALF, **changed: Any) -> Report:
    return synthesis.report(
        world.door(code), customer(world, code), period, title="Dati di sintesi", tender="Prova", **changed
    )


def rows(made: Report, sheet: int = 0) -> list[dict[str, Any]]:
    titles = [column.title for column in made.sheets[sheet].columns]
    return [dict(zip(titles, row, strict=True)) for row in made.sheets[sheet].rows]


def fill_year_before(world: World, days: range, wh: int) -> None:
    """The same Wh in every quarter hour of some days of September 2023, for the town hall."""
    with world.engine.begin() as connection:
        connection.execute(
            curve_day.insert(),
            [
                {
                    "point_id": 1, "magnitude": "Ea", "day": (date(2023, 9, day) - date(1970, 1, 1)).days, "n": 96,
                    "flags": 0, "file_id": 1, "curve": wh.to_bytes(4, "little") * 96,
                }
                for day in days
            ],
        )  # fmt: skip


def test_each_month_in_which_a_point_was_held_has_a_row(world: World) -> None:
    months = rows(report(world, TOWN))
    assert [row["Mese"] for row in months] == [date(2024, month, 1) for month in range(7, 13)]
    # The gym and the cellar came in September.
    assert [row["Punti di prelievo"] for row in months] == [2, 2, 4, 4, 4, 4]


def test_a_months_energy_is_that_of_all_points_on_the_days_held(world: World) -> None:
    september, october = rows(report(world, TOWN))[2:4]
    held = {
        HALL: (date(2024, 9, 1), date(2024, 9, 30)),
        LAMPS: (date(2024, 9, 1), date(2024, 9, 30)),
        GYM: (date(2024, 9, 16), date(2024, 9, 30)),
    }
    sums = {"F1": 0, "F2": 0, "F3": 0}
    for pod, days in held.items():
        for band, wh in reference.by_band(reference.between(world.measured[pod, "Ea"], *days)).items():
            sums[band] += wh
    assert {band: september[f"kWh {band}"] for band in sums} == sums
    assert september["kWh totale"] == sum(sums.values())
    autumn = {date(2024, 10, 27): world.measured[HALL, "Ea"][date(2024, 10, 27)]}
    assert october["kWh totale"] == sum(reference.by_band(autumn).values())


def test_a_month_without_any_reading_is_empty_and_not_zero(world: World) -> None:
    july = rows(report(world, TOWN))[0]
    assert (july["kWh totale"], july["kWh F1"], july["Giorni presenti"], july["Giorni dovuti"]) == (None, None, 0, 62)
    assert july["Stato"] == "provvisorio"


def test_days_present_and_owed_are_counted_over_all_points(world: World) -> None:
    september = rows(report(world, TOWN))[2]
    assert (september["Giorni presenti"], september["Giorni dovuti"]) == (30 + 27 + 15, 30 + 30 + 15 + 21)
    assert september["Intervalli mancanti"] == 2


def test_the_year_before_is_told_and_the_change_between_whole_months_only(world: World) -> None:
    whole = {day: Day((200,) * 96) for day in (date(2023, 9, 1) + timedelta(days=n) for n in range(30))}
    with world.engine.begin() as connection:  # only the town hall, so that September 2024 is whole
        connection.execute(curve_day.delete().where(curve_day.c.point_id != 1))
        connection.execute(holder.delete().where(holder.c.point_id != 1))
    fill_year_before(world, range(1, 30), 200)
    september = rows(report(world, TOWN))[2]
    assert september["kWh anno precedente"] == 29 * 96 * 200
    assert september["Variazione %"] is None
    fill_year_before(world, range(30, 31), 200)
    september = rows(report(world, TOWN))[2]
    before, now = sum(reference.by_band(whole).values()), september["kWh totale"]
    assert september["kWh anno precedente"] == before
    assert september["Variazione %"] == pytest.approx(now / before - 1)
    assert (september["Punti anno precedente"], september["Stato"]) == (1, "completo")


def test_each_holding_has_its_row_and_the_months_sum_up_to_the_points(world: World) -> None:
    made = report(world, TOWN)
    points = rows(made, 1)
    assert [row["POD"] for row in points] == [HALL, LAMPS, LAMPS, GYM, CELLAR]
    assert made.sheets[0].total(5) == made.sheets[1].total(5)
    assert points[4]["kWh nel periodo"] is None


def test_the_holder_before_sees_its_half_and_nothing_of_the_year_before(world: World) -> None:
    made = report(world, SHOP)
    september = next(row for row in rows(made) if row["Mese"] == date(2024, 9, 1))
    days = reference.between(world.measured[GYM, "Ea"], date(2024, 9, 1), date(2024, 9, 15))
    assert september["kWh totale"] == sum(reference.by_band(days).values())


def test_what_registers_say_is_in_the_month_in_which_it_ends(world: World) -> None:
    put(world, 4, {(AUGUST_END, "F0"): 0, (date(2024, 9, 9), "F0"): 40, (SEPTEMBER_END, "F0"): 100})
    before = rows(report(world, TOWN))[2]
    assert rows(report(world, TOWN), 1)[4]["kWh nel periodo"] == 60
    assert before["kWh totale"] == sum(before[f"kWh {band}"] for band in ("F1", "F2", "F3")) + 60


def test_the_figure_says_each_month_and_english_names_them(world: World) -> None:
    figure = report(world, TOWN, language="en").sections[0].figure
    assert figure is not None
    assert figure.alt.startswith("Stacked bars per band, in kWh. Jul: 0 kWh")
    assert "Sep: " in figure.alt
