"""The competence month that a report covers, and the day by which it is due."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from portal_lib.clock import Clock, rome_day
from portal_lib.reporting.exceptions import BadPeriod

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")

#: The calendar of local days, and so every report, lies within these years.
_FIRST_YEAR, _LAST_YEAR = 1990, 2099


@dataclass(frozen=True, order=True)
class Period:
    """A month of competence days in Europe/Rome. ``str()`` gives it as it is typed: ``2025-03``."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The month written as ``2025-03``; anything else raises :class:`BadPeriod`."""
        found = _MONTH.fullmatch(text)
        if found is None or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
            raise BadPeriod("period", text=text[:40])
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first(self) -> date:
        """The first competence day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """The last competence day, included."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def due_on(self, due_days: int) -> date:
        """The day at whose end in Rome the report is due: ``due_days`` after the last day."""
        return self.last + timedelta(days=due_days)

    def is_over(self, clock: Clock) -> bool:
        """Whether its last day has ended in Rome."""
        return rome_day(clock()) > self.last
