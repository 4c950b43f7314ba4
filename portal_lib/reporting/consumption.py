"""R1 Consumi mensili: one row per POD (and order, where that changed within the month).

Columns: Article 11 reports of comparable tenders. Energy is the sum of the intervals that are there: missing
ones are counted beside it, and a point without a single reading has empty cells, not zeros. Peak = the
largest mean power of one interval (a quarter hour; an hour where the meter sends hours). cos φ = active /
√(active² + reactive²), over the hours for which both energies are known.

A point without a curve has what its registers say instead, and a note that says so: no peaks, and no single days; its
month is estimated where one of the readings was.
"""

from math import hypot
from typing import NamedTuple

import pandas as pd

from portal_lib.metering.bands import BANDS
from portal_lib.metering.curves import aggregate, band_totals
from portal_lib.metering.flags import DayFlag
from portal_lib.reporting.administrations import Administration
from portal_lib.reporting.holdings import HeldPoint, held_points
from portal_lib.reporting.periods import Period
from portal_lib.reporting.register_energy import RegisterEnergy, register_energy
from portal_lib.reporting.sheets import PERIOD_ENERGY, Cell, Column, Report, Sheet
from portal_lib.visitor import Door

COLUMNS = (
    Column("Amministrazione", "text"),
    Column("Codice fiscale", "text"),
    Column("Partita IVA", "text"),
    Column("Codice univoco ufficio", "text"),
    Column("Numero ordine", "text"),
    Column("Data ordine", "day"),
    Column("CIG", "text"),
    Column("CUP", "text"),
    Column("Lotto", "text"),
    Column("POD", "text"),
    Column("Indirizzo", "text"),
    Column("Comune", "text"),
    Column("Centro di costo", "text"),
    Column("Uso", "text"),
    Column("Tensione (V)", "count"),
    Column("Potenza impegnata (kW)", "power"),
    Column("Potenza disponibile (kW)", "power"),
    Column("Dal", "day"),
    Column("Al", "day"),
    *(Column(f"kWh {band}", "energy", total=True) for band in BANDS),
    Column(PERIOD_ENERGY, "energy", total=True),
    *(Column(f"Picco {band} (kW)", "power") for band in BANDS),
    *(Column(f"kvarh {band}", "energy", total=True) for band in BANDS),
    *(Column(f"cos φ {band}", "ratio") for band in BANDS),
    Column("Quota misurata %", "share"),
    Column("Quota stimata %", "share"),
    Column("Giorni presenti", "count", total=True),
    Column("Giorni dovuti", "count", total=True),
    Column("Intervalli mancanti", "count", total=True),
    Column("Note", "text"),
)


def report(door: Door, administration: Administration, period: Period, *, title: str, tender: str) -> Report:
    """The month's consumption of one customer, through its own eyes.

    Quota misurata and stimata: shares of the days that are present, by the distributor's ``TipoDato``.
    """
    rows = [_row(door, administration, held) for held in held_points(door, period)]
    sheet = Sheet("Consumi", COLUMNS, rows)
    subject = f"{administration.name} · {period} · {tender}"
    return Report(title=title, subject=subject, last_day=period.last, sheets=(sheet,), table=sheet)


class _Bands(NamedTuple):
    f1: float | None = None
    f2: float | None = None
    f3: float | None = None

    @property
    def total(self) -> float | None:
        """The sum of all three, where they are known."""
        return None if self.f1 is None or self.f2 is None or self.f3 is None else self.f1 + self.f2 + self.f3


def _row(door: Door, administration: Administration, held: HeldPoint) -> tuple[Cell, ...]:
    point, order = held.point, administration.order(held.order_number)
    active = door.readings(point.pod, held.first, held.last, "quarter_hour")
    reactive = door.readings(point.pod, held.first, held.last, "quarter_hour", magnitude="Er")
    told = register_energy(door, held) if active.empty else None
    measured = _measured(active, reactive) if told is None else _registered(told)
    return (
        administration.name,
        administration.tax_code,
        administration.vat,
        administration.office_code,
        order.number or None,
        order.ordered_on,
        order.cig,
        order.cup,
        order.lot,
        point.pod,
        point.address or None,
        point.municipality or None,
        point.cost_centre or None,
        point.use or None,
        point.voltage,
        _watts(point.contracted_kw),
        _watts(point.available_kw),
        held.first,
        held.last,
        *measured.energy,
        measured.total,
        *measured.peaks,
        *measured.reactive,
        *measured.power_factors,
        (measured.days - measured.estimated) / measured.days if measured.days else None,
        measured.estimated / measured.days if measured.days else None,
        measured.days,
        held.days,
        int(active["kwh"].isna().sum()),
        measured.note,
    )


class _Measured(NamedTuple):
    """What is known of a row's energy."""

    energy: _Bands
    total: float | None
    peaks: _Bands
    reactive: _Bands
    power_factors: _Bands
    days: int
    estimated: int  # of these days
    note: str | None


def _measured(active: pd.DataFrame, reactive: pd.DataFrame) -> _Measured:
    energy = _energy(active)
    estimated, present = _days(active)
    factors = _power_factors(active, reactive)
    return _Measured(energy, energy.total, _peaks(active), _energy(reactive), factors, present, estimated, None)


def _registered(told: RegisterEnergy) -> _Measured:
    return _Measured(
        _Bands(*told.active),
        told.total,
        _Bands(),
        _Bands(*told.reactive),
        _Bands(*told.power_factors),
        told.days,
        told.days if told.estimated else 0,
        told.note("it"),
    )


def _watts(kilowatts: float | None) -> int | None:
    return None if kilowatts is None else round(kilowatts * 1000)


def _energy(frame: pd.DataFrame) -> _Bands:
    """Wh (varh) per band; nothing at all without a single day."""
    if frame.empty:
        return _Bands()
    totals = band_totals(frame)
    return _Bands(*(round(totals[band] * 1000) for band in BANDS))


def _peaks(frame: pd.DataFrame) -> _Bands:
    """The largest mean power of an interval in W, per band."""
    watts = frame["kwh"] * 1000 * 60 / frame["minutes"]
    highest = {band: watts[frame["band"] == band].max() for band in BANDS}
    return _Bands(*(None if pd.isna(peak) else round(peak) for peak in highest.values()))


def _power_factors(active: pd.DataFrame, reactive: pd.DataFrame) -> _Bands:
    """cos φ per band, over the hours in which both energies are known; None where there is neither."""
    if active.empty or reactive.empty:
        return _Bands()
    hours = aggregate(active, "hour")[["kwh", "band"]].join(
        aggregate(reactive, "hour")["kwh"].rename("kvarh"), how="inner"
    )
    both = hours.dropna()
    factors: list[float | None] = []
    for band in BANDS:
        inside = both[both["band"] == band]
        kwh, kvarh = float(inside["kwh"].sum()), float(inside["kvarh"].sum())
        apparent = hypot(kwh, kvarh)
        factors.append(kwh / apparent if apparent else None)
    return _Bands(*factors)


def _days(frame: pd.DataFrame) -> tuple[int, int]:
    """How many of the days that are present are estimated, and how many are present."""
    by_day = frame["flags"].groupby(frame.index.normalize()).first()  # type: ignore[attr-defined]
    return int((by_day & int(DayFlag.ESTIMATED)).astype(bool).sum()), len(by_day)
