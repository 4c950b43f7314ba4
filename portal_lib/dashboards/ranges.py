"""Competence ranges at a click, reckoned from the last day with readings: these come weeks after the use."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from portal_lib.language import Said

Days = tuple[date, date]
Preset = Literal["day", "week", "month", "year", "year_before", "before", "after"]

LABELS: Mapping[Preset, Said] = {
    "day": Said("Ultimo giorno", "Last day"),
    "week": Said("Ultima settimana", "Last week"),
    "month": Said("Ultimo mese", "Last month"),
    "year": Said("Ultimo anno", "Last year"),
    "year_before": Said("Un anno prima", "A year before"),
    "before": Said("← Precedente", "← Previous"),
    "after": Said("Successivo →", "Next →"),
}


def preset(name: Preset, shown: Days, readings: Days) -> Days:
    """The days of a preset: ``shown`` are those on the page, ``readings`` the first and the last day with readings.

    Day, week (Monday to Sunday), month and year are the last whole ones within the readings; the one that the last day
    lies in where no whole one is.
    """
    if name == "year_before":
        return year_before(shown)
    if name in ("before", "after"):
        return moved(shown, -1 if name == "before" else 1)
    first, last = readings
    found = _around(name, last)
    if found[1] > last:
        earlier = _around(name, found[0] - timedelta(days=1))
        found = earlier if earlier[1] >= first else found
    return found


def year_before(days: Days) -> Days:
    """The same dates a year before; the end of February stays its end."""
    first, last = days
    whole = last.day == monthrange(last.year, last.month)[1]
    before = _shifted(last, -12)
    return _shifted(first, -12), before.replace(day=monthrange(before.year, before.month)[1]) if whole else before


def moved(days: Days, by: Literal[-1, 1]) -> Days:
    """The range of the same length just before or after; whole months move by whole months."""
    first, last = days
    if first.day == 1 and last.day == monthrange(last.year, last.month)[1]:
        months = by * ((last.year - first.year) * 12 + last.month - first.month + 1)
        start, end = _shifted(first, months), _shifted(last.replace(day=1), months)
        return start, end.replace(day=monthrange(end.year, end.month)[1])
    length = by * ((last - first).days + 1)
    return first + timedelta(days=length), last + timedelta(days=length)


def _around(name: Preset, day: date) -> Days:
    if name == "day":
        return day, day
    if name == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if name == "month":
        return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return date(day.year, 1, 1), date(day.year, 12, 31)


def _shifted(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
