"""Sums as one would make them by hand: interval by interval, from what the meters measured, by the wall clock."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from portal_lib.clock import ROME
from tests.reporting.conftest import MISSING, Day

#: Holidays of the months that the tests use.
HOLIDAYS = {date(2024, 11, 1), date(2025, 4, 21)}


def band(start: datetime) -> str:
    day, hour = start.date(), start.hour
    if hour < 7 or hour == 23 or day.weekday() == 6 or day in HOLIDAYS:
        return "F3"
    if day.weekday() == 5 or hour < 8 or hour >= 19:
        return "F2"
    return "F1"


def intervals(day: date, measured: Day) -> Iterator[tuple[datetime, timedelta, int | None]]:
    """Start (in Rome), length and Wh of each interval of a day, by walking through real time."""
    length = timedelta(minutes=15 if len(measured.values) > 25 else 60)
    instant = datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC)
    for wh in measured.values:
        yield instant.astimezone(ROME), length, None if wh == MISSING else wh
        instant += length


def between(days: dict[date, Day], first: date, last: date) -> dict[date, Day]:
    return {day: measured for day, measured in days.items() if first <= day <= last}


def by_band(days: dict[date, Day]) -> dict[str, int]:
    """Wh per band, of what is known."""
    sums = {"F1": 0, "F2": 0, "F3": 0}
    for day, measured in days.items():
        for start, _, wh in intervals(day, measured):
            sums[band(start)] += wh or 0
    return sums


def peaks(days: dict[date, Day]) -> dict[str, float]:
    """The largest mean power per band, in kW."""
    highest = {"F1": 0.0, "F2": 0.0, "F3": 0.0}
    for day, measured in days.items():
        for start, length, wh in intervals(day, measured):
            kilowatts = (wh or 0) / 1000 * (timedelta(hours=1) / length)
            highest[band(start)] = max(highest[band(start)], kilowatts)
    return highest


def metered(days: dict[date, Day]) -> list[tuple[datetime, timedelta, int | None]]:
    """Start (in Rome), length and Wh of every interval of some days, in their order."""
    return [interval for day, measured in sorted(days.items()) for interval in intervals(day, measured)]


def hours(days: dict[date, Day]) -> list[tuple[datetime, int | None]]:
    """Each real hour's start in Rome and its Wh; None where a part is missing."""
    sums: dict[datetime, int | None] = {}
    for day, measured in sorted(days.items()):
        for start, _, wh in intervals(day, measured):
            hour = start.astimezone(UTC).replace(minute=0)
            before = sums.get(hour, 0)
            sums[hour] = None if wh is None or before is None else before + wh
    return [(hour.astimezone(ROME), wh) for hour, wh in sums.items()]
