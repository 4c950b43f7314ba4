"""How R3 is printed: how much of each order's ceiling is used, then the orders in narrow tables."""

from portal_lib.language import Language, Said
from portal_lib.reporting import words
from portal_lib.reporting.sheets import PERIOD_ENERGY, Section, Sheet

_CEILINGS = Said("Quanto del massimale è usato", "How much of the ceiling is used")
_ORDERS = Said("Ordini e identificativi", "Orders and identifiers")
_COMPLETENESS = Said("Completezza", "Completeness")
_NONE = Said(
    "Nessun ordine è sopra la soglia ({limit} % del massimale).",
    "No order is above the warning level ({limit} % of the ceiling).",
)
_SOME = Said(
    "Sopra la soglia ({limit} % del massimale): {orders}.",
    "Above the warning level ({limit} % of the ceiling): {orders}.",
)


def chapters(sheet: Sheet, warn_from: float, language: Language) -> tuple[Section, ...]:
    """The printed form of R3's one sheet."""
    ceilings = (
        "Amministrazione", "Numero ordine", "kWh previsti", PERIOD_ENERGY, "kWh dall'inizio", "Quota del massimale %",
        "Avvertenza",
    )  # fmt: skip
    orders = ("Numero ordine", "Amministrazione", "Codice fiscale", "Data ordine", "CIG", "Lotto", "Punti di prelievo")
    there = ("Numero ordine", "Giorni presenti", "Giorni dovuti", "Intervalli mancanti", "Stato")
    return (
        Section(_CEILINGS.say(language), _text(sheet, warn_from, language), table=sheet.chosen(*ceilings)),
        Section(_ORDERS.say(language), table=sheet.chosen(*orders)),
        Section(_COMPLETENESS.say(language), table=sheet.chosen(*there)),
    )


def _text(sheet: Sheet, warn_from: float, language: Language) -> str:
    above = [
        f"{number} ({words.number(share * 100, 1, language)} %)"
        for number, share in sheet.chosen("Numero ordine", "Quota del massimale %").rows
        if isinstance(share, float) and share >= warn_from
    ]
    limit = words.number(warn_from * 100, None, language)
    return _SOME.say(language, limit=limit, orders=", ".join(above)) if above else _NONE.say(language, limit=limit)
