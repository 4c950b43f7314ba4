"""What the documents of a report must add up to, computed from the store apart from the report's own code."""

from portal_lib.reporting.holdings import held_points
from portal_lib.reporting.periods import Period
from portal_lib.reporting.sheets import INTERVAL_ENERGY, PERIOD_ENERGY
from portal_lib.visitor import Door


def of(door: Door, period: Period, *, under_orders_only: bool = False) -> dict[str, int]:
    """Wh of the period's days held, by the title of the column that must hold them.

    ``kWh totale`` counts curves, and registers where a point has no curve; ``kWh`` counts the curves' intervals. With
    ``under_orders_only``, as R3 wants it, what was held without an order counts nowhere.
    """
    sums = {PERIOD_ENERGY: 0, INTERVAL_ENERGY: 0}
    for held in held_points(door, period):
        if under_orders_only and not held.order_number:
            continue
        days = held.first, held.last
        if door.day_count(held.point.pod, *days):
            wh = round(door.band_totals(held.point.pod, *days)["total"] * 1000)
            sums[INTERVAL_ENERGY] += wh
        else:
            wh = sum(month.total or 0 for month in door.monthly_consumption(held.point.pod, *days))
        sums[PERIOD_ENERGY] += wh
    return sums
