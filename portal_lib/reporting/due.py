"""The day at whose end in Rome a report is due, and how far away it is.

Days are counted from the day after the period's last. Working days are Monday to Friday but for the national holidays;
where a tender says so, a due day that is a Sunday or a holiday moves to the next day that is neither (the rule of
articles 1187 and 2963 of the civil code, in which Saturday is an ordinary day).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from portal_lib.clock import ROME
from portal_lib.metering import bands

#: "calendar": every day counts. "working": Monday to Friday but for the holidays.
Days = Literal["calendar", "working"]

#: What becomes of a due day that is a Sunday or a holiday.
OnHoliday = Literal["stays", "next-day"]

#: From here on 4 October is a national holiday (law 151/2025). The bands have a date of their own for it, since no
#: resolution has put it in F3 yet.
_OCTOBER_4_FROM = date(2026, 1, 1)

#: Holidays of a single year: the 150 years of the united Italy.
_ONCE = frozenset({date(2011, 3, 17)})


@dataclass(frozen=True)
class Terms:
    """How a tender counts: ``due_days`` after the period's end, of which kind, and what a holiday does to the end."""

    due_days: int
    days: Days = "calendar"
    on_holiday: OnHoliday = "stays"

    def due_on(self, last: date) -> date:
        """The due day of a period whose last competence day is ``last``."""
        if self.days == "calendar":
            due = last + timedelta(days=self.due_days)
        else:
            due = last
            for _ in range(self.due_days):
                due += timedelta(days=1)
                while not is_working_day(due):
                    due += timedelta(days=1)
        if self.on_holiday == "next-day":
            while due.weekday() == 6 or is_holiday(due):
                due += timedelta(days=1)
        return due


@lru_cache(maxsize=256)
def _holidays(year: int) -> frozenset[date]:
    return bands.holidays(year, _OCTOBER_4_FROM) | {day for day in _ONCE if day.year == year}


def is_holiday(day: date) -> bool:
    """Whether a day is a national holiday other than a plain Sunday. Patron days are local and do not count."""
    return day in _holidays(day.year)


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no national holiday."""
    return day.weekday() < 5 and not is_holiday(day)


def due_instant(due_on: date) -> datetime:
    """The first instant (UTC) that is too late: the midnight in Rome that ends the due day."""
    after = due_on + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ROME).astimezone(UTC)


def days_left(due_on: date, today: date) -> int:
    """Whole days from ``today`` (a Rome day) to the due day: 0 on the day itself, below 0 when it is late."""
    return (due_on - today).days
