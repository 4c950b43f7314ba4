"""What the start page tells: the last complete month beside two others, and what in it needs attention.

Months are compared over the points that have readings in both, so that a new school or a sold building does not look
like a change of habits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal_lib.clock import ROME
from portal_lib.customers.holdings import SupplyPoint
from portal_lib.metering import reactive
from portal_lib.metering.bands import BANDS
from portal_lib.metering.loads import PointLoad
from portal_lib.visitor import Door

#: Energy of a point's month by band in whole Wh; F0 of a meter that tells no bands apart.
Sums = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Compared:
    """A month beside the last complete one, over the ``points`` that have readings in both; whole Wh."""

    month: date
    now: int
    then: int
    points: int

    @property
    def change(self) -> float | None:
        """The change as a share of what it was then; None where that was nothing."""
        return (self.now - self.then) / self.then if self.then else None


@dataclass(frozen=True)
class Missing:
    """Readings that should be there: whole days, and on other days hours."""

    pod: str
    days: int
    hours: float


@dataclass(frozen=True)
class Peak:
    """Power above what is contracted, both in kW."""

    pod: str
    kw: float
    contracted: float
    at: datetime  # in Rome


@dataclass(frozen=True)
class Reactive:
    """Reactive energy above 33 % of the active: the worse of F1 and F2."""

    pod: str
    band: str
    cos_phi: float


@dataclass(frozen=True)
class Month:
    """The last complete month: its sums, how complete they are, the two others, and what needs attention."""

    first: date
    points: int  # with readings
    bands: Mapping[str, int]  # whole Wh by F1, F2, F3; F0 of meters without bands
    days_owed: int  # of all points together
    days_stored: int
    compared: tuple[Compared, ...]  # the month before, the year before; only where there is something to compare
    attention: tuple[Missing | Peak | Reactive, ...]

    @property
    def total(self) -> int:
        """Wh of all points and bands."""
        return sum(self.bands.values())


def last_complete_month(days: Iterable[date]) -> date | None:
    """The first day of the last month that had ended on the newest of these days."""
    newest = max(days, default=None)
    return None if newest is None else _before((newest + timedelta(days=1)).replace(day=1))


def figures(door: Door) -> Month | None:
    """The last complete month of all the visitor's points; None where no month has readings."""
    points = {point.pod: point for point in door.supply_points()}
    spans = door.spans(points)
    registers = {
        pod: {month.month: month.wh for month in door.monthly_consumption(pod, *_years(door, pod))}
        for pod in points
        if pod not in spans
    }
    ends = [last for _, last in spans.values()]
    ends += [_last_of(max(months)) for months in registers.values() if months]
    first = last_complete_month(ends)
    if first is None:
        return None
    loads = _loads(door, sorted(spans), first)
    now = _sums(door, sorted(spans), registers, first)
    if not now:
        return None
    others = (_before(first), first.replace(year=first.year - 1))
    compared = (_compared(month, now, _sums(door, sorted(spans), registers, month)) for month in others)
    bands = {band: sum(wh.get(band, 0) for wh in now.values()) for band in (*BANDS, "F0")}
    return Month(
        first=first,
        points=len(now),
        bands={band: wh for band, wh in bands.items() if wh or band != "F0"},
        days_owed=sum(load.days_owed for load in loads.values()),
        days_stored=sum(load.days_stored for load in loads.values()),
        compared=tuple(one for one in compared if one.points),
        attention=(
            *_missing(loads),
            *_peaks(loads, points),
            *_reactive(door, sorted(spans), now, first),
        ),
    )


def _sums(
    door: Door, pods: Sequence[str], registers: Mapping[str, Mapping[date, Mapping[str, int]]], month: date
) -> Sums:
    found = {
        pod: sums[month].wh for pod, sums in door.month_sums(pods, month, _last_of(month)).items() if month in sums
    }
    return {**found, **{pod: months[month] for pod, months in registers.items() if months.get(month)}}


def _loads(door: Door, pods: Sequence[str], month: date) -> Mapping[str, PointLoad]:
    return door.load(pods, month, _last_of(month), owed_until=_last_of(month))[1]


def _compared(month: date, now: Sums, then: Sums) -> Compared:
    both = now.keys() & then.keys()
    return Compared(
        month,
        sum(sum(now[pod].values()) for pod in both),
        sum(sum(then[pod].values()) for pod in both),
        len(both),
    )


def _missing(loads: Mapping[str, PointLoad]) -> Iterable[Missing]:
    for pod, load in loads.items():
        days = load.days_owed - load.days_stored
        hours = 0.0 if days else load.missing_minutes / 60
        if days > 0 or hours > 0:
            yield Missing(pod, days, hours)


def _peaks(loads: Mapping[str, PointLoad], points: Mapping[str, SupplyPoint]) -> Iterable[Peak]:
    for pod, load in loads.items():
        contracted = points[pod].contracted_kw
        if contracted and load.peak_kw is not None and load.peak_at is not None and load.peak_kw > contracted:
            yield Peak(pod, load.peak_kw, contracted, datetime.fromtimestamp(load.peak_at, ROME))


def _reactive(door: Door, pods: Sequence[str], active: Sums, month: date) -> Iterable[Reactive]:
    drawn = door.month_sums(pods, month, _last_of(month), "Er")
    inductive = door.month_sums([pod for pod in pods if pod not in drawn], month, _last_of(month), "Eri")
    for pod, months in sorted({**drawn, **inductive}.items()):
        if month not in months or pod not in active:
            continue
        charged = {one.band for one in reactive.charged(month, active[pod], months[month].wh) if one.varh > 0}
        factors = reactive.power_factors(active[pod], months[month].wh)
        worst = min(((factors[band] or 0.0, band) for band in charged), default=None)
        if worst is not None:
            yield Reactive(pod, worst[1], worst[0])


def _years(door: Door, pod: str) -> tuple[date, date]:
    """The days that a point without a curve can tell of, at most the newest two years of them."""
    span = door.register_span(pod)
    if span is None:
        return date(2000, 1, 1), date(2000, 1, 1)
    first, last = span
    return max(first, date(last.year - 2, 1, 1)), last


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _last_of(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
