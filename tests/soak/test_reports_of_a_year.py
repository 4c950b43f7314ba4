"""Everything that the sample supplier's tender asks for in 2025: run as owed, deposited, and held to the raw flows.

A slice of it (February, which lacks days) in ``make test``; all twelve months in ``make soak``, which also has
LibreOffice open every workbook (Debian: ``apt-get install libreoffice-calc-nogui``; without it this test fails there).
"""

import csv
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pikepdf
import pypdfium2
import pytest

from portal_lib import db
from portal_lib.reporting import running_due
from portal_lib.reporting.owed import Standing, standings
from portal_lib.settings import Settings
from tests.reporting import raw_flows
from tests.soak.length import LONG

BANDS = raw_flows.BANDS

pytestmark = pytest.mark.timeout(3600)


def clock() -> datetime:
    return datetime(2026, 1, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return raw_flows.demo_portal(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def deposited(portal: Settings) -> list[Standing]:
    """What is owed, made two at a time; how each stands afterwards."""
    engine = db.open_engine(portal.data_database)
    catalogue = running_due.catalogue_of(portal)
    owed = running_due.waiting(engine, catalogue, clock)
    if not LONG:
        owed = [one for one in owed if str(one.piece.period) == "2025-02" and one.piece.report.id == "R1"]
    assert owed
    for outcome in running_due.run(portal, owed, jobs=2, clock=clock):
        assert outcome.fate == "deposited", f"{outcome.piece}: {outcome.reason_en}"
    with db.reading(engine) as connection:
        found = standings(connection, catalogue, clock)
    engine.dispose()
    keys = {one.piece.key for one in owed}
    return [one for one in found if one.piece.key in keys]


def files(portal: Settings, one: Standing) -> dict[str, Path]:
    """The files of a deposit, by format."""
    from portal_lib.deposit import catalogue

    assert one.deposit is not None, str(one.piece)
    engine = db.open_engine(portal.data_database, read_only=True)
    with db.reading(engine) as connection:
        found = catalogue.files(connection, {one.piece.customer_code})
    engine.dispose()
    key = one.piece.report.id, one.piece.period.first, one.piece.period.last
    return {
        file.format: portal.deposit_folder / file.path
        for file in found
        if (file.report, file.period_first, file.period_last) == key
    }


def test_every_owed_report_is_deposited_in_every_form(portal: Settings, deposited: list[Standing]) -> None:
    for one in deposited:
        assert set(files(portal, one)) == set(one.piece.report.formats), str(one.piece)
    if LONG:
        months = {
            (one.piece.report.id, one.piece.period.first.month) for one in deposited if one.piece.report.id == "R1"
        }
        assert months == {("R1", month) for month in range(1, 13)}
        assert {one.piece.report.id for one in deposited} == {"R1", "R2", "R3", "R4"}


def test_r1_is_what_the_raw_flows_say_for_every_pod_and_band(portal: Settings, deposited: list[Standing]) -> None:
    flows = portal.var / "demo" / "flows"
    by_registers = raw_flows.registers_slowly(flows)
    compared = 0
    for one in deposited:
        if one.piece.report.id != "R1":
            continue
        month = one.piece.period.first.month
        (flow,) = flows.glob(f"*_2025{month:02d}_PDO_*.xml")
        energy = raw_flows.slowly(flow)
        made = files(portal, one)
        page = openpyxl.load_workbook(made["xlsx"], data_only=True)["Consumi"]
        titles = [cell.value for cell in page[1]]
        with made["csv"].open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file, delimiter=";"))
        rows = list(page.iter_rows(2, page.max_row - 1, values_only=True))
        for cells, line in zip(rows, lines, strict=True):
            row = dict(zip(titles, cells, strict=True))
            first, last = _day(row["Dal"]), _day(row["Al"])
            expected = by_registers.get((row["POD"], 2025, month)) or raw_flows.held(energy, row["POD"], first, last)
            told = {band: round(row[f"kWh {band}"] * 1000) for band in BANDS}
            assert told == {band: int(line[f"kWh {band}"].replace(",", "")) for band in BANDS} == expected
            compared += 1
    assert compared >= (100 if LONG else 9)


def test_every_pdf_claims_its_archive_form_carries_tags_and_has_no_blank_page(
    portal: Settings, deposited: list[Standing]
) -> None:
    for one in deposited:
        path = files(portal, one)["pdf"]
        with pikepdf.open(path) as document:
            claims = document.open_metadata()
            assert (claims["pdfaid:part"], claims["pdfaid:conformance"], claims["pdfuaid:part"]) == ("2", "A", "1")
            assert bool(document.Root.MarkInfo.Marked) and "/StructTreeRoot" in document.Root
        with pypdfium2.PdfDocument(path) as document:
            for page in document:
                dark = page.render(scale=0.6, grayscale=True).to_numpy() < 200
                assert 0.001 < float(dark.mean()) < 0.5, path


@pytest.mark.skipif(not LONG, reason="LibreOffice opens the workbooks in make soak")
def test_libreoffice_opens_every_workbook(portal: Settings, deposited: list[Standing], tmp_path: Path) -> None:
    program = shutil.which("soffice")
    assert program is not None, "install LibreOffice: apt-get install libreoffice-calc-nogui"
    books = [files(portal, one)["xlsx"] for one in deposited]
    for book in books:
        shutil.copy(book, tmp_path)
    subprocess.run(
        [
            program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
            # Of each workbook the first sheet: semicolons, double quotes, UTF-8, as it is shown.
            "csv:Text - txt - csv (StarCalc):59,34,76,1,,1033,false,true,false,false,false,1",
            "--outdir", str(tmp_path / "read"), *(str(tmp_path / book.name) for book in books),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    assert len(list((tmp_path / "read").iterdir())) == len(books)
    for book in books:
        (read,) = (tmp_path / "read").glob(f"{book.stem}*.csv")
        with read.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter=";"))
        page = openpyxl.load_workbook(book, data_only=True).worksheets[0]
        assert rows[0] == [str(cell.value) for cell in page[1]]
        assert len(rows) == page.max_row
        assert rows[-1][0] == "Totale"
        for shown, cell in zip(rows[-1], page[page.max_row], strict=True):
            if isinstance(cell.value, float):
                assert float(shown.replace(",", "")) == pytest.approx(cell.value, abs=0.0005), (
                    book.name,
                    cell.coordinate,
                )


def _day(cell: object) -> date:
    assert isinstance(cell, datetime)
    return cell.date()
