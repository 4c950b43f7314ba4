"""The real load shapes of ``demo/data``, made to fit any local day of 2024 and 2025.

Each function gives relative power on the clock on the wall, 96 quarter hours. Where the source is a measured
year, a day is taken from it whole: one of the same kind (working day, Saturday, Sunday or holiday) and nearly
the same time of year, so that what happened on a real day stays together.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from demo.local_days import Floats, Kind, kind_of

DATA = Path(__file__).parent / "data"

#: The year as which SimBench's days are read: its closed days are this year's Sundays and Christmas.
_SIMBENCH_YEAR = 2013
_FIRST_YEAR = 2024


@lru_cache(maxsize=1)
def _simbench() -> tuple[Floats, Floats]:
    """Active and reactive power of SimBench's small business, 365 days × 96, relative to their peaks."""
    active, reactive = [], []
    with gzip.open(DATA / "simbench" / "LoadProfile.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            active.append(float(row["G0_0_pload"]))
            reactive.append(float(row["G0_0_qload"]))
    return np.array(active).reshape(365, 96), np.array(reactive).reshape(365, 96)


@lru_cache(maxsize=1)
def _simbench_days() -> Mapping[Kind, list[date]]:
    days: dict[Kind, list[date]] = defaultdict(list)
    for place in range(365):
        day = date(_SIMBENCH_YEAR, 1, 1) + timedelta(days=place)
        days[kind_of(day)].append(day)
    return days


def _simbench_place(day: date) -> int:
    return (_like(day, _simbench_days()) - date(_SIMBENCH_YEAR, 1, 1)).days


def business(day: date) -> Floats:
    """A small business that is open on Saturdays, and on Sundays from spring to autumn. Relative to its peak."""
    active: Floats = _simbench()[0][_simbench_place(day)]
    return active


def reactive_share(day: date) -> Floats:
    """Reactive over active power of the same business (0.12 to 0.29), quarter hour by quarter hour."""
    active, reactive = _simbench()
    place = _simbench_place(day)
    share: Floats = reactive[place] / active[place]
    return share


@lru_cache(maxsize=1)
def _household() -> dict[date, Floats]:
    """Days of the British household on its own clock, 24 hours each, kWh. Days of 23 or 25 hours are left out."""
    london = ZoneInfo("Europe/London")
    hours: dict[date, list[float]] = defaultdict(list)
    source = DATA / "uk-hourly" / "uk-electricity-hdd-only-hourly-sample-0.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            local = datetime.fromisoformat(row["start"]).astimezone(UTC).astimezone(london)
            hours[local.date()].append(float(row["value"]))
    return {day: np.array(values) for day, values in hours.items() if len(values) == 24}


@lru_cache(maxsize=1)
def _household_days() -> Mapping[Kind, list[date]]:
    days: dict[Kind, list[date]] = defaultdict(list)
    for day in _household():
        days[kind_of(day)].append(day)
    return days


def household(day: date) -> Floats:
    """A household, in kWh per quarter hour: each quarter hour a fourth of its hour."""
    return np.repeat(_household()[_like(day, _household_days())] / 4, 4)


def _like(day: date, days: Mapping[Kind, list[date]]) -> date:
    """The source's day most like a local day. Two years in a row never get the same one."""
    place = day.timetuple().tm_yday

    def apart(candidate: date) -> tuple[int, date]:
        distance = abs(candidate.timetuple().tm_yday - place)
        return min(distance, 365 - distance), candidate

    nearest = sorted(days[kind_of(day)], key=apart)
    return nearest[day.year - _FIRST_YEAR]


@lru_cache(maxsize=1)
def _weeks() -> dict[tuple[str, str, int], Floats]:
    """The standard profiles: {(profile, season, weekday 1 to 7): 96 values}."""
    found: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    with (DATA / "bdew" / "selp_series.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for profile in ("g0", "g1", "g2", "g3", "g4", "l0"):
                found[profile, row["period"], int(row["weekday"])].append(float(row[profile]))
    return {key: np.array(values) for key, values in found.items()}


def standard(profile: str, day: date) -> Floats:
    """A standard profile's day, at a working day's mean of about 1.

    ``g1``: offices, working days 8 to 18. ``g2``: used mostly in the evening. ``g3``: never rests. ``g4``:
    shops.
    """
    if kind_of(day) == "free":
        weekday = 7
    elif (day.month, day.day) in ((12, 24), (12, 31)):
        weekday = 6  # as the profiles' own rule says
    else:
        weekday = day.isoweekday()
    weeks = _weeks()
    relative: Floats = weeks[profile, _season(day), weekday] / weeks[profile, "transition", 3].mean()
    return relative


def _season(day: date) -> str:
    """The seasons of the standard profiles."""
    when = (day.month, day.day)
    if (5, 15) <= when <= (9, 14):
        return "summer"
    return "winter" if when >= (11, 1) or when <= (3, 20) else "transition"
