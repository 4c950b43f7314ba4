"""Workbooks: what a spreadsheet shows is what is loaded, and what it has spoiled is refused by its cell."""

import csv
import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers import exceptions as refusals
from portal_lib.customers.loading import load
from portal_lib.customers.sheets import read_sheets
from portal_lib.customers.tables import customer, supply_order, supply_point
from tests.customers.sheets import CUSTOMERS, ORDERS, PERSON, POINTS, VAT_ONE, VAT_TWO, write_all


def rows_of(text: str) -> list[list[Any]]:
    filled = text.replace("{person}", PERSON).replace("{vat_one}", VAT_ONE).replace("{vat_two}", VAT_TWO)
    return [list(row) for row in csv.reader(io.StringIO(filled), delimiter=";")]


def workbook(folder: Path, sheets: dict[str, list[list[Any]]], name: str = "clienti.xlsx") -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([None if value == "" else value for value in row])
    book.save(folder / name)
    return folder / name


def typed(rows: list[list[Any]]) -> list[list[Any]]:
    """The same sheet as somebody types it into a spreadsheet: numbers and days as such."""
    header = rows[0]
    for row in rows[1:]:
        for at, name in enumerate(header):
            if not row[at]:
                continue
            if name in ("holder_from", "holder_to"):
                row[at] = datetime.fromisoformat(row[at])
            elif name == "ordered_on":
                row[at] = date.fromisoformat(row[at])
            elif name in ("voltage", "contracted_kw", "available_kw", "expected_kwh"):
                row[at] = float(row[at].replace(",", "."))
            elif name in ("code", "customer_code", "vat", "lot"):
                row[at] = int(row[at])
    return rows


def test_a_workbook_says_the_same_as_the_csv_files(engine: Engine, tmp_path: Path) -> None:
    sheets = {"Clienti": rows_of(CUSTOMERS), "Ordini": rows_of(ORDERS), "Punti": rows_of(POINTS), "Vuoto": []}
    load(engine, write_all(tmp_path))
    as_text = load(engine, [workbook(tmp_path, sheets)])
    assert as_text.changes == [] and [count.unchanged for count in as_text.counts] == [3, 1, 2, 3]
    as_typed = load(engine, [workbook(tmp_path, {title: typed(rows) for title, rows in sheets.items() if rows})])
    assert as_typed.changes == [] and [count.unchanged for count in as_typed.counts] == [3, 1, 2, 3]


def test_a_number_of_a_spreadsheet_is_never_ambiguous(engine: Engine, tmp_path: Path) -> None:
    """1.125 in a CSV file may be a thousand and more; a number in a cell is what it is."""
    points = rows_of(POINTS)
    for row in points[2:]:
        row[-2:] = [1.125, 0.1 + 0.2]
    load(engine, [workbook(tmp_path, {"c": rows_of(CUSTOMERS), "o": rows_of(ORDERS), "p": points})])
    with db.reading(engine) as connection:
        point = connection.execute(sa.select(supply_point).where(supply_point.c.pod == "IT999E00000102")).one()
    assert (point.contracted_kw, point.available_kw) == (1.125, 0.3)


def test_a_code_shown_with_its_zeros_keeps_them(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"c": rows_of(CUSTOMERS)})
    book = load_workbook(path)
    book["c"]["A2"].value, book["c"]["A2"].number_format = 12345, "00000000"
    book.save(path)
    (sheet,) = read_sheets(path)
    assert sheet.rows[0].cells["code"] == "00012345"


@pytest.mark.parametrize(
    ("sheet", "column", "value", "what"),
    [
        ("c", "code", 1.5, "a number: “1.5”"),
        ("c", "code", 1e20, "a number"),
        ("c", "code", "1.0E+10", "a number: “1.0E+10”"),
        ("c", "vat", 743110157, "a number without its zeros: “743110157”"),
        ("c", "name", True, "a logical value"),
        ("c", "name", "#N/A", "an error of a formula"),
        ("p", "cost_centre", datetime.fromisoformat("2025-05-03"), "a date"),
        ("p", "holder_from", time(12), "a date"),
        ("o", "cig", "1,23456E+12", "a number"),
        ("o", "number", "2E+10", "a number"),
    ],
)
def test_what_the_spreadsheet_made_of_a_value_is_said_with_its_cell(
    engine: Engine, tmp_path: Path, sheet: str, column: str, value: object, what: str
) -> None:
    sheets = {"c": rows_of(CUSTOMERS), "o": rows_of(ORDERS), "p": rows_of(POINTS)}
    sheets[sheet][1][sheets[sheet][0].index(column)] = value
    with pytest.raises(refusals.TurnedInto) as raised:
        load(engine, [workbook(tmp_path, sheets)])
    said = raised.value.say("en")
    assert f"clienti.xlsx [{sheet}], row 2, field {column}" in said and what in said and "format Text" in said
    with db.reading(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(customer)) == 0


def test_a_day_with_a_time_and_a_number_for_a_day_are_no_days(engine: Engine, tmp_path: Path) -> None:
    for value in (datetime.fromisoformat("2025-01-01T13:30"), 45000):
        orders = rows_of(ORDERS)
        orders[1][2] = value
        with pytest.raises(refusals.NotADay):
            load(engine, [workbook(tmp_path, {"c": rows_of(CUSTOMERS), "o": orders})])


@pytest.mark.parametrize("stored", [True, False])
def test_a_code_that_lost_its_zeros_is_not_taken_for_another_customer(
    engine: Engine, tmp_path: Path, stored: bool
) -> None:
    whole, cut = rows_of(CUSTOMERS)[:2], rows_of(CUSTOMERS)[:2]
    whole[1][0], cut[1][0] = "00012345", 12345
    if stored:
        load(engine, [workbook(tmp_path, {"c": whole})])
    with pytest.raises(refusals.LostZeros, match="“12345” is “00012345” without the zeros"):
        load(engine, [workbook(tmp_path, {"c": cut} if stored else {"c": whole, "d": cut})])


def test_rows_below_one_another_need_not_be_equally_long(engine: Engine, tmp_path: Path) -> None:
    orders = [*rows_of(ORDERS), [], ["10002002", "OD-2"]]
    loaded = load(engine, [workbook(tmp_path, {"c": rows_of(CUSTOMERS), "o": orders})])
    assert loaded.counts[1].added == 2
    with db.reading(engine) as connection:
        assert connection.execute(sa.select(supply_order.c.lot).order_by(supply_order.c.number)).scalars().all() == [
            "7",
            None,
        ]
    with pytest.raises(refusals.WrongFieldCount, match=r"clienti.xlsx \[o\], row 3: 8 fields instead of 7"):
        load(engine, [workbook(tmp_path, {"o": [*rows_of(ORDERS), ["10002002", "3", "", "", "", "", "", "note"]]})])


def test_a_worksheet_that_is_none_of_the_three_is_named(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(refusals.UnknownHeader, match=r"clienti.xlsx \[Note\]"):
        load(engine, [workbook(tmp_path, {"Clienti": rows_of(CUSTOMERS), "Note": [["da fare"]]})])
    with pytest.raises(refusals.UnknownHeader):
        load(engine, [workbook(tmp_path, {"Vuoto": []})])


def spoiled(path: Path, part: str, content: bytes) -> Path:
    """The workbook with one of its parts replaced."""
    out = path.with_name("spoiled.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;</x>'


def test_what_is_no_workbook_is_a_sentence(engine: Engine, tmp_path: Path) -> None:
    good = workbook(tmp_path, {"Clienti": rows_of(CUSTOMERS)})
    text = tmp_path / "text.xlsx"
    text.write_text("code;kind")
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    sheet = "xl/worksheets/sheet1.xml"
    big = spoiled(good, sheet, b" " * (600 * 1024 * 1024)).rename(tmp_path / "big.xlsx")
    for path in (
        text,
        cut,
        big,
        spoiled(good, sheet, BOMB),
        spoiled(good, sheet, b"<worksheet><sheetData><row><c>"),
        spoiled(good, "xl/workbook.xml", b"<nothing/>"),
    ):
        with pytest.raises((refusals.NotAWorkbook, refusals.UnknownHeader)) as raised:
            load(engine, [path])
        assert path.name in raised.value.say("it") and len(raised.value.say("en")) < 400
    with pytest.raises(refusals.NoSuchFile):
        load(engine, [tmp_path / "none.xlsx"])
