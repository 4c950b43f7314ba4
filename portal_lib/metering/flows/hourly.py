"""A month's day elements of one measure, turned into curves as the store keeps them.

Nearly every day is of the plain form that ``quarters`` reads at once. The rest – the days on which the clock changes,
attributes in another order, values with fewer decimals, mistakes – goes the careful way: attributes taken apart,
put in time order by ``clock_changes``, values read one by one, mistakes named by POD, day and quarter hour.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.exceptions import BadElement, FinerThanWattHours, MisspelledDay, TooMuchEnergy
from portal_lib.metering.flows import safe_xml
from portal_lib.metering.flows.clock_changes import Met, Misspelled, in_order
from portal_lib.metering.flows.energy import NotWattHours, WattHours
from portal_lib.metering.flows.factors import FACTOR_OF, ONE
from portal_lib.metering.flows.quarters import quarters
from portal_lib.metering.flows.reader import DayCurve

#: A measure has an element a day and magnitude, two in October. More would only fill the memory.
MOST_ELEMENTS = 4 * 32

_PLAIN = 96
_MOST = 2**31 - 1


class DayElement(NamedTuple):
    """One element of a curve as it stands in the file."""

    magnitude: str
    day: str  # its text: two digits
    tag: str  # its start tag, with the quarter hours


class HourlyReader:
    """Turns day elements of one file into curves. Remembers values, not curves."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._watt_hours = WattHours()

    def curves(
        self, pod: str, month: date, elements: Sequence[DayElement], flags: int, factors: Mapping[str, Fraction]
    ) -> Iterator[DayCurve]:
        """The curves of one measure of a point in a month.

        ``factors`` gives Ka and Kr where the curve must still be multiplied, and is empty otherwise. Raises what is
        wrong as a ``FlowRefused``.
        """
        plain = quarters([element.tag for element in elements])
        days: dict[tuple[str, str], list[int]] = {}
        for place, element in enumerate(elements):
            days.setdefault((element.magnitude, element.day), []).append(place)
        calendar = _days_of(month.year, month.month)
        for (magnitude, text), places in days.items():
            known = calendar.get(text)
            if known is None:
                raise BadElement(
                    file=self._file,
                    element=magnitude,
                    found=text,
                    where=f"POD {pod}",
                    expected=f"01, 02, … ({month:%m/%Y})",
                )
            number, count = known
            curve = plain[places[0]] if len(places) == 1 and count == _PLAIN else None
            if curve is None:
                day = month.replace(day=int(text))
                curve = self._with_care(pod, magnitude, day, [elements[place].tag for place in places])
            if factors and (multiplier := factors.get(FACTOR_OF[magnitude], ONE)) != ONE:
                curve = self._multiplied(pod, magnitude, month.replace(day=int(text)), curve, multiplier)
            yield DayCurve(pod, magnitude, number, count, flags, curve)

    def _with_care(self, pod: str, magnitude: str, day: date, tags: Sequence[str]) -> bytes:
        place: dict[str, Any] = {"file": self._file, "pod": pod, "magnitude": magnitude, "day": day}
        elements = [_met(tag) for tag in tags]
        hours = quarter_hours(day) // 4
        try:
            texts = in_order(hours, elements)
        except Misspelled as wrong:
            raise MisspelledDay(**place, hours=hours, met=wrong.met, expected=wrong.expected) from None
        try:
            return self._watt_hours.curve(texts)
        except NotWattHours as wrong_value:
            raise wrong_value.refusal(**place, **self._first_wrong(elements)) from None

    def _first_wrong(self, elements: Sequence[Met]) -> dict[str, str]:
        """Which attribute holds no energy, in the file's own words."""
        for element in elements:
            wrong = self._watt_hours.first_wrong(element.texts)
            if wrong < len(element.texts):
                return {"place": element.names[wrong], "text": element.texts[wrong]}
        raise AssertionError("no text was wrong")

    def _multiplied(self, pod: str, magnitude: str, day: date, curve: bytes, multiplier: Fraction) -> bytes:
        name = FACTOR_OF[magnitude]
        values = [value * multiplier for value in np.frombuffer(curve, dtype="<i4").tolist()]
        for place, value in enumerate(values):
            if value.denominator != 1 or value > _MOST:
                refusal = FinerThanWattHours if value.denominator != 1 else TooMuchEnergy
                raise refusal(
                    file=self._file,
                    pod=pod,
                    magnitude=magnitude,
                    day=day,
                    place=f"{place + 1}/{len(values)}",
                    text=f"{name} = {float(multiplier)}: {float(value) / 1000}",
                )
        return np.array([int(value) for value in values], dtype="<i4").tobytes()


def _met(tag: str) -> Met:
    pairs = safe_xml.attributes(tag)
    names, texts = tuple(pairs[0::2]), pairs[1::2]
    if "Dst" not in names:
        return Met("0", names, texts)
    at = names.index("Dst")
    dst = texts.pop(at)
    return Met(dst, names[:at] + names[at + 1 :], texts)


@lru_cache(maxsize=200)
def _days_of(year: int, month: int) -> dict[str, tuple[int, int]]:
    """Of each day of a month, by its two digits: day number and quarter hours."""
    days: dict[str, tuple[int, int]] = {}
    for day in range(1, 32):
        try:
            that = date(year, month, day)
        except ValueError:
            break
        days[f"{day:02d}"] = (day_number(that), quarter_hours(that))
    return days
