"""Points without a curve in the reports: what their registers say, beside the others."""

from datetime import date
from typing import Any

import pytest

from portal_lib import db
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import register_reading
from portal_lib.reporting import administrations, completeness, consumption, hourly
from portal_lib.reporting.periods import Period
from portal_lib.reporting.sheets import Report
from tests.reporting.conftest import CELLAR, SILENT, TOWN, World

SEPTEMBER = Period(2024, 9)
AUGUST_END, SEPTEMBER_END = date(2024, 8, 31), date(2024, 9, 30)
CELLAR_ID, SHED_ID = 4, 5


def put(world: World, point: int, readings: dict[tuple[date, str], int], magnitude: str = "Ea", flags: int = 0) -> None:
    rows = [
        {
            "point_id": point, "day": (day - date(1970, 1, 1)).days, "kind": "register", "magnitude": magnitude,
            "band": band, "value": value, "flags": flags, "file_id": 1,
        }
        for (day, band), value in readings.items()
    ]  # fmt: skip
    with world.engine.begin() as connection:
        connection.execute(register_reading.insert(), rows)


def report_of(world: World, code: str, make: Any = consumption) -> Report:
    with db.reading(world.engine) as connection:
        found = administrations.administration(connection, code)
    assert found is not None
    made: Report = make.report(world.door(code), found, SEPTEMBER, title="Prova", tender="Prova")
    return made


def rows(report: Report) -> list[dict[str, Any]]:
    titles = [column.title for column in report.table.columns]
    return [dict(zip(titles, row, strict=True)) for row in report.table.rows]


def test_a_month_of_registers_stands_in_the_same_columns(world: World) -> None:
    put(world, SHED_ID, {(AUGUST_END, "F1"): 1000, (SEPTEMBER_END, "F1"): 4000})
    put(world, SHED_ID, {(AUGUST_END, "F2"): 0, (SEPTEMBER_END, "F2"): 500})
    put(world, SHED_ID, {(AUGUST_END, "F3"): 7, (SEPTEMBER_END, "F3"): 7})
    put(world, SHED_ID, {(AUGUST_END, "F1"): 0, (SEPTEMBER_END, "F1"): 4000}, "Er")
    (row,) = rows(report_of(world, SILENT))
    assert [row[f"kWh {band}"] for band in ("F1", "F2", "F3")] == [3000, 500, 0]
    assert (row["kWh totale"], row["kvarh F1"], row["cos φ F1"]) == (3500, 4000, 0.6)
    assert (row["Giorni presenti"], row["Giorni dovuti"], row["Quota stimata %"]) == (30, 30, 0.0)
    assert (row["Picco F1 (kW)"], row["Note"]) == (None, "da registri")


def test_an_estimated_reading_makes_the_month_estimated_and_a_changed_meter_is_told(world: World) -> None:
    put(world, SHED_ID, {(AUGUST_END, "F0"): 9000, (date(2024, 9, 10), "F0"): 0, (SEPTEMBER_END, "F0"): 100})
    (row,) = rows(report_of(world, SILENT))
    assert (row["kWh totale"], row["kWh F1"], row["Giorni presenti"]) == (100, None, 0)
    assert row["Note"] == "da registri, senza fasce, contatore sostituito o azzerato: parte dell'energia non è nota"


def test_the_share_of_estimated_is_that_of_the_readings(world: World) -> None:
    put(world, SHED_ID, {(AUGUST_END, "F0"): 0, (SEPTEMBER_END, "F0"): 100}, flags=DayFlag.ESTIMATED)
    (row,) = rows(report_of(world, SILENT))
    assert (row["Quota misurata %"], row["Quota stimata %"]) == (0.0, 1.0)


def test_energy_from_before_the_point_was_held_is_not_reported(world: World) -> None:
    put(world, CELLAR_ID, {(AUGUST_END, "F0"): 0, (date(2024, 9, 9), "F0"): 40, (SEPTEMBER_END, "F0"): 100})
    row = next(row for row in rows(report_of(world, TOWN)) if row["POD"] == CELLAR)
    assert (row["kWh totale"], row["Giorni presenti"], row["Giorni dovuti"]) == (60, 21, 21)


@pytest.mark.parametrize("code", [SILENT, TOWN])
def test_the_report_of_curves_has_the_registers_energy_in_its_first_sheet(world: World, code: str) -> None:
    put(world, SHED_ID, {(AUGUST_END, "F0"): 0, (SEPTEMBER_END, "F0"): 100})
    put(world, CELLAR_ID, {(date(2024, 9, 9), "F0"): 0, (SEPTEMBER_END, "F0"): 60})
    summary = report_of(world, code, hourly).sheets[0]
    totals = {row[0]: row[6] for row in summary.rows}
    assert (totals.get(CELLAR), totals.get("IT001E00000005")) == ((None, 100) if code == SILENT else (60, None))
    assert summary.rows and report_of(world, code, hourly).table.rows


def test_the_peaks_are_those_that_the_meter_kept_since_the_reading_before(world: World) -> None:
    put(world, CELLAR_ID, {(AUGUST_END, "F1"): 0, (date(2024, 9, 9), "F1"): 40, (SEPTEMBER_END, "F1"): 100})
    powers = {(date(2024, 9, 9), "F1"): 9_000, (SEPTEMBER_END, "F1"): 4_800, (SEPTEMBER_END, "F3"): 1_200}
    put(world, CELLAR_ID, powers, "Pot")
    row = next(row for row in rows(report_of(world, TOWN)) if row["POD"] == CELLAR)
    # What the meter kept on the ninth is of days on which the town did not hold the point.
    assert [row[f"Picco {band} (kW)"] for band in ("F1", "F2", "F3")] == [4_800, None, 1_200]


def test_a_corrected_reading_makes_the_month_corrected(world: World) -> None:
    put(world, SHED_ID, {(AUGUST_END, "F0"): 0})
    put(world, SHED_ID, {(SEPTEMBER_END, "F0"): 100}, flags=DayFlag.CORRECTED)
    (row,) = rows(report_of(world, SILENT))
    assert (row["Quota rettificata %"], row["Quota stimata %"], row["Stato"]) == (1.0, 0.0, "completo")


def test_over_several_months_only_the_corrected_ones_count_as_corrected(world: World) -> None:
    months = {(date(2024, 6, 30), "F0"): 0, (date(2024, 7, 31), "F0"): 10, (AUGUST_END, "F0"): 20}
    put(world, SHED_ID, months)
    put(world, SHED_ID, {(SEPTEMBER_END, "F0"): 30}, flags=DayFlag.CORRECTED)
    there = completeness.of(world.door(SILENT), Period(2024, 7, 3))
    assert (there.days_owed, there.days_known, there.days_corrected) == (92, 92, 30)
