"""The competence days that a report covers: a month, a quarter, half a year or a year, in Europe/Rome."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from portal_lib.clock import Clock, rome_day
from portal_lib.reporting.exceptions import BadPeriod

Cadence = Literal["month", "quarter", "half-year", "year"]
CADENCES: tuple[Cadence, ...] = get_args(Cadence)

#: How many months a period of each cadence lasts.
MONTHS: dict[Cadence, int] = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}

_WRITTEN = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])|-Q([1-4])|-H([12]))?")

#: The calendar of local days, and so every report, lies within these years.
_FIRST_YEAR, _LAST_YEAR = 1990, 2099


@dataclass(frozen=True, order=True)
class Period:
    """Competence days from the first of ``month`` on, ``months`` (1, 3, 6 or 12) long.

    ``str()`` gives it as it is typed: ``2025-03``, ``2025-Q1``, ``2025-H1``, ``2025``.
    """

    year: int
    month: int
    months: int = 1

    def __post_init__(self) -> None:
        if self.months not in MONTHS.values() or (self.month - 1) % self.months or not 1 <= self.month <= 12:
            raise ValueError(f"no period of {self.months} months begins with month {self.month}")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period written as ``2025-03``, ``2025-Q1``, ``2025-H1`` or ``2025``; else :class:`BadPeriod`."""
        found = _WRITTEN.fullmatch(text)
        if found is None or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
            raise BadPeriod("period", text=text[:40])
        year = int(found[1])
        if found[2]:
            return cls(year, int(found[2]))
        if found[3]:
            return cls(year, int(found[3]) * 3 - 2, 3)
        if found[4]:
            return cls(year, int(found[4]) * 6 - 5, 6)
        return cls(year, 1, 12)

    @classmethod
    def of(cls, day: date, cadence: Cadence) -> "Period":
        """The period of that cadence in which a competence day lies."""
        months = MONTHS[cadence]
        return cls(day.year, (day.month - 1) // months * months + 1, months)

    @classmethod
    def covering(cls, first: date, last: date) -> "Period | None":
        """The period with exactly these ends, or None: what a deposit covers, as it is typed."""
        for cadence in CADENCES:
            found = cls.of(first, cadence)
            if (found.first, found.last) == (first, last):
                return found
        return None

    def __str__(self) -> str:
        if self.months == 1:
            return f"{self.year:04d}-{self.month:02d}"
        if self.months == 12:
            return f"{self.year:04d}"
        return f"{self.year:04d}-{'Q' if self.months == 3 else 'H'}{(self.month - 1) // self.months + 1}"

    @property
    def cadence(self) -> Cadence:
        """How often such a period comes."""
        return next(cadence for cadence, months in MONTHS.items() if months == self.months)

    @property
    def first(self) -> date:
        """The first competence day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """The last competence day, included."""
        month = self.month + self.months - 1
        return date(self.year, month, monthrange(self.year, month)[1])

    @property
    def following(self) -> "Period":
        """The period after this one, equally long."""
        month = self.month + self.months
        return Period(self.year + (month > 12), month - 12 * (month > 12), self.months)

    def is_over(self, clock: Clock) -> bool:
        """Whether its last day has ended in Rome."""
        return rome_day(clock()) > self.last


def ended(cadence: Cadence, first: date, today: date) -> Iterator[Period]:
    """The periods of a cadence that begin on ``first`` or later and ended before ``today``, oldest first.

    One that had begun before ``first`` is left out: what a tender asks for begins with the tender.
    """
    period = Period.of(first, cadence)
    if period.first < first:
        period = period.following
    while period.last < today:
        yield period
        period = period.following
