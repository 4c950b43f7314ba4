"""Reactive energy: what is charged of it, by the thresholds that are in force on a month's days, and cos φ.

Reactive energy drawn in F1 and F2 is charged per month and band above 33 % of the active energy drawn in that band (50
% until 2015), and again above 75 %; in F3 none is. Since 1 April 2023 (resolution 232/2022) reactive energy *injected*
in F3 is charged too, all of it, at medium voltage and at non-domestic low voltage with more than 16.5 kW of available
power. The rules are a dated table: a new resolution is a new line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import hypot
from typing import Literal

from portal_lib.metering.bands import BANDS

Direction = Literal["drawn", "injected"]

#: Available power (kW) above which a non-domestic low-voltage point is charged for what it injects.
INJECTED_ABOVE_KW = 16.5

#: Voltage (V) above which a point is one of medium voltage: low voltage ends at 1 kV.
LOW_VOLTAGE_UP_TO = 1000


@dataclass(frozen=True)
class Threshold:
    """From ``since`` on, reactive energy of a direction is charged above a share of a band's active energy."""

    since: date
    direction: Direction
    band: str
    above: Fraction  # of the active energy drawn in the band
    until: date | None = None  # the last day; None: still in force


_THIRD, _HALF, _THREE_QUARTERS = Fraction(33, 100), Fraction(50, 100), Fraction(75, 100)

#: What is known from when on: 50 % and 75 % by resolution 348/2007, 33 % and 75 % since 2016 by resolution 180/2013.
THRESHOLDS = (
    *(
        threshold
        for band in ("F1", "F2")
        for threshold in (
            Threshold(date(2008, 1, 1), "drawn", band, _HALF, until=date(2015, 12, 31)),
            Threshold(date(2016, 1, 1), "drawn", band, _THIRD),
            Threshold(date(2008, 1, 1), "drawn", band, _THREE_QUARTERS),
        )
    ),
    Threshold(date(2023, 4, 1), "injected", "F3", Fraction(0)),
)


@dataclass(frozen=True)
class Charged:
    """Reactive energy above one threshold and up to the next of the same band, in whole varh."""

    direction: Direction
    band: str
    above: Fraction
    varh: int


def thresholds(month: date, *, charged_for_injected: bool) -> list[Threshold]:
    """The thresholds in force on the first day of a month, by band and height."""
    first = month.replace(day=1)
    found = [
        threshold
        for threshold in THRESHOLDS
        if threshold.since <= first
        and (threshold.until is None or first <= threshold.until)
        and (threshold.direction == "drawn" or charged_for_injected)
    ]
    return sorted(found, key=lambda threshold: (threshold.direction, threshold.band, threshold.above))


def is_charged_for_injected(*, voltage: int | None, available_kw: float | None, domestic: bool) -> bool:
    """Whether a point is one of those that resolution 232/2022 charges for what they inject. Unknown counts as no."""
    if voltage is not None and voltage > LOW_VOLTAGE_UP_TO:
        return True
    return not domestic and available_kw is not None and available_kw > INJECTED_ABOVE_KW


def charged(
    month: date,
    active: Mapping[str, int],
    drawn: Mapping[str, int],
    injected: Mapping[str, int] | None = None,
    *,
    charged_for_injected: bool = False,
) -> list[Charged]:
    """What of a month's reactive energy is charged: Wh and varh per band in, whole varh out, parts of a varh cut off.

    Of each threshold the energy between it and the next higher one of the same band, so nothing is charged twice:
    85 % drawn is 42 % above 33 % and 10 % above 75 %.
    """
    wanted = thresholds(month, charged_for_injected=charged_for_injected)
    found = []
    for place, threshold in enumerate(wanted):
        reactive = (drawn if threshold.direction == "drawn" else injected or {}).get(threshold.band, 0)
        here = active.get(threshold.band, 0)
        next_one = wanted[place + 1] if place + 1 < len(wanted) else None
        highest: int | Fraction = reactive
        if next_one and (next_one.direction, next_one.band) == (threshold.direction, threshold.band):
            highest = min(Fraction(reactive), next_one.above * here)
        over = max(0, int(highest) - -(-threshold.above * here // 1))
        found.append(Charged(threshold.direction, threshold.band, threshold.above, int(over)))
    return found


def power_factors(active: Mapping[str, int], reactive: Mapping[str, int]) -> dict[str, float | None]:
    """cos φ of each band: active ÷ √(active² + reactive²); None where there is neither, or one is unknown."""
    found: dict[str, float | None] = {}
    for band in BANDS:
        if band not in active or band not in reactive:
            found[band] = None
            continue
        apparent = hypot(active[band], reactive[band])
        found[band] = active[band] / apparent if apparent else None
    return found
