"""R1 Consumi mensili: one row per POD (and order, where that changed within the month).

Columns: Article 11 reports of comparable tenders. Energy is the sum of the intervals that are there: missing
ones are counted beside it, and a point without a single reading has empty cells, not zeros. Peak = the
largest mean power of one interval (a quarter hour; an hour where the meter sends hours). cos φ = active /
√(active² + reactive²), over the hours for which both energies are known.

A point without a curve has what its registers say instead, and a note that says so: its peaks are those that the meter
kept, and its month is estimated, or corrected, where one of the readings was.
"""

from math import hypot
from typing import NamedTuple

import numpy as np
import pandas as pd

from portal_lib.language import Language
from portal_lib.metering.bands import BANDS
from portal_lib.metering.curves import aggregate, band_totals
from portal_lib.reporting import about, completeness
from portal_lib.reporting.administrations import Administration
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.consumption_chapters import chapters
from portal_lib.reporting.holdings import HeldPoint, held_points
from portal_lib.reporting.periods import Period
from portal_lib.reporting.register_energy import RegisterEnergy, register_energy
from portal_lib.reporting.sheets import PERIOD_ENERGY, Cell, Column, Report, Row, Sheet
from portal_lib.visitor import Door

COLUMNS = (
    Column("POD", "text"),
    Column("Amministrazione", "text", english="Administration"),
    Column("Codice fiscale", "text", english="Tax code"),
    Column("Partita IVA", "text", english="VAT number"),
    Column("Codice univoco ufficio", "text", english="Office code"),
    Column("Numero ordine", "text", english="Order number"),
    Column("Data ordine", "day", english="Order date"),
    Column("CIG", "text"),
    Column("CUP", "text"),
    Column("Lotto", "text", english="Lot"),
    Column("Indirizzo", "text", english="Address"),
    Column("Comune", "text", english="Municipality"),
    Column("Centro di costo", "text", english="Cost centre"),
    Column("Uso", "text", english="Use"),
    Column("Tensione (V)", "count", english="Voltage (V)"),
    Column("Potenza impegnata (kW)", "power", english="Contracted power (kW)"),
    Column("Potenza disponibile (kW)", "power", english="Available power (kW)"),
    Column("Dal", "day", english="From"),
    Column("Al", "day", english="To"),
    *(Column(f"kWh {band}", "energy", total=True) for band in BANDS),
    Column(PERIOD_ENERGY, "energy", total=True, english="kWh total"),
    *(Column(f"Picco {band} (kW)", "power", english=f"Peak {band} (kW)") for band in BANDS),
    *(Column(f"kvarh {band}", "energy", total=True) for band in BANDS),
    *(Column(f"cos φ {band}", "ratio") for band in BANDS),
    Column("Quota misurata %", "share", english="Share measured %"),
    Column("Quota stimata %", "share", english="Share estimated %"),
    Column("Quota rettificata %", "share", english="Share corrected %"),
    Column("Giorni presenti", "count", total=True, english="Days present"),
    Column("Giorni dovuti", "count", total=True, english="Days owed"),
    Column("Intervalli mancanti", "count", total=True, english="Intervals missing"),
    Column("Stato", "text", english="State"),
    Column("Note", "text", english="Notes"),
)


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
    """The period's consumption of one customer, through its own eyes.

    Quota misurata and stimata: shares of the days that are present, by the distributor's ``TipoDato``; of these,
    rettificata are those that a correction replaced.
    """
    holdings = list(held_points(door, period))
    measured = [_measured(door, held) for held in holdings]
    rows = [_row(administration, held, found, language) for held, found in zip(holdings, measured, strict=True)]
    sheet = Sheet("Consumi", COLUMNS, rows, "Consumption")
    there = completeness.total(found.there for found in measured)
    return Report(
        title=title,
        subject=f"{administration.name} · {period} · {tender}",
        last_day=period.last,
        sheets=(sheet,),
        table=sheet,
        language=language,
        about=about.of_administration(door, administration, period, holdings, there, tender=tender, version=version),
        sections=chapters(sheet, language),
    )


class _Bands(NamedTuple):
    f1: float | None = None
    f2: float | None = None
    f3: float | None = None


class _Measured(NamedTuple):
    """What is known of a row's energy: Wh and varh, W."""

    energy: _Bands
    total: float | None
    peaks: _Bands
    reactive: _Bands
    power_factors: _Bands
    there: Completeness
    told: RegisterEnergy | None


def _row(administration: Administration, held: HeldPoint, found: _Measured, language: Language) -> Row:
    point, order, there = held.point, administration.order(held.order_number), found.there
    return (
        point.pod,
        administration.name,
        administration.tax_code,
        administration.vat,
        administration.office_code,
        order.number or None,
        order.ordered_on,
        order.cig,
        order.cup,
        order.lot,
        point.address or None,
        point.municipality or None,
        point.cost_centre or None,
        point.use or None,
        point.voltage,
        _watts(point.contracted_kw),
        _watts(point.available_kw),
        held.first,
        held.last,
        *found.energy,
        found.total,
        *found.peaks,
        *found.reactive,
        *found.power_factors,
        *_shares(there),
        there.days_known,
        held.days,
        there.intervals_missing,
        (about.COMPLETE if there.complete else about.PROVISIONAL).say(language),
        found.told.note(language) if found.told else None,
    )


def _shares(there: Completeness) -> tuple[Cell, Cell, Cell]:
    """Measured, estimated and corrected, of the days known."""
    known = there.days_known
    if not known:
        return None, None, None
    return (known - there.days_estimated) / known, there.days_estimated / known, there.days_corrected / known


def _measured(door: Door, held: HeldPoint) -> _Measured:
    pod = held.point.pod
    active = door.readings(pod, held.first, held.last, "quarter_hour")
    if active.empty:
        return _registered(held, register_energy(door, held))
    reactive = door.readings(pod, held.first, held.last, "quarter_hour", magnitude="Er")
    energy, varh = _energy(active), _energy(reactive)
    return _Measured(
        energy,
        sum(wh for wh in energy if wh is not None),
        _peaks(active),
        varh,
        _power_factors(active, reactive, energy, varh),
        completeness.of_curve(held, active),
        None,
    )


def _registered(held: HeldPoint, told: RegisterEnergy | None) -> _Measured:
    there = completeness.of_registers(held, told)
    if told is None:
        return _Measured(_Bands(), None, _Bands(), _Bands(), _Bands(), there, None)
    factors = _Bands(*told.power_factors)
    peaks, varh = _Bands(*told.peaks), _Bands(*told.reactive)
    return _Measured(_Bands(*told.active), told.total, peaks, varh, factors, there, told)


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
    watts = frame["kwh"].to_numpy() * 60_000 / frame["minutes"].to_numpy()
    codes = frame["band"].cat.codes.to_numpy()
    known = ~np.isnan(watts)
    inside = (watts[known & (codes == code)] for code in range(len(BANDS)))
    return _Bands(*(round(float(some.max())) if len(some) else None for some in inside))


def _power_factors(active: pd.DataFrame, reactive: pd.DataFrame, wh: _Bands, varh: _Bands) -> _Bands:
    """cos φ per band, over the hours in which both energies are known; None where there is neither."""
    if active.empty or reactive.empty:
        return _Bands()
    if active.index.equals(reactive.index) and not (active["kwh"].hasnans or reactive["kwh"].hasnans):
        # Whole days without a hole: every hour is known of both.
        return _Bands(*(_power_factor(one or 0, other or 0) for one, other in zip(wh, varh, strict=True)))
    hours = aggregate(active, "hour")[["kwh", "band"]].join(
        aggregate(reactive, "hour")["kwh"].rename("kvarh"), how="inner"
    )
    known = hours.dropna()
    sums = {band: known[known["band"] == band] for band in BANDS}
    return _Bands(*(_power_factor(float(some["kwh"].sum()), float(some["kvarh"].sum())) for some in sums.values()))


def _power_factor(active: float, reactive: float) -> float | None:
    apparent = hypot(active, reactive)
    return active / apparent if apparent else None
