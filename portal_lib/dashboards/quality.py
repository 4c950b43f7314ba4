"""How complete what is shown is, and how it came to be: words that stand beside every sum and every chart."""

from functools import lru_cache

from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import count, language, number, say, share
from portal_lib.language import Language, Said
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.loads import Load

QUALITY = Said("Qualità", "Quality")

_MEASURED = Said("misurata", "measured")
_ESTIMATED = Said("stimata", "estimated")
_CORRECTED = Said("rettificata", "corrected")
_NOT_VALIDATED = Said("non validata", "not validated")
_EXPORTED = Said("da export del cliente", "from the customer's export")
_MISSING = Said("mancante", "missing")
_PARTLY = Said("in parte mancante", "missing in part")

_COMPLETE = Said("Dati completi", "Data complete")
_SHARE = Said("Completezza {share}", "Completeness {share}")
_DAY, _DAYS = Said("giorno", "day"), Said("giorni", "days")
_WITHOUT = Said("{days} senza letture", "{days} without readings")
_SOME_HOURS = Said("{hours} ore mancanti in altri giorni", "{hours} hours missing on other days")
_OF_ESTIMATE = Said("{days} con valori stimati", "{days} with estimated values")
_OF_CORRECTION = Said("{days} con valori rettificati", "{days} with corrected values")
_OF_POINTS = Said("sommati su tutte le forniture", "added up over all supply points")


def words(flags: int, *, known: int = 1, owed: int = 1) -> str:
    """How an interval came to be: ``misurata``, ``stimata, rettificata``, ``mancante``."""
    return _words(flags, known == 0, known < owed, language())


@lru_cache(maxsize=256)
def _words(flags: int, missing: bool, partly: bool, spoken: Language) -> str:
    """Kept: a table asks for thousands, of which few differ."""
    if missing:
        return _MISSING.say(spoken)
    found = [_ESTIMATED if flags & DayFlag.ESTIMATED else _MEASURED]
    if flags & DayFlag.CORRECTED:
        found.append(_CORRECTED)
    if flags & DayFlag.NOT_VALIDATED:
        found.append(_NOT_VALIDATED)
    if flags & DayFlag.CUSTOMER_EXPORT:
        found.append(_EXPORTED)
    if partly:
        found.append(_PARTLY)
    return ", ".join(said.say(spoken) for said in found)


def completeness(view: View) -> str:
    """One sentence: ``Completezza 96,7 %: 1 giorno senza letture, 2 giorni con valori stimati.``"""
    load, each = view.load, view.each.values()
    found = []
    missing_days = int((load.owed - load.stored).clip(min=0).sum())
    if missing_days:
        found.append(say(_WITHOUT, days=count(missing_days, _DAY, _DAYS)))
    # Quarter hours owed on days that are there, but not known.
    absent = ((load.owed - load.stored).clip(min=0)[:, None] * load.exists).sum()
    within = load.owed_intervals - load.known_intervals - int(absent)
    if within > 0:
        found.append(say(_SOME_HOURS, hours=number(within / 4, 0 if within % 4 == 0 else 2)))
    for said, days in (
        (_OF_ESTIMATE, sum(point.days_estimated for point in each)),
        (_OF_CORRECTION, sum(point.days_corrected for point in each)),
    ):
        if days:
            found.append(say(said, days=count(days, _DAY, _DAYS)))
    whole = load.known_intervals >= load.owed_intervals
    head = say(_COMPLETE) if whole else say(_SHARE, share=share(_below_one(load.completeness), 1))
    if found and len(view.curves) > 1:
        found.append(say(_OF_POINTS))
    return f"{head}{': ' if found else ''}{', '.join(found)}."


def _below_one(value: float | None) -> float | None:
    """99,96 % that lacks something isn't 100,0 %."""
    return None if value is None else min(value, 0.999)


def share_known(load: Load) -> str:
    """How complete a load is, in a few words: of one that stands beside that of the page."""
    whole = load.known_intervals >= load.owed_intervals
    return f"{say(_COMPLETE) if whole else say(_SHARE, share=share(_below_one(load.completeness)))}."
