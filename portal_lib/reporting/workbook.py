"""The XLSX form of a report: typed cells, frozen header, Italian dates, totals, and a print setup.

The same report gives the same bytes: the file says that it was created on the last day it covers. When it was
really handed over is for the deposit to say.
"""

from datetime import datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from portal_lib.reporting.sheets import TOTALS, Cell, Column, Report, Sheet

_NUMBER_FORMATS = {
    "text": "@",
    "day": "dd/mm/yyyy",
    "energy": "#,##0.000",
    "power": "#,##0.000",
    "ratio": "0.000",
    "share": "0.0%",
    "count": "#,##0",
}
_WIDEST = 48


def write(report: Report, path: Path) -> None:
    """Write ``report`` to ``path`` as a workbook with one worksheet per sheet."""
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        created = datetime.combine(report.last_day, time())
        book.set_properties({"title": report.title, "subject": report.subject, "created": created})
        formats = _formats(book)
        for sheet in report.sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, report, formats)


def _formats(book: Any) -> dict[str, Any]:
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()}
    formats["header"] = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1, "bg_color": "#E8EEF4"}
    )
    for kind in ("text", "energy", "count"):
        code = _NUMBER_FORMATS[kind]
        formats[f"total {kind}"] = book.add_format({"num_format": code, "bold": True, "top": 1})
    return formats


def _write_sheet(page: Any, sheet: Sheet, report: Report, formats: dict[str, Any]) -> None:
    end = len(sheet.rows)
    for position, column in enumerate(sheet.columns):
        page.write_string(0, position, column.title, formats["header"])
        page.set_column(position, position, _width(sheet, position), formats[column.kind])
        _write_column(page, sheet, position, formats[column.kind])
        if column.total:
            letter = _letter(position)
            page.write_formula(
                end + 1,
                position,
                f"=SUM({letter}2:{letter}{end + 1})",
                formats[f"total {column.kind}"],
                _thousandth(sheet.total(position)) if column.kind == "energy" else sheet.total(position),
            )
    if any(column.total for column in sheet.columns):
        page.write_string(end + 1, 0, TOTALS, formats["total text"])
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(end, 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_header(f"&L{_escaped(report.title)}&C{_escaped(report.subject)}&R{_escaped(sheet.name)}")
    page.set_footer("&RPagina &P di &N")


def _write_column(page: Any, sheet: Sheet, position: int, cell_format: Any) -> None:
    kind = sheet.columns[position].kind
    for number, row in enumerate(sheet.rows, start=1):
        cell = row[position]
        if cell is None:
            continue
        if kind == "text":
            page.write_string(number, position, str(cell), cell_format)
        elif kind == "day":
            page.write_datetime(number, position, cell, cell_format)
        elif kind in ("energy", "power"):
            page.write_number(number, position, _thousandth(cell), cell_format)
        else:
            page.write_number(number, position, cell, cell_format)


def _thousandth(cell: Cell) -> float:
    if not isinstance(cell, int):
        raise TypeError(f"energy and power are whole Wh and W, not {cell!r}")
    return cell / 1000


def _width(sheet: Sheet, position: int) -> int:
    column: Column = sheet.columns[position]
    if column.kind != "text":
        return max(12, *(len(word) + 2 for word in column.title.split()))
    longest = max((len(str(row[position])) for row in sheet.rows if row[position] is not None), default=0)
    return min(_WIDEST, max(8, len(column.title), longest) + 2)


def _letter(position: int) -> str:
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _escaped(text: str) -> str:
    """Page headers read ``&`` as a command, and take 255 characters in all."""
    return text.replace("&", "&&")[:80]
