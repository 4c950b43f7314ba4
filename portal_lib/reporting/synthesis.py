"""R2 Dati di sintesi: half-yearly and yearly totals of one administration, month by month.

A month's row counts what is known of it, how much of it that is, and what the same month of the year before says. The
change is told only between two months that are whole: a hole in the readings is no saving.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pandas as pd

from portal_lib.language import Language
from portal_lib.metering.bands import BANDS
from portal_lib.reporting import about, completeness
from portal_lib.reporting.administrations import Administration
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.holdings import HeldPoint, held_points
from portal_lib.reporting.periods import Period
from portal_lib.reporting.register_energy import register_energy
from portal_lib.reporting.sheets import PERIOD_ENERGY, Cell, Column, Report, Row, Sheet
from portal_lib.reporting.synthesis_chapters import chapters
from portal_lib.visitor import Door

MONTHS = (
    Column("Mese", "month", english="Month"),
    Column("Punti di prelievo", "count", english="Supply points"),
    *(Column(f"kWh {band}", "energy", total=True) for band in BANDS),
    Column(PERIOD_ENERGY, "energy", total=True, english="kWh total"),
    Column("kWh anno precedente", "energy", total=True, english="kWh the year before"),
    Column("Punti anno precedente", "count", english="Points the year before"),
    Column("Variazione %", "share", english="Change %"),
    Column("Giorni presenti", "count", total=True, english="Days present"),
    Column("Giorni dovuti", "count", total=True, english="Days owed"),
    Column("Intervalli mancanti", "count", total=True, english="Intervals missing"),
    Column("Stato", "text", english="State"),
)

#: Not «kWh totale»: the period's energy stands in one sheet only.
POINTS = (
    Column("POD", "text"),
    Column("Comune", "text", english="Municipality"),
    Column("Uso", "text", english="Use"),
    Column("Dal", "day", english="From"),
    Column("Al", "day", english="To"),
    Column("kWh nel periodo", "energy", total=True, english="kWh in the period"),
    Column("Giorni presenti", "count", total=True, english="Days present"),
    Column("Giorni dovuti", "count", total=True, english="Days owed"),
)


@dataclass
class _Month:
    """What is known of one month, over all points: Wh per band; ``F0`` of meters without bands."""

    wh: dict[str, int] = field(default_factory=dict)
    pods: set[str] = field(default_factory=set)  # points held
    known: set[str] = field(default_factory=set)  # of these, those of which something is known
    there: Completeness = field(default_factory=Completeness)

    @property
    def total(self) -> int | None:
        return sum(self.wh.values()) if self.known else None

    def add(self, other: dict[str, int]) -> None:
        for band, wh in other.items():
            self.wh[band] = self.wh.get(band, 0) + wh


def report(
    door: Door,
    administration: Administration,
    period: Period,
    *,
    title: str,
    tender: str,
    language: Language = "it",
    version: int = 1,
) -> Report:
    """The period of one customer by month, beside the same months of the year before."""
    holdings = list(held_points(door, period))
    points: list[Row] = []
    now = _months(door, period, points)
    before = _months(door, replace(period, year=period.year - 1), [])
    rows = [
        _month_row(month, now[month], before.get(month.replace(year=month.year - 1), _Month()), language)
        for month in sorted(now)
    ]
    sheet = Sheet("Mesi", MONTHS, rows, "Months")
    there = completeness.total(month.there for month in now.values())
    there = replace(there, points=len(holdings), points_without=sum(row[5] is None for row in points))
    return Report(
        title=title,
        subject=f"{administration.name} · {period} · {tender}",
        last_day=period.last,
        sheets=(sheet, Sheet("Punti di prelievo", POINTS, points, "Supply points")),
        table=sheet,
        language=language,
        about=about.of_administration(door, administration, period, holdings, there, tender=tender, version=version),
        sections=chapters(sheet, Sheet("Punti di prelievo", POINTS, points), language),
    )


def _months(door: Door, period: Period, points: list[Row]) -> dict[date, _Month]:
    """The period's months in which a point was held; ``points`` gets a row for each holding."""
    found: dict[date, _Month] = {}
    for held in held_points(door, period):
        months = {part.first.replace(day=1): _Month(pods={held.point.pod}) for part in _by_month(held)}
        frame = door.readings(held.point.pod, held.first, held.last, "quarter_hour")
        for part in _by_month(held):
            month = months[part.first.replace(day=1)]
            if frame.empty:
                _add_registers(door, part, month)
            else:
                _add_curve(part, _between(frame, part), month)
        points.append(_point_row(held, months.values()))
        for first, month in months.items():
            sums = found.setdefault(first, _Month())
            sums.add(month.wh)
            sums.pods |= month.pods
            sums.known |= month.known
            sums.there += month.there
    return found


def _by_month(held: HeldPoint) -> Iterator[HeldPoint]:
    """A holding cut at the ends of months."""
    first = held.first
    while first <= held.last:
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield replace(held, first=first, last=min(held.last, next_month - timedelta(days=1)))
        first = next_month


def _between(frame: pd.DataFrame, part: HeldPoint) -> pd.DataFrame:
    begin = pd.Timestamp(part.first, tz="Europe/Rome")
    end = pd.Timestamp(part.last + timedelta(days=1), tz="Europe/Rome")
    return frame[(frame.index >= begin) & (frame.index < end)]


def _add_curve(part: HeldPoint, frame: pd.DataFrame, month: _Month) -> None:
    month.there += completeness.of_curve(part, frame)
    if len(frame):
        sums = (frame["kwh"] * 1000).round().groupby(frame["band"].astype(str)).sum()
        month.add({band: int(sums.get(band, 0)) for band in BANDS})
        month.known.add(part.point.pod)


def _add_registers(door: Door, part: HeldPoint, month: _Month) -> None:
    told = register_energy(door, part)
    month.there += completeness.of_registers(part, told)
    if told and told.total is not None:
        parts = {band: wh for band, wh in zip(BANDS, told.active, strict=True) if wh is not None}
        month.add(parts or {"F0": told.total})
        month.known.add(part.point.pod)


def _month_row(month: date, now: _Month, before: _Month, language: Language) -> Row:
    whole, earlier = now.total, before.total
    change: Cell = None
    if whole is not None and earlier and now.there.complete and before.there.complete:
        change = whole / earlier - 1
    return (
        month,
        len(now.pods),
        *(now.wh.get(band) for band in BANDS),
        whole,
        earlier,
        len(before.pods) or None,
        change,
        now.there.days_known,
        now.there.days_owed,
        now.there.intervals_missing,
        (about.COMPLETE if now.there.complete else about.PROVISIONAL).say(language),
    )


def _point_row(held: HeldPoint, months: Iterable[_Month]) -> Row:
    parts = list(months)
    known = [part.total for part in parts if part.total is not None]
    point = held.point
    return (
        point.pod,
        point.municipality or None,
        point.use or None,
        held.first,
        held.last,
        sum(known) if known else None,
        sum(part.there.days_known for part in parts),
        held.days,
    )
