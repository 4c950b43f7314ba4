"""The written forms, opened by readers that are not ours. The printed one is in ``test_printed``."""

import csv
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_lib.clock import ROME
from portal_lib.language import Language, Said
from portal_lib.metering.sources import Source
from portal_lib.reporting import checking, delimited, documents, workbook
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.exceptions import ReadingsIncomplete
from portal_lib.reporting.sheets import About, Cell, Column, Report, Sheet

COLUMNS = (
    Column("POD", "text"),
    Column("Dal", "day"),
    Column("kWh totale", "energy", total=True, english="kWh total"),
    Column("Picco (kW)", "power"),
    Column("cos φ", "ratio"),
    Column("Quota misurata %", "share"),
    Column("Giorni", "count", total=True),
)
ROWS: list[tuple[Cell, ...]] = [
    ("IT001E00000001", date(2024, 9, 1), 269_281, 4_040, 0.9512, 0.984, 30),
    ("IT001E00000002", date(2024, 9, 16), 1_234_567_890, None, None, 1.0, 15),
    ("IT001E00000003", date(2024, 9, 1), None, None, None, None, 0),
]


#: What a report with a hole in it says of itself.
ABOUT = About(
    recipient="Comune di Prova",
    facts=((Said("Codice fiscale", "Tax code"), "01234567897"),),
    tender="Prova",
    first=date(2024, 9, 1),
    last=date(2024, 9, 30),
    version=3,
    completeness=Completeness(points=3, days_owed=60, days_known=45),
    sources=(Source("PDO", "a.xml", "20241005071500", "ab" * 32, 45),),
)


def of(rows: list[tuple[Cell, ...]], columns: tuple[Column, ...] = COLUMNS) -> Report:
    sheet = Sheet("Consumi", columns, rows)
    return Report("Consumi mensili", "Comune di Prova & figli", date(2024, 9, 30), (sheet,), sheet)


def test_a_workbook_has_typed_cells_a_frozen_header_and_totals(tmp_path: Path) -> None:
    workbook.write(of(ROWS), tmp_path / "x.xlsx")
    page = openpyxl.load_workbook(tmp_path / "x.xlsx", data_only=True)["Consumi"]
    assert [cell.value for cell in page[1]] == [column.title for column in COLUMNS]
    assert [cell.value for cell in page[2]] == [
        "IT001E00000001",
        datetime(2024, 9, 1),  # noqa: DTZ001
        269.281,
        4.04,
        0.9512,
        0.984,
        30,
    ]
    assert [cell.number_format for cell in page[2]][1:6] == [
        "dd/mm/yyyy",
        "#,##0.000",
        "#,##0.000",
        "0.000",
        "0.0%",
    ]
    assert [cell.value for cell in page[4]][2:] == [None, None, None, None, 0]
    assert [cell.value for cell in page[5]] == ["Totale", None, 1_234_837.171, None, None, None, 45]
    assert page.freeze_panes == "B2"
    assert (page.print_title_rows, page.print_title_cols) == ("$1:$1", "$A:$A")
    assert (page.page_setup.orientation, page.page_setup.fitToHeight) == ("landscape", 0)


def test_the_totals_are_formulas_over_the_rows_above(tmp_path: Path) -> None:
    workbook.write(of(ROWS), tmp_path / "x.xlsx")
    page = openpyxl.load_workbook(tmp_path / "x.xlsx")["Consumi"]
    assert page["C5"].value == "=SUM(C2:C4)"
    assert page["G5"].value == "=SUM(G2:G4)"


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        documents.write(of(ROWS), tmp_path / name, ["xlsx", "csv"])
    for file in ("report.xlsx", "report.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_sheet_longer_than_a_worksheet_goes_on_in_another(tmp_path: Path) -> None:
    rows: list[tuple[Cell, ...]] = [(f"IT001E{number:08d}", *ROWS[0][1:]) for number in range(7)]
    workbook.write(of(rows), tmp_path / "x.xlsx", last_row=5)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx", data_only=True)
    assert book.sheetnames == ["Consumi", "Consumi (2)", "Consumi (3)"]
    told = [[row[0].value for row in book[name].iter_rows(2)] for name in book.sheetnames]
    assert [pod for page in told for pod in page if pod != "Totale"] == [row[0] for row in rows]
    assert [page[-1] for page in told] == ["Totale"] * 3
    checking.check_document(tmp_path / "x.xlsx", "xlsx", {"kWh totale": 7 * 269_281})


def test_two_sheets_whose_names_are_cut_to_the_same_are_told_apart(tmp_path: Path) -> None:
    names = [f"{'a' * 40}{number}" for number in range(3)]
    sheets = tuple(Sheet(name, COLUMNS, ROWS) for name in names)
    workbook.write(replace(of(ROWS), sheets=sheets), tmp_path / "x.xlsx")
    found = openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames
    assert len({name.casefold() for name in found}) == 3
    assert all(len(name) <= 31 for name in found)


def test_a_wide_sheet_is_printed_on_several_pages_and_not_too_small_to_read(tmp_path: Path) -> None:
    columns = (Column("POD", "text"), *(Column(f"kWh {number}", "energy") for number in range(40)))
    workbook.write(of([("IT001E00000001", *range(40))], columns), tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx")["Consumi"].page_setup.fitToWidth == 3


def test_every_form_says_what_it_is_about_and_whether_it_is_whole(tmp_path: Path) -> None:
    report = replace(of(ROWS), about=ABOUT, language="en")
    documents.write(report, tmp_path, ["xlsx", "csv", "csv_iso"])
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    facts = {row[0].value: row[1].value for row in book["About"].iter_rows(2)}
    assert (facts["Recipient"], facts["Version"], facts["State"]) == ("Comune di Prova", "3", "provisional")
    assert facts["Days with readings"] == "45 of 60 owed"
    assert [cell.value for cell in book["Sources"][2]] == ["PDO", "a.xml", "2024-10-05 07:15", 45, "ab" * 32]
    for name, encoding, delimiter in (("report.csv", "utf-8-sig", ";"), ("report.iso.csv", "utf-8", ",")):
        with (tmp_path / name).open(encoding=encoding, newline="") as file:
            for row in csv.DictReader(file, delimiter=delimiter):
                assert (row["State of the report"], row["Version"]) == ("provisional", "3")


def test_a_report_that_waits_for_readings_writes_nothing(tmp_path: Path) -> None:
    report = replace(of(ROWS), about=ABOUT)
    with pytest.raises(ReadingsIncomplete, match="15 of 60 days"):
        documents.write(report, tmp_path, ["xlsx", "csv"], incomplete="wait")
    assert not list(tmp_path.iterdir())
    whole = replace(ABOUT, completeness=Completeness(points=1, days_owed=60, days_known=60))
    assert documents.write(replace(report, about=whole), tmp_path, ["csv"], incomplete="wait").keys() == {"csv"}


def test_the_form_for_programs_has_points_iso_days_and_instants(tmp_path: Path) -> None:
    columns = (*COLUMNS[:3], Column("Istante", "instant", for_machines=True), Column("Mese", "month"))
    instant = datetime(2024, 10, 27, 0, 15, tzinfo=UTC).astimezone(ROME)
    report = of([(*ROWS[0][:3], instant, date(2024, 9, 1))], columns)
    documents.write(report, tmp_path, ["csv", "csv_iso"])
    assert (tmp_path / "report.iso.csv").read_bytes() == (
        b"POD,Dal,kWh totale,Istante,Mese\r\nIT001E00000001,2024-09-01,269.281,2024-10-27T02:15+02:00,2024-09\r\n"
    )
    assert (tmp_path / "report.csv").read_bytes() == (
        b"\xef\xbb\xbfPOD;Dal;kWh totale;Mese\r\nIT001E00000001;01/09/2024;269,281;09/2024\r\n"
    )


def test_the_delimited_form_is_byte_for_byte_the_documented_one(tmp_path: Path) -> None:
    delimited.write(of(ROWS), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == (
        b"\xef\xbb\xbf"
        + (
            "POD;Dal;kWh totale;Picco (kW);cos φ;Quota misurata %;Giorni\r\n"
            "IT001E00000001;01/09/2024;269,281;4,040;0,951;98,4;30\r\n"
            "IT001E00000002;16/09/2024;1234567,890;;;100,0;15\r\n"
            "IT001E00000003;01/09/2024;;;;;0\r\n"
        ).encode()
    )


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+39 06", "-1+1", "@SUM(A1)", "\t=1", "http://evil.example"])
def test_a_text_that_looks_like_a_formula_or_a_link_stays_text(tmp_path: Path, text: str) -> None:
    report = of([(text, *ROWS[0][1:])])
    documents.write(report, tmp_path, ["xlsx", "csv"])
    cell = openpyxl.load_workbook(tmp_path / "report.xlsx")["Consumi"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file, delimiter=";"))[1][0]
    assert written.lstrip("'") == text
    assert not written.startswith(("=", "+", "-", "@", "\t"))


plain = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z", "S")), max_size=20)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(plain, st.none() | st.integers(-(10**12), 10**12), st.none() | st.integers(0, 10**9)), min_size=1
    )
)
def test_any_text_and_any_energy_come_back_from_both_forms(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int | None, int | None]]
) -> None:
    columns = (Column("Nome", "text"), Column("kWh totale", "energy", total=True), Column("W", "power"))
    folder = tmp_path_factory.mktemp("documents")
    documents.write(of([*rows], columns), folder, ["xlsx", "csv"])
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file, delimiter=";"))[1:]
    assert [None if wh == "" else int(wh.replace(",", "")) for _, wh, _ in read] == [wh for _, wh, _ in rows]
    assert [(name[1:] if name[:2] in ("'=", "'+", "'-", "'@") else name) for name, _, _ in read] == [
        name for name, _, _ in rows
    ]
    page = openpyxl.load_workbook(folder / "report.xlsx", data_only=True)["Consumi"]
    values = [row[1].value for row in page.iter_rows(2)]
    assert [None if kwh is None else round(kwh * 1000) for kwh in values[:-1]] == [wh for _, wh, _ in rows]
    if not any(name == "Totale" for name, _, _ in rows):
        energy = {"kWh totale": sum(wh or 0 for _, wh, _ in rows)}
        checking.check_document(folder / "report.xlsx", "xlsx", energy)
        checking.check_document(folder / "report.csv", "csv", energy)
        documents.write(of([*rows], columns), folder, ["csv_iso"])
        checking.check_document(folder / "report.iso.csv", "csv_iso", energy)


TOTAL = {"kWh totale": 1_234_837_171}


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("kind", ["xlsx", "csv", "csv_iso"])
def test_a_document_that_agrees_with_the_store_passes(tmp_path: Path, kind: str, language: Language) -> None:
    documents.write(replace(of(ROWS), about=ABOUT, language=language), tmp_path, [kind])
    checking.check_document(documents.document_path(tmp_path, kind), kind, TOTAL)


def unfit(path: Path, kind: str, energy: Mapping[str, int] = TOTAL) -> str:
    with pytest.raises(checking.DocumentUnfit) as unfit:
        checking.check_document(path, kind, energy)
    return str(unfit.value)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_single_watt_hour_of_difference_is_found(tmp_path: Path, kind: str) -> None:
    documents.write(of(ROWS), tmp_path, [kind])
    found = unfit(tmp_path / f"report.{kind}", kind, {"kWh totale": TOTAL["kWh totale"] + 1})
    assert "1234837.171 kWh" in found
    assert "1234837.172 kWh" in found


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_document_that_is_absent_empty_cut_off_or_without_rows_is_found(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"report.{kind}"
    assert "did not write" in unfit(path, kind)
    path.write_bytes(b"")
    assert "empty" in unfit(path, kind)
    documents.write(of([]), tmp_path, [kind])
    assert "no row" in unfit(path, kind)
    documents.write(
        of(ROWS, (Column("Nome", "text"), *COLUMNS[1:2], Column("kWh", "energy"), *COLUMNS[3:])), tmp_path, [kind]
    )
    assert "no column «kWh totale»" in unfit(path, kind)
    path.write_bytes(path.read_bytes()[:-40] if kind == "xlsx" else b'"\xff\xfe')
    assert "does not open" in unfit(path, kind)


def test_a_damaged_part_of_a_workbook_is_found(tmp_path: Path) -> None:
    documents.write(of(ROWS), tmp_path, ["xlsx"])
    path = tmp_path / "report.xlsx"
    with zipfile.ZipFile(path) as package:
        start = package.getinfo("xl/worksheets/sheet1.xml").header_offset + 120
    damaged = bytearray(path.read_bytes())
    damaged[start : start + 8] = b"\0" * 8
    path.write_bytes(damaged)
    assert "does not open" in unfit(path, "xlsx")


def test_a_total_that_is_not_the_sum_of_its_rows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sheet, "total", lambda sheet, position: 7)
    documents.write(of(ROWS), tmp_path, ["xlsx"])
    assert "not the sum of its rows" in unfit(tmp_path / "report.xlsx", "xlsx")
