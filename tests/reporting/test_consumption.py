from datetime import date
from math import sqrt
from typing import Any

import pytest

from portal_lib import db
from portal_lib.reporting import administrations, consumption
from portal_lib.reporting.administrations import Administration
from portal_lib.reporting.periods import Period
from tests.reporting import reference
from tests.reporting.conftest import CELLAR, GYM, HALL, LAMPS, SHOP, TOWN, World

SEPTEMBER = Period(2024, 9)
FIRST, LAST = SEPTEMBER.first, SEPTEMBER.last


def customer(world: World, code: str) -> Administration:
    with db.reading(world.engine) as connection:
        found = administrations.administration(connection, code)
    assert found is not None
    return found


def rows(world: World, code: str, period: Period = SEPTEMBER) -> list[dict[str, Any]]:
    report = consumption.report(
        world.door(code), customer(world, code), period, title="Consumi mensili", tender="Prova"
    )
    titles = [column.title for column in report.table.columns]
    return [dict(zip(titles, row, strict=True)) for row in report.table.rows]


@pytest.fixture
def town(world: World) -> list[dict[str, Any]]:
    return rows(world, TOWN)


def test_there_is_a_row_per_pod_and_a_second_where_the_order_changed(town: list[dict[str, Any]]) -> None:
    assert [(row["POD"], row["Dal"], row["Al"], row["Numero ordine"], row["CIG"]) for row in town] == [
        (HALL, FIRST, LAST, "ORD-1", "Z123456719"),
        (LAMPS, FIRST, date(2024, 9, 25), "ORD-1", "Z123456719"),
        (LAMPS, date(2024, 9, 26), LAST, "ORD-2", "Z123456729"),
        (GYM, date(2024, 9, 16), LAST, "ORD-2", "Z123456729"),
        (CELLAR, date(2024, 9, 10), LAST, "ORD-1", "Z123456719"),
    ]


def test_a_row_says_whom_the_point_serves_and_what_it_is(town: list[dict[str, Any]]) -> None:
    hall = town[0]
    assert hall["Amministrazione"] == "Comune di Prova"
    assert (hall["Codice fiscale"], hall["Codice univoco ufficio"]) == ("01234567897", "UF1234")
    assert (hall["Data ordine"], hall["Lotto"]) == (date(2023, 12, 1), "Lotto 1")
    assert (hall["Indirizzo"], hall["Comune"], hall["Uso"]) == ("Via Roma 1", "Prova", "altri usi")
    assert (hall["Tensione (V)"], hall["Potenza impegnata (kW)"], hall["Potenza disponibile (kW)"]) == (
        400,
        16500,
        18150,
    )


def test_energy_and_peaks_are_those_of_the_days_held(world: World, town: list[dict[str, Any]]) -> None:
    for row in town[:4]:
        days = reference.between(world.measured[row["POD"], "Ea"], row["Dal"], row["Al"])
        sums, peaks = reference.by_band(days), reference.peaks(days)
        assert {band: row[f"kWh {band}"] for band in sums} == sums
        assert row["kWh totale"] == sum(sums.values())
        assert {band: row[f"Picco {band} (kW)"] / 1000 for band in peaks} == peaks


def test_the_holder_before_sees_its_half_of_the_month_and_no_more(world: World) -> None:
    (gym,) = rows(world, SHOP)
    days = reference.between(world.measured[GYM, "Ea"], FIRST, date(2024, 9, 15))
    assert (gym["Dal"], gym["Al"], gym["Giorni presenti"], gym["Giorni dovuti"]) == (FIRST, date(2024, 9, 15), 15, 15)
    assert gym["kWh totale"] == sum(reference.by_band(days).values())
    assert gym["Numero ordine"] is None


def test_reactive_energy_and_the_power_factor_are_told_where_they_are_measured(
    world: World, town: list[dict[str, Any]]
) -> None:
    active = reference.by_band(reference.between(world.measured[HALL, "Ea"], FIRST, LAST))
    reactive = reference.by_band(world.measured[HALL, "Er"])
    for band in ("F1", "F2", "F3"):
        assert town[0][f"kvarh {band}"] == reactive[band]
        factor = active[band] / sqrt(active[band] ** 2 + reactive[band] ** 2)
        assert town[0][f"cos φ {band}"] == pytest.approx(factor)
        assert all(row[f"kvarh {band}"] is None and row[f"cos φ {band}"] is None for row in town[1:])


def test_days_present_and_owed_shares_and_missing_intervals_are_counted(town: list[dict[str, Any]]) -> None:
    counted = [
        (row["Giorni presenti"], row["Giorni dovuti"], row["Intervalli mancanti"], row["Quota stimata %"])
        for row in town
    ]
    assert counted == [
        (30, 30, 0, 0.0),
        (22, 25, 1, pytest.approx(5 / 22)),
        (5, 5, 0, 1.0),
        (15, 15, 1, 0.0),
        (0, 21, 0, None),
    ]
    for row in town[:4]:
        assert row["Quota misurata %"] + row["Quota stimata %"] == pytest.approx(1)


def test_a_point_without_readings_has_empty_cells_and_no_zeros(town: list[dict[str, Any]]) -> None:
    cellar = town[4]
    for title, cell in cellar.items():
        if title.startswith(("kWh", "kvarh", "Picco", "cos", "Quota")):
            assert cell is None, title


def test_the_power_factor_of_hours_without_any_energy_is_unknown() -> None:
    import pandas as pd

    index = pd.date_range("2024-09-02 08:00", periods=4, freq="15min", tz="Europe/Rome", name="instant")
    frame = pd.DataFrame(
        {"kwh": 0.0, "band": pd.Categorical(["F1"] * 4, categories=["F1", "F2", "F3"]), "minutes": 15, "flags": 0},
        index=index,
    )
    nothing = consumption._Bands(0, 0, 0)
    assert consumption._power_factors(frame, frame, nothing, nothing) == (None, None, None)
    assert consumption._power_factors(frame, frame[:3], nothing, nothing) == (None, None, None)


def test_the_power_factor_counts_hours_of_which_both_energies_are_known(world: World) -> None:
    """The gym has no reactive energy; given that of the hall on some of its days, only their common hours count."""
    from portal_lib.metering.curves import aggregate

    door = world.door(TOWN)
    active = door.readings(GYM, FIRST, LAST, "quarter_hour")
    reactive = door.readings(HALL, date(2024, 9, 18), LAST, "quarter_hour", magnitude="Er")
    told = consumption._power_factors(active, reactive, consumption._energy(active), consumption._energy(reactive))
    one, other = aggregate(active, "hour"), aggregate(reactive, "hour")
    for band, factor in zip(("F1", "F2", "F3"), told, strict=True):
        sums = [0.0, 0.0]
        for instant, row in one[one["band"] == band].iterrows():
            if instant in other.index and row["kwh"] == row["kwh"]:
                sums[0] += row["kwh"]
                sums[1] += other.loc[instant, "kwh"]
        assert factor == pytest.approx(sums[0] / sqrt(sums[0] ** 2 + sums[1] ** 2))
