"""R1 of the sample supplier against a slow recomputation from the raw flows, for every POD and band.

Here a few months of 2025: the shortest, with days missing, and those in which the clocks change. All twelve, by real
runs and deposits, are in ``tests/soak``.
"""

import csv
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers.tables import holder
from portal_lib.reporting import administrations, checking, consumption, documents, known_energy
from portal_lib.reporting.periods import Period
from portal_lib.settings import Settings
from portal_lib.visitor import Door, Visitor
from tests.reporting import raw_flows

BANDS = ("F1", "F2", "F3")
FORMATS = ("xlsx", "csv", "csv_iso", "pdf")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return raw_flows.demo_portal(tmp_path_factory.mktemp("demo"))


def month_files(portal: Settings, month: int) -> Path:
    (file,) = (portal.var / "demo" / "flows").glob(f"*_2025{month:02d}_PDO_*.xml")
    return file


def holders(portal: Settings, period: Period) -> list[str]:
    engine = db.open_engine(portal.data_database, read_only=True)
    with db.reading(engine) as connection:
        found = administrations.holders(connection, period.first, period.last)
    engine.dispose()
    return found


def write(portal: Settings, code: str, period: Period, folder: Path) -> Door:
    engine = db.open_engine(portal.data_database, read_only=True)
    door = Door(engine, Visitor("reports", frozenset({code})))
    with db.reading(engine) as connection:
        customer = administrations.administration(connection, code)
    assert customer is not None
    report = consumption.report(door, customer, period, title="Consumi mensili", tender="Convenzione demo")
    documents.write(report, folder, FORMATS)
    return door


@pytest.mark.parametrize("month", [2, 3, 10])
def test_r1_says_what_the_raw_flows_say_for_every_pod_and_band(portal: Settings, month: int, tmp_path: Path) -> None:
    period = Period(2025, month)
    energy = raw_flows.slowly(month_files(portal, month))
    by_registers = raw_flows.registers_slowly(portal.var / "demo" / "flows")
    seen: set[tuple[str, date]] = set()
    with_registers = 0
    for code in holders(portal, period):
        folder = tmp_path / code
        folder.mkdir()
        door = write(portal, code, period, folder)
        page = openpyxl.load_workbook(folder / "report.xlsx", data_only=True)["Consumi"]
        titles = [cell.value for cell in page[1]]
        rows = [dict(zip(titles, line, strict=True)) for line in page.iter_rows(2, page.max_row - 1, values_only=True)]
        with (folder / "report.iso.csv").open(encoding="utf-8", newline="") as file:
            for row, line in zip(rows, csv.DictReader(file), strict=True):
                assert isinstance(row["Dal"], datetime) and isinstance(row["Al"], datetime)
                first, last = row["Dal"].date(), row["Al"].date()
                registers = by_registers.get((row["POD"], 2025, month))
                with_registers += registers is not None
                expected = registers or raw_flows.held(energy, row["POD"], first, last)
                if row["POD"] == "IT999E00000101":  # the household has an export of another year, and no flow
                    assert row["kWh totale"] is None
                    continue
                told = {band: round(row[f"kWh {band}"] * 1000) for band in BANDS}
                assert told == {band: round(float(line[f"kWh {band}"]) * 1000) for band in BANDS} == expected
                assert round(row["kWh totale"] * 1000) == sum(expected.values())
                seen |= {(pod, day) for pod, day in energy if pod == row["POD"] and first <= day <= last}
        for kind in FORMATS:
            checking.check_document(documents.document_path(folder, kind), kind, known_energy.of(door, period))
    assert seen == set(energy)
    assert with_registers == 1


def test_every_point_of_the_demo_had_a_holder_all_year_so_that_nothing_is_left_out(portal: Settings) -> None:
    engine = db.open_engine(portal.data_database, read_only=True)
    with db.reading(engine) as connection:
        first_days = connection.scalars(sa.select(sa.func.min(holder.c.first_day)).group_by(holder.c.point_id)).all()
    engine.dispose()
    assert all(day <= date(2025, 1, 1) for day in first_days)


def test_the_same_data_loaded_twice_give_the_same_bytes(portal: Settings, tmp_path: Path) -> None:
    again = raw_flows.demo_portal(tmp_path / "again")
    for name, settings in (("one", portal), ("two", again)):
        (tmp_path / name).mkdir()
        write(settings, "10002002", Period(2025, 2), tmp_path / name)
    for kind in FORMATS:
        one, two = (documents.document_path(tmp_path / name, kind).read_bytes() for name in ("one", "two"))
        assert one == two, kind
