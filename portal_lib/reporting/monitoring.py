"""R3 Monitoraggio: for the purchasing agency, one row per order of all administrations.

Energy is counted on the days that a point was held under the order: in the period, and from the order's beginning to
the period's end. The share is that of the energy the order foresees, its ceiling.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from portal_lib.language import Language, Said
from portal_lib.reporting import about, completeness
from portal_lib.reporting.administrations import Administration, Order
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.holdings import HeldPoint, held_points
from portal_lib.reporting.monitoring_chapters import chapters
from portal_lib.reporting.periods import Period
from portal_lib.reporting.register_energy import register_energy
from portal_lib.reporting.sheets import PERIOD_ENERGY, About, Cell, Column, Report, Row, Sheet
from portal_lib.visitor import Door

COLUMNS = (
    Column("Amministrazione", "text", english="Administration"),
    Column("Codice fiscale", "text", english="Tax code"),
    Column("Numero ordine", "text", english="Order number"),
    Column("Data ordine", "day", english="Order date"),
    Column("CIG", "text"),
    Column("CUP", "text"),
    Column("Lotto", "text", english="Lot"),
    Column("Punti di prelievo", "count", total=True, english="Supply points"),
    Column("kWh previsti", "energy", total=True, english="kWh estimated"),
    Column(PERIOD_ENERGY, "energy", total=True, english="kWh total"),
    Column("kWh dall'inizio", "energy", total=True, english="kWh since the start"),
    Column("Quota del massimale %", "share", english="Share of the ceiling %"),
    Column("Avvertenza", "text", english="Warning"),
    Column("Giorni presenti", "count", total=True, english="Days present"),
    Column("Giorni dovuti", "count", total=True, english="Days owed"),
    Column("Intervalli mancanti", "count", total=True, english="Intervals missing"),
    Column("Stato", "text", english="State"),
)

_OVER = Said("massimale superato", "ceiling exceeded")
_NEAR = Said("sopra la soglia ({share} %)", "above the warning level ({share} %)")
_ORDERS = Said("Ordini", "Orders")
_ADMINISTRATIONS = Said("Amministrazioni", "Administrations")
_AGENCY = Said("Centrale di committenza", "Purchasing agency")


@dataclass
class _Delivered:
    """What an order has delivered."""

    pods: set[str] = field(default_factory=set)
    in_period: int = 0
    since_start: int = 0
    there: Completeness = field(default_factory=Completeness)


def report(
    door: Door,
    administrations: Sequence[Administration],
    period: Period,
    *,
    title: str,
    tender: str,
    agency: str = "",
    warn_from: float = 0.8,
    language: Language = "it",
    version: int = 1,
) -> Report:
    """The orders of all administrations that held a point under one in the period.

    ``agency`` is the recipient's name; from the share ``warn_from`` of the ceiling on, a row carries a warning.
    """
    holdings = [held for held in held_points(door, period) if held.order_number]
    delivered = _delivered(door, holdings, period)
    rows: list[Row] = []
    for administration in sorted(administrations, key=lambda one: one.name):
        for number in sorted(number for code, number in delivered if code == administration.code):
            order = administration.order(number)
            rows.append(_row(administration, order, delivered[administration.code, number], warn_from, language))
    sheet = Sheet("Ordini", COLUMNS, rows, "Orders")
    facts = (
        (_ADMINISTRATIONS, str(len({code for code, _ in delivered}))),
        (_ORDERS, str(len(delivered))),
    )
    recipient = agency or _AGENCY.say(language)
    return Report(
        title=title,
        subject=f"{recipient} · {period} · {tender}",
        last_day=period.last,
        sheets=(sheet,),
        table=sheet,
        language=language,
        about=About(
            recipient=recipient,
            facts=facts,
            tender=tender,
            first=period.first,
            last=period.last,
            version=version,
            completeness=completeness.total(one.there for one in delivered.values()),
            sources=about.sources_of(door, holdings),
        ),
        sections=chapters(sheet, warn_from, language),
    )


def _delivered(door: Door, holdings: Sequence[HeldPoint], period: Period) -> dict[tuple[str, str], _Delivered]:
    """By customer code and order number: what was delivered under the orders of these holdings."""
    found: dict[tuple[str, str], _Delivered] = {}
    for held in holdings:
        order = found.setdefault((held.customer_code, held.order_number or ""), _Delivered())
        order.pods.add(held.point.pod)
        order.in_period += energy(door, held)
        order.there += completeness.of_held(door, held)
    from_the_start = held_points(door, period, since=date.min)
    for held in from_the_start:
        key = (held.customer_code, held.order_number or "")
        if key in found:
            found[key].since_start += energy(door, held)
    return found


def energy(door: Door, held: HeldPoint) -> int:
    """All that is known of the days held, in Wh: from the curve, or where there is none from the registers."""
    if door.day_count(held.point.pod, held.first, held.last):
        return round(door.band_totals(held.point.pod, held.first, held.last)["total"] * 1000)
    told = register_energy(door, held)
    return told.total or 0 if told else 0


def _row(
    administration: Administration, order: Order, delivered: _Delivered, warn_from: float, language: Language
) -> Row:
    expected = order.expected_kwh
    share = delivered.since_start / (expected * 1000) if expected else None
    return (
        administration.name,
        administration.tax_code,
        order.number,
        order.ordered_on,
        order.cig,
        order.cup,
        order.lot,
        len(delivered.pods),
        None if expected is None else expected * 1000,
        delivered.in_period,
        delivered.since_start,
        share,
        _warning(share, warn_from, language),
        delivered.there.days_known,
        delivered.there.days_owed,
        delivered.there.intervals_missing,
        (about.COMPLETE if delivered.there.complete else about.PROVISIONAL).say(language),
    )


def _warning(share: float | None, warn_from: float, language: Language) -> Cell:
    if share is None or share < warn_from:
        return None
    return _OVER.say(language) if share > 1 else _NEAR.say(language, share=f"{warn_from * 100:g}")
