"""What a report consists of before it is a file: named sheets of typed columns.

Energy and power are whole Wh (varh) and W here, so that sums are exact; the writers put them as kWh (kvarh)
and kW with three decimals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

#: What a cell of a column holds. ``energy``: int Wh or varh, written in thousands with three decimals.
#: ``power``: int W, likewise. ``ratio``: float, three decimals. ``share``: float 0..1, written as a percentage
#: with one decimal. ``count``: int. ``day``: date. ``text``: str. None is an empty cell in every kind.
Kind = Literal["text", "day", "energy", "power", "ratio", "share", "count"]
Cell = str | date | int | float | None

#: The columns by which a document's energy is checked against the store: of a period, and of an interval.
PERIOD_ENERGY = "kWh totale"
INTERVAL_ENERGY = "kWh"

#: First cell of the row of totals in a workbook.
TOTALS = "Totale"


@dataclass(frozen=True)
class Column:
    """One column. ``total``: the workbook ends in a row with its sum (energy columns and counts only)."""

    title: str
    kind: Kind
    total: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table. Rows have one cell per column; ``name`` is at most 31 characters."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]

    def total(self, position: int) -> int:
        """The sum of one column, in the unit of its cells; empty cells count nothing."""
        return sum(cell for row in self.rows if isinstance(cell := row[position], int))


@dataclass(frozen=True)
class Report:
    """What a report hands to the writers: the sheets of the workbook, and the one table of the CSV.

    ``last_day`` is the last competence day it covers.
    """

    title: str
    subject: str
    last_day: date
    sheets: tuple[Sheet, ...]
    table: Sheet
