"""The days of a period on which the report's customer held its points."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal_lib.reporting.periods import Period
from portal_lib.visitor import Door, SupplyPoint


@dataclass(frozen=True)
class HeldPoint:
    """A point and an unbroken part of the period, both days included, for which the customer held it."""

    point: SupplyPoint
    first: date
    last: date
    order_number: str | None
    customer_code: str = ""

    @property
    def days(self) -> int:
        """How many days were held, which is how many days of readings are owed."""
        return (self.last - self.first).days + 1


def held_points(door: Door, period: Period, *, since: date | None = None) -> Iterator[HeldPoint]:
    """Every holding that touches ``period``, cut to it, by POD and day; with ``since``, cut to the days from then on.

    A point comes more than once where its holder's order changed, or where it was given back and taken again.
    """
    for point in sorted(door.supply_points(), key=lambda point: point.pod):
        for holding in sorted(point.holdings, key=lambda holding: holding.first):
            first = max(holding.first, since or period.first)
            last = period.last if holding.last is None else min(holding.last, period.last)
            if first <= last:
                yield HeldPoint(point, first, last, holding.order_number, holding.customer_code)
