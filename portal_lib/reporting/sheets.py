"""What a report consists of before it is a file: what it is about, and named sheets of typed columns.

Energy and power are whole Wh (varh) and W here, so that sums are exact; the writers put them as kWh (kvarh)
and kW with three decimals. Titles are Italian, and the names by which code and checks know a column; the writers
say them in the report's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from portal_lib.language import Language, Said
from portal_lib.metering.sources import Source
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.figures import Figure

#: What a cell of a column holds. ``energy``: int Wh or varh, written in thousands with three decimals.
#: ``power``: int W, likewise. ``ratio``: float, three decimals. ``share``: float 0..1, written as a percentage
#: with one decimal. ``count``: int. ``day``: date. ``month``: date, its first day. ``instant``: datetime with its
#: zone. ``text``: str. None is an empty cell in every kind.
Kind = Literal["text", "day", "month", "instant", "energy", "power", "ratio", "share", "count"]
Cell = str | date | datetime | int | float | None
Row = tuple[Cell, ...]

#: The columns by which a document's energy is checked against the store: of a period, and of an interval.
PERIOD_ENERGY = "kWh totale"
INTERVAL_ENERGY = "kWh"

#: First cell of the row of totals in a workbook, in both languages.
TOTALS = Said("Totale", "Total")


@dataclass(frozen=True)
class Column:
    """One column. ``total``: the workbook ends in a row with its sum (energy columns and counts only)."""

    title: str
    kind: Kind
    total: bool = False
    english: str | None = None  #: the title in English, where it is another
    for_machines: bool = False  #: stands in the ISO form only

    def heading(self, language: Language) -> str:
        """The title in a language."""
        return self.english if language == "en" and self.english else self.title


@dataclass(frozen=True)
class Sheet:
    """One table. Rows have one cell per column; ``name`` is at most 31 characters."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    english: str | None = None

    def total(self, position: int) -> int:
        """The sum of one column, in the unit of its cells; empty cells count nothing."""
        return sum(cell for row in self.rows if isinstance(cell := row[position], int))

    def heading(self, language: Language) -> str:
        """The name in a language."""
        return self.english if language == "en" and self.english else self.name

    def chosen(self, *titles: str) -> "Sheet":
        """The same rows with some of the columns, in the order of ``titles``."""
        places = [[column.title for column in self.columns].index(title) for title in titles]
        rows = [tuple(row[place] for place in places) for row in self.rows]
        return Sheet(self.name, tuple(self.columns[place] for place in places), rows, self.english)

    def for_people(self) -> "Sheet":
        """Without the columns that only machines read."""
        return self.chosen(*(column.title for column in self.columns if not column.for_machines))


@dataclass(frozen=True)
class About:
    """What a report says of itself: for whom, of what, from what, and how much of it there is."""

    recipient: str
    facts: tuple[tuple[Said, str], ...]  #: codes and numbers of the recipient
    tender: str
    first: date
    last: date
    version: int
    completeness: Completeness
    sources: tuple[Source, ...]

    @property
    def provisional(self) -> bool:
        """Whether readings are missing: then the report says so on every form of it."""
        return not self.completeness.complete


@dataclass(frozen=True)
class Section:
    """A chapter of the printed form: words, a figure and a table, each where there is one."""

    heading: str
    text: str = ""
    figure: Figure | None = None
    table: Sheet | None = None
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Report:
    """What a report hands to the writers: the workbook's sheets, the CSV's one table, the PDF's chapters.

    ``last_day`` is the last competence day it covers.
    """

    title: str
    subject: str
    last_day: date
    sheets: tuple[Sheet, ...]
    table: Sheet
    language: Language = "it"
    about: About | None = None
    sections: tuple[Section, ...] = field(default=())
