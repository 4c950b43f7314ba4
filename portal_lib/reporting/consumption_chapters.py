"""How R1 is printed: a figure of all points, then its long rows as four narrow tables."""

from portal_lib.language import Language, Said
from portal_lib.metering.bands import BANDS
from portal_lib.reporting import figures, words
from portal_lib.reporting.sheets import PERIOD_ENERGY, Section, Sheet

_OVERVIEW = Said("Quanto ha consumato ogni punto", "What each point used")
_ENERGY = Said("Energia attiva per fascia", "Active energy per band")
_POWER = Said("Potenza ed energia reattiva", "Power and reactive energy")
_POINTS = Said("Punti di prelievo e ordini", "Supply points and orders")
_QUALITY = Said("Completezza e qualità dei dati", "Completeness and quality of the data")

_CAPTION = Said("Energia attiva per punto di prelievo e fascia", "Active energy by supply point and band")
_CAPTION_MOST = Said(
    "I {shown} punti di prelievo con più energia, su {all}, per fascia",
    "The {shown} supply points with the most energy, of {all}, by band",
)
_SUMMARY = Said(
    "Nel periodo i {points} punti noti hanno prelevato {total} kWh: {parts}.",
    "In the period the {points} known points drew {total} kWh: {parts}.",
)
_PART = Said("{kwh} kWh in {band} ({share} %)", "{kwh} kWh in {band} ({share} %)")
_NOTHING = Said("Nel periodo non è nota nessuna lettura.", "No reading of the period is known.")

#: So many bars stand in one figure.
_MOST_BARS = 30


def chapters(sheet: Sheet, language: Language) -> tuple[Section, ...]:
    """The printed form of R1's one sheet."""
    energy = ("POD", "Comune", *(f"kWh {band}" for band in BANDS), PERIOD_ENERGY)
    power = (
        "POD",
        *(f"Picco {band} (kW)" for band in BANDS),
        *(f"kvarh {band}" for band in BANDS),
        *(f"cos φ {band}" for band in BANDS),
    )
    points = (
        "POD", "Indirizzo", "Uso", "Numero ordine", "CIG", "Tensione (V)", "Potenza disponibile (kW)",
    )  # fmt: skip
    quality = (
        "POD", "Dal", "Al", "Giorni presenti", "Giorni dovuti", "Intervalli mancanti", "Quota stimata %",
        "Quota rettificata %", "Stato", "Note",
    )  # fmt: skip
    bars = _bars(sheet)
    caption = _CAPTION if len(bars) <= _MOST_BARS else _CAPTION_MOST
    shown = sorted(bars, key=lambda bar: -sum(bar[1].values()))[:_MOST_BARS]
    said = caption.say(language, shown=len(shown), all=len(bars))
    return (
        Section(
            _OVERVIEW.say(language), _summary(bars, language), figures.lying(shown, said, language) if shown else None
        ),
        Section(_ENERGY.say(language), table=sheet.chosen(*energy)),
        Section(_POWER.say(language), table=sheet.chosen(*power)),
        Section(_POINTS.say(language), table=sheet.chosen(*points)),
        Section(_QUALITY.say(language), table=sheet.chosen(*quality)),
    )


def _bars(sheet: Sheet) -> list[figures.Bar]:
    """Each point of which something is known, once; in one piece where its bands are not."""
    titles = [column.title for column in sheet.columns]
    found: dict[str, dict[str, int]] = {}
    for row in sheet.rows:
        cells = dict(zip(titles, row, strict=True))
        whole = cells[PERIOD_ENERGY]
        if not isinstance(whole, int):
            continue
        told = {band: wh for band in BANDS if isinstance(wh := cells[f"kWh {band}"], int)} or {"F0": whole}
        sums = found.setdefault(str(cells["POD"]), {})
        for band, wh in told.items():
            sums[band] = sums.get(band, 0) + wh
    return list(found.items())


def _summary(bars: list[figures.Bar], language: Language) -> str:
    whole = sum(wh for _, parts in bars for wh in parts.values())
    if not bars or not whole:
        return _NOTHING.say(language)
    sums = {band: sum(parts.get(band, 0) for _, parts in bars) for band in (*BANDS, "F0")}
    parts = [
        _PART.say(
            language,
            band=band,
            kwh=words.number(wh / 1000, 0, language),
            share=words.number(100 * wh / whole, 1, language),
        )
        for band, wh in sums.items()
        if wh
    ]
    total = words.number(whole / 1000, 0, language)
    return _SUMMARY.say(language, points=len(bars), total=total, parts=", ".join(parts))
