"""The CSV forms of a report: one that Italian spreadsheets open by a double click, one for programs.

| | ``csv`` | ``csv_iso`` |
|---|---|---|
| bytes | UTF-8 with byte order mark | UTF-8 |
| fields, lines | semicolons, CR LF | commas, CR LF |
| decimals | comma, no thousands separator | point, no thousands separator |
| days | ``dd/mm/yyyy`` | ``yyyy-mm-dd`` |
| months | ``mm/yyyy`` | ``yyyy-mm`` |
| columns | those that people read | the instants besides: ISO 8601 with the offset from UTC |

In both: a header line in the report's language; kWh, kvarh, kW and ratios with three decimals, percentages with one and
without the sign; an empty cell is a value that is missing, never a zero; no row of totals; the last two columns say
whether the report is complete and which version it is. Text is quoted where it has to be (RFC 4180). A text that a
spreadsheet would take for a formula (it begins with ``= + - @`` or a tab) gets an apostrophe before it.
"""

import csv
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from portal_lib.language import Said
from portal_lib.reporting import about
from portal_lib.reporting.sheets import Cell, Kind, Report

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

_STATE = Said("Stato del report", "State of the report")
_VERSION = Said("Versione", "Version")


def write(report: Report, path: Path) -> None:
    """Write the report's table to ``path``, for an Italian spreadsheet."""
    _write(report, path, encoding="utf-8-sig", delimiter=";", written=_ITALIAN, iso=False)


def write_iso(report: Report, path: Path) -> None:
    """Write the report's table to ``path``, for a program."""
    _write(report, path, encoding="utf-8", delimiter=",", written=_ISO, iso=True)


_Written = dict[Kind, Callable[[Cell], str]]


def _write(report: Report, path: Path, *, encoding: str, delimiter: str, written: _Written, iso: bool) -> None:
    table = report.table if iso else report.table.for_people()
    language, said = report.language, report.about
    ways = [written[column.kind] for column in table.columns]
    heading = [column.heading(language) for column in table.columns]
    ends: list[str] = []
    if said:
        heading += [_STATE.say(language), _VERSION.say(language)]
        ends = [about.state(said, language), str(said.version)]
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(heading)
        writer.writerows(
            ["" if cell is None else as_text(cell) for as_text, cell in zip(ways, row, strict=True)] + ends
            for row in table.rows
        )


def _text(cell: Cell) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _as_day(cell: Cell) -> date:
    if not isinstance(cell, date):
        raise TypeError(f"not a day: {cell!r}")
    return cell


def _instant(cell: Cell) -> str:
    if not isinstance(cell, datetime) or cell.tzinfo is None:
        raise TypeError(f"not an instant: {cell!r}")
    return cell.isoformat(timespec="minutes")


def _thousandth(decimal: str) -> Callable[[Cell], str]:
    """Whole Wh as kWh, whole W as kW, by digits: nothing is rounded."""

    def written(cell: Cell) -> str:
        if not isinstance(cell, int):
            raise TypeError(f"energy and power are whole Wh and W, not {cell!r}")
        whole, rest = divmod(abs(cell), 1000)
        return f"{'-' if cell < 0 else ''}{whole}{decimal}{rest:03d}"

    return written


def _ratio(cell: Cell) -> str:
    return f"{cell:.3f}"


def _share(cell: Cell) -> str:
    if not isinstance(cell, int | float):
        raise TypeError(f"not a share: {cell!r}")
    return f"{cell * 100:.1f}"


def _with_comma(way: Callable[[Cell], str]) -> Callable[[Cell], str]:
    return lambda cell: way(cell).replace(".", ",")


_ISO: _Written = {
    "text": _text,
    "day": lambda cell: _as_day(cell).isoformat(),
    "month": lambda cell: _as_day(cell).isoformat()[:7],
    "instant": _instant,
    "energy": _thousandth("."),
    "power": _thousandth("."),
    "ratio": _ratio,
    "share": _share,
    "count": str,
}
_ITALIAN: _Written = _ISO | {
    "day": lambda cell: "/".join(reversed(_as_day(cell).isoformat().split("-"))),
    "month": lambda cell: "/".join(reversed(_as_day(cell).isoformat()[:7].split("-"))),
    "energy": _thousandth(","),
    "power": _thousandth(","),
    "ratio": _with_comma(_ratio),
    "share": _with_comma(_share),
}
