"""What a browser or a notebook asked for, held against what can be asked at all.

A browser can send any value for any widget, so nothing is taken on its declared type.
"""

import os
from collections.abc import Mapping
from datetime import date
from typing import cast, get_args

from portal_lib.metering.calendar import FIRST_DAY, LAST_DAY, date_of
from portal_lib.metering.curves import Granularity
from portal_lib.metering.flows.reader import MAGNITUDES
from portal_lib.visitor.exceptions import DaysSwapped, NoDatabase, NoSuchDetail, NoSuchMagnitude, NotADay

#: Days from one to another, both included.
Days = tuple[date, date]

CALENDAR: Days = (date_of(FIRST_DAY), date_of(LAST_DAY))


def asked_days(first: object, last: object) -> Days:
    """Two competence days, the first not after the last."""
    # A datetime is a date to Python, but no day.
    if type(first) is not date or type(last) is not date:
        raise NotADay(field="first" if type(first) is not date else "last")
    if first > last:
        raise DaysSwapped(field="last", first=first, last=last)
    return first, last


def asked_detail(granularity: object) -> Granularity:
    """A granularity that readings can be summed up to."""
    if not isinstance(granularity, str) or granularity not in get_args(Granularity):
        raise NoSuchDetail(field="granularity")
    return cast(Granularity, granularity)


def asked_magnitude(magnitude: object) -> str:
    """A magnitude that meters tell."""
    if not isinstance(magnitude, str) or magnitude not in MAGNITUDES:
        raise NoSuchMagnitude(field="magnitude", known=", ".join(MAGNITUDES))
    return magnitude


def overlap(one: Days, other: Days) -> Days | None:
    """The days that two intervals share."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def data_url(environment: Mapping[str, str] = os.environ) -> str:
    """Where the data database is, as the server says it."""
    try:
        return environment["PORTAL_DATA_URL"]
    except KeyError:
        raise NoDatabase(variable="PORTAL_DATA_URL") from None


def october_4(environment: Mapping[str, str] = os.environ) -> date | None:
    """The first day from which 4 October counts as a holiday, where the server says so."""
    text = environment.get("PORTAL_OCTOBER_4_IS_HOLIDAY_FROM")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotADay(field="PORTAL_OCTOBER_4_IS_HOLIDAY_FROM") from None
