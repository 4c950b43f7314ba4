"""The CSV form of a report, the only one: what Italian spreadsheets open by a double click.

UTF-8 with byte order mark; semicolons; lines end in CR LF; a header line; decimal comma, no thousands
separator; days as ``dd/mm/yyyy``; kWh, kvarh, kW and ratios with three decimals, percentages with one and
without the sign; an empty cell is a value that is missing, never a zero; no row of totals. Text is quoted
where it has to be (RFC 4180). A text that a spreadsheet would take for a formula (it begins with ``= + - @``
or a tab) gets an apostrophe before it.
"""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

from portal_lib.reporting.sheets import Cell, Kind, Report

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(report: Report, path: Path) -> None:
    """Write the report's table to ``path``."""
    columns = report.table.columns
    written = [_WRITTEN[column.kind] for column in columns]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([column.title for column in columns])
        writer.writerows(
            ["" if cell is None else as_text(cell) for as_text, cell in zip(written, row, strict=True)]
            for row in report.table.rows
        )


def _text(cell: Cell) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _day(cell: Cell) -> str:
    if not isinstance(cell, date):
        raise TypeError(f"not a day: {cell!r}")
    return f"{cell.day:02d}/{cell.month:02d}/{cell.year:04d}"


def _thousandth(cell: Cell) -> str:
    """Whole Wh as kWh, whole W as kW, by digits: nothing is rounded."""
    if not isinstance(cell, int):
        raise TypeError(f"energy and power are whole Wh and W, not {cell!r}")
    whole, rest = divmod(abs(cell), 1000)
    return f"{'-' if cell < 0 else ''}{whole},{rest:03d}"


def _ratio(cell: Cell) -> str:
    return f"{cell:.3f}".replace(".", ",")


def _share(cell: Cell) -> str:
    if not isinstance(cell, int | float):
        raise TypeError(f"not a share: {cell!r}")
    return f"{cell * 100:.1f}".replace(".", ",")


_WRITTEN: dict[Kind, Callable[[Cell], str]] = {
    "text": _text,
    "day": _day,
    "energy": _thousandth,
    "power": _thousandth,
    "ratio": _ratio,
    "share": _share,
    "count": str,
}
