"""The XLSX form of a report: typed cells, frozen header, dates, totals, and a print setup.

The first column, which names what a row is about, stays in sight and is printed on every page. A sheet that is longer
than Excel's last row goes on in another one. The same report gives the same bytes: the file says that it was created on
the last day it covers. When it was really handed over is for the deposit to say.
"""

import textwrap
from collections.abc import Iterator
from datetime import datetime, time
from math import ceil
from pathlib import Path
from typing import Any

import xlsxwriter

from portal_lib.language import Said
from portal_lib.reporting import about, house_style
from portal_lib.reporting.sheets import TOTALS, Cell, Column, Report, Sheet

#: Rows of a worksheet, header and totals included.
LAST_ROW = 1_048_576

_NUMBER_FORMATS = {
    "text": "@",
    "day": "dd/mm/yyyy",
    "month": "mmm yyyy",
    "energy": "#,##0.000",
    "power": "#,##0.000",
    "ratio": "0.000",
    "share": "0.0%",
    "count": "#,##0",
}
_WIDEST = 48
_LONGEST_NAME = 31

#: Characters that fit on a landscape A4 page at a size that can be read.
_PAGE = 200

_PAGE_OF = Said("Pagina &P di &N", "Page &P of &N")


def write(report: Report, path: Path, *, last_row: int = LAST_ROW) -> None:
    """Write ``report`` to ``path`` as a workbook: its sheets, then what it says of itself."""
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    sheets = [sheet.for_people() for sheet in report.sheets]
    if report.about:
        sheets += about.sheets(report.about, report.language)
    with xlsxwriter.Workbook(str(path), options) as book:
        created = datetime.combine(report.last_day, time())
        book.set_properties({"title": report.title, "subject": report.subject, "created": created})
        formats = _formats(book)
        taken: set[str] = set()
        for sheet in sheets:
            for part in _parts(sheet, last_row):
                _write_sheet(book.add_worksheet(_name(part.heading(report.language), taken)), part, report, formats)


def _parts(sheet: Sheet, last_row: int) -> Iterator[Sheet]:
    """The sheet in pieces of as many rows as fit between header and totals."""
    most = last_row - 2
    for start in range(0, max(1, len(sheet.rows)), most):
        yield Sheet(sheet.name, sheet.columns, sheet.rows[start : start + most], sheet.english)


def _name(wanted: str, taken: set[str]) -> str:
    """A name that no other sheet has: «IT001E00000001», «IT001E00000001 (2)»."""
    name, number = wanted[:_LONGEST_NAME], 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted[: _LONGEST_NAME - 6]} ({number})"
    taken.add(name.casefold())
    return name


def _formats(book: Any) -> dict[str, Any]:
    colours = house_style.palette()
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()}
    for kind in ("day", "month"):
        formats[kind].set_align("center")
    formats["header"] = book.add_format(
        {
            "bold": True,
            "text_wrap": True,
            "valign": "vcenter",
            "bottom": 2,
            "bottom_color": colours["accent"],
            "bg_color": colours["surface-strong"],
            "font_color": colours["text"],
        }
    )
    for kind in ("text", "energy", "count"):
        code = _NUMBER_FORMATS[kind]
        formats[f"total {kind}"] = book.add_format({"num_format": code, "bold": True, "top": 1})
    return formats


def _write_sheet(page: Any, sheet: Sheet, report: Report, formats: dict[str, Any]) -> None:
    end = len(sheet.rows)
    wide, lines = 0, 1
    for position, column in enumerate(sheet.columns):
        width = _width(sheet, position, report)
        wide += width
        lines = max(lines, len(textwrap.wrap(column.heading(report.language), max(1, width - 2))))
        page.write_string(0, position, column.heading(report.language), formats["header"])
        page.set_column(position, position, width, formats[column.kind])
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
        page.write_string(end + 1, 0, TOTALS.say(report.language), formats["total text"])
        for position, column in enumerate(sheet.columns[1:], start=1):
            if not column.total:
                page.write_blank(end + 1, position, None, formats["total text"])
    page.set_row(0, 15 * lines + 4)  # not every program finds the height of wrapped words itself
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(end, 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(ceil(wide / _PAGE), 0)
    page.repeat_rows(0)
    page.repeat_columns(0)
    page.hide_gridlines(1)  # on paper
    page.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
    name = sheet.heading(report.language)
    page.set_header(f"&L{_escaped(report.title)}&C{_escaped(report.subject)}&R{_escaped(name)}")
    page.set_footer(f"&L{_escaped(_state(report))}&R{_PAGE_OF.say(report.language)}")


def _state(report: Report) -> str:
    return about.state(report.about, report.language).capitalize() if report.about else ""


def _write_column(page: Any, sheet: Sheet, position: int, cell_format: Any) -> None:
    kind = sheet.columns[position].kind
    cells = enumerate((row[position] for row in sheet.rows), start=1)
    if kind == "text":
        for number, cell in cells:
            if cell is not None:
                page.write_string(number, position, str(cell), cell_format)
    elif kind in ("day", "month"):
        for number, cell in cells:
            if cell is not None:
                page.write_datetime(number, position, cell, cell_format)
    elif kind in ("energy", "power"):
        for number, cell in cells:
            if cell is not None:
                page.write_number(number, position, _thousandth(cell), cell_format)
    else:
        for number, cell in cells:
            if cell is not None:
                page.write_number(number, position, cell, cell_format)


def _thousandth(cell: Cell) -> float:
    if not isinstance(cell, int):
        raise TypeError(f"energy and power are whole Wh and W, not {cell!r}")
    return cell / 1000


def _width(sheet: Sheet, position: int, report: Report) -> int:
    column: Column = sheet.columns[position]
    title = column.heading(report.language)
    if column.kind != "text":
        return max(12, *(len(word) + 2 for word in title.split()))
    longest = max((len(str(row[position])) for row in sheet.rows if row[position] is not None), default=0)
    return min(_WIDEST, max(8, *(len(word) + 2 for word in title.split()), longest + 2))


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
