"""How R2 is printed: the months as a figure, beside the year before, and the points behind them."""

from datetime import date

from portal_lib.language import Language, Said
from portal_lib.metering.bands import BANDS
from portal_lib.reporting import figures, words
from portal_lib.reporting.sheets import PERIOD_ENERGY, Section, Sheet

_MONTHS = Said("Mese per mese", "Month by month")
_YEARS = Said("Confronto con l'anno precedente", "Compared with the year before")
_POINTS = Said("Punti di prelievo", "Supply points")
_CAPTION = Said("Energia attiva di ogni mese, per fascia", "Active energy of each month, by band")
_HOW = Said(
    "La variazione è indicata soltanto tra due mesi completi: dove mancano letture, la differenza non direbbe nulla "
    "dei consumi.",
    "The change is told between two complete months only: where readings are missing, the difference would say nothing "
    "of the consumption.",
)


def chapters(months: Sheet, points: Sheet, language: Language) -> tuple[Section, ...]:
    """The printed form of R2's two sheets."""
    energy = ("Mese", "Punti di prelievo", *(f"kWh {band}" for band in BANDS), PERIOD_ENERGY)
    years = ("Mese", PERIOD_ENERGY, "kWh anno precedente", "Punti di prelievo", "Punti anno precedente", "Variazione %")
    there = ("Mese", "Giorni presenti", "Giorni dovuti", "Intervalli mancanti", "Stato")
    return (
        Section(_MONTHS.say(language), figure=_figure(months, language), table=months.chosen(*energy)),
        Section(_YEARS.say(language), _HOW.say(language), table=months.chosen(*years)),
        Section(_COMPLETENESS.say(language), table=months.chosen(*there)),
        Section(_POINTS.say(language), table=points),
    )


_COMPLETENESS = Said("Completezza", "Completeness")


def _figure(months: Sheet, language: Language) -> figures.Figure:
    titles = [column.title for column in months.columns]
    bars: list[figures.Bar] = []
    for row in months.rows:
        cells = dict(zip(titles, row, strict=True))
        month, whole = cells["Mese"], cells[PERIOD_ENERGY]
        parts = {band: wh for band in BANDS if isinstance(wh := cells[f"kWh {band}"], int)}
        if isinstance(whole, int) and whole > sum(parts.values()):
            parts["F0"] = whole - sum(parts.values())
        if isinstance(month, date):
            bars.append((words.short_month(month, language), parts))
    return figures.standing(bars, _CAPTION.say(language), language)
