"""How R4 is printed: not thousands of quarter hours, but each point's days; the curve itself is in the other forms."""

from dataclasses import dataclass

import pandas as pd

from portal_lib.language import Language, Said
from portal_lib.metering.bands import BANDS
from portal_lib.metering.curves import aggregate
from portal_lib.reporting import figures, words
from portal_lib.reporting.sheets import PERIOD_ENERGY, Column, Row, Section, Sheet
from portal_lib.visitor import SupplyPoint

_SUMMARY = Said("Riepilogo per punto di prelievo", "Summary by supply point")
_WHERE = Said(
    "Ogni intervallo di misura, con fascia e qualità, è nel foglio di calcolo e nel CSV depositati con questo "
    "documento; qui ci sono le somme di ogni giorno.",
    "Each metered interval, with its band and quality, is in the workbook and the CSV deposited with this document; "
    "here are the sums of each day.",
)
_DAYS = Said("{pod}: energia attiva di ogni giorno, per fascia", "{pod}: active energy of each day, by band")
_MONTHS = Said("{pod}: energia attiva di ogni mese, per fascia", "{pod}: active energy of each month, by band")

_COLUMNS = (
    Column("Data", "day", english="Day"),
    *(Column(f"kWh {band}", "energy", total=True) for band in BANDS),
    Column(PERIOD_ENERGY, "energy", total=True, english="kWh total"),
    Column("Picco (kW)", "power", english="Peak (kW)"),
    Column("Intervalli mancanti", "count", total=True, english="Intervals missing"),
)

#: Over more days than this, a figure has a bar for each month.
_MOST_DAYS = 62


@dataclass(frozen=True)
class Curve:
    """A point, and the frames of its readings, one for each holding."""

    point: SupplyPoint
    frames: list[pd.DataFrame]


def chapters(summary: Sheet, curves: list[Curve], language: Language) -> tuple[Section, ...]:
    """The printed form: the summary, then a chapter for each point with a curve."""
    titles = ("POD", "Comune", "Dal", "Al", PERIOD_ENERGY, "Giorni presenti", "Giorni dovuti", "Intervalli mancanti")
    first = Section(_SUMMARY.say(language), _WHERE.say(language), table=summary.chosen(*titles))
    return (first, *(_chapter(curve, language) for curve in curves))


def _chapter(curve: Curve, language: Language) -> Section:
    frame = curve.frames[0] if len(curve.frames) == 1 else pd.concat(curve.frames)
    days = aggregate(frame, "day")
    point = curve.point
    place = ", ".join(part for part in (point.address, point.municipality, point.use) if part)
    table = Sheet(point.pod, _COLUMNS, _day_rows(frame, days))
    return Section(point.pod, place, _figure(point.pod, days, language), table, new_page=True)


def _figure(pod: str, days: pd.DataFrame, language: Language) -> figures.Figure:
    by_month = len(days) > _MOST_DAYS
    index = pd.DatetimeIndex(days.index).tz_localize(None)
    sums: dict[str, dict[str, int]] = {}
    energy = {band: (days[band] * 1000).round().astype("int64").tolist() for band in BANDS}
    for place, instant in enumerate(index):
        label = words.short_month(instant, language) if by_month else str(instant.day)
        if by_month and len(sums) >= 12 and label not in sums:
            label = f"{label} {instant.year}"
        bar = sums.setdefault(label if label not in sums or by_month else f"{label}.", dict.fromkeys(BANDS, 0))
        for band in BANDS:
            bar[band] += energy[band][place]
    caption = (_MONTHS if by_month else _DAYS).say(language, pod=pod)
    return figures.standing(list(sums.items()), caption, language)


def _day_rows(frame: pd.DataFrame, days: pd.DataFrame) -> list[Row]:
    watts = frame["kwh"] * 60_000 / frame["minutes"]
    index = pd.DatetimeIndex(frame.index)
    peaks = watts.groupby(index.tz_localize(None).normalize().to_numpy()).max()
    bands = [(days[band] * 1000).round().astype("int64").tolist() for band in (*BANDS, "kwh")]
    return [
        (day, *energy, None if pd.isna(peak) else round(peak), missing)
        for day, *energy, peak, missing in zip(
            pd.DatetimeIndex(days.index).tz_localize(None).date.tolist(),
            *bands,
            peaks.tolist(),
            days["missing"].tolist(),
            strict=True,
        )
    ]
