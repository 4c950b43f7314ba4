"""What every report says of itself, whatever it counts: recipient, period, version, completeness, sources."""

from collections.abc import Iterable

from portal_lib.language import Language, Said
from portal_lib.metering.sources import Source, together
from portal_lib.reporting import words
from portal_lib.reporting.administrations import Administration
from portal_lib.reporting.completeness import Completeness
from portal_lib.reporting.holdings import HeldPoint
from portal_lib.reporting.periods import Period
from portal_lib.reporting.sheets import About, Cell, Column, Sheet
from portal_lib.visitor import Door

#: What a reader sees first: whether this is the last word.
COMPLETE = Said("completo", "complete")
PROVISIONAL = Said("provvisorio", "provisional")

_TAX_CODE = Said("Codice fiscale", "Tax code")
_VAT = Said("Partita IVA", "VAT number")
_OFFICE = Said("Codice univoco ufficio", "Office code")

_LABELS = {
    "recipient": Said("Destinatario", "Recipient"),
    "tender": Said("Capitolato", "Tender"),
    "period": Said("Periodo di competenza", "Competence period"),
    "version": Said("Versione", "Version"),
    "state": Said("Stato", "State"),
    "points": Said("Forniture nel periodo", "Supplies in the period"),
    "days": Said("Giorni con letture", "Days with readings"),
    "missing": Said("Intervalli mancanti in quei giorni", "Intervals missing on those days"),
    "estimated": Said("Giorni stimati dal distributore", "Days estimated by the distributor"),
    "corrected": Said("Giorni rettificati", "Days corrected"),
    "broken": Said("Contatori sostituiti o azzerati", "Meters changed or reset"),
}
_OF = Said("{known} su {owed} dovuti", "{known} of {owed} owed")

_INCOMPLETE = Said(
    "Mancano {days} giorni di letture su {owed} e {intervals} intervalli. Le somme contano soltanto "
    "ciò che è noto; quando arrivano le letture mancanti si deposita una nuova versione.",
    "{days} of {owed} days of readings and {intervals} intervals are missing. Sums count only what is "
    "known; when the missing readings arrive, a new version is deposited.",
)
_BROKEN = Said(
    "L'energia di {broken} forniture con contatore sostituito o azzerato è nota solo in parte; "
    "mancano inoltre {days} giorni di letture su {owed} e {intervals} intervalli.",
    "The energy of {broken} supplies whose meter was changed or reset is known only in part; {days} of "
    "{owed} days of readings and {intervals} intervals are missing besides.",
)
_WHOLE = Said(
    "Tutte le letture dei {owed} giorni dovuti sono presenti.",
    "All readings of the {owed} days owed are there.",
)

INFORMATION = ("Informazioni", "About")
SOURCES = ("Fonti", "Sources")


def of_administration(
    door: Door,
    administration: Administration,
    period: Period,
    held: Iterable[HeldPoint],
    completeness: Completeness,
    *,
    tender: str,
    version: int,
) -> About:
    """What a report for one administration says of itself."""
    given = (
        (_TAX_CODE, administration.tax_code),
        (_VAT, administration.vat),
        (_OFFICE, administration.office_code),
    )
    return About(
        recipient=administration.name,
        facts=tuple((label, value) for label, value in given if value),
        tender=tender,
        first=period.first,
        last=period.last,
        version=version,
        completeness=completeness,
        sources=sources_of(door, held),
    )


def sources_of(door: Door, held: Iterable[HeldPoint]) -> tuple[Source, ...]:
    """The files behind all readings of these holdings."""
    return tuple(together(source for one in held for source in door.sources(one.point.pod, one.first, one.last)))


def state(about: About, language: Language) -> str:
    """«completo» or «provvisorio»."""
    return (PROVISIONAL if about.provisional else COMPLETE).say(language)


def sentence(about: About, language: Language) -> str:
    """What is missing, in a sentence that can stand on a first page."""
    there = about.completeness
    said = _WHOLE if there.complete else _BROKEN if there.broken else _INCOMPLETE
    return said.say(
        language,
        days=words.number(there.days_missing, 0, language),
        owed=words.number(there.days_owed, 0, language),
        intervals=words.number(there.intervals_missing, 0, language),
        broken=there.broken,
    )


def facts(about: About, language: Language) -> list[tuple[str, str]]:
    """Label and value of everything a report says of itself, the sources aside."""

    def count(value: int) -> str:
        return words.number(value, 0, language)

    there = about.completeness
    days = _OF.say(language, known=count(there.days_known), owed=count(there.days_owed))
    rows: list[tuple[str | Said, str]] = [
        ("recipient", about.recipient),
        *about.facts,
        ("tender", about.tender),
        (
            "period",
            f"{words.period(about.first, about.last, language)} ({words.span(about.first, about.last, language)})",
        ),
        ("version", str(about.version)),
        ("state", state(about, language)),
        ("points", count(there.points)),
        ("days", days),
        ("missing", count(there.intervals_missing)),
        ("estimated", count(there.days_estimated)),
        ("corrected", count(there.days_corrected)),
        *([("broken", count(there.broken))] if there.broken else []),
    ]
    return [((_LABELS[label] if isinstance(label, str) else label).say(language), value) for label, value in rows]


def sheets(about: About, language: Language) -> list[Sheet]:
    """The two last sheets of a workbook: what it is about, and its sources, where they are known."""
    made = [
        Sheet(
            INFORMATION[0],
            (Column("Voce", "text", english="Item"), Column("Valore", "text", english="Value")),
            facts(about, language),
            INFORMATION[1],
        )
    ]
    return [*made, sources_sheet(about)] if about.sources else made


def sources_sheet(about: About) -> Sheet:
    """The files from which the readings come."""
    rows: list[tuple[Cell, ...]] = [
        (source.flow, source.name, _sent(source.sent_at), source.days, source.sha256) for source in about.sources
    ]
    columns = (
        Column("Flusso", "text", english="Flow"),
        Column("File", "text"),
        Column("Inviato", "text", english="Sent"),
        Column("Giorni di letture", "count", english="Days of readings"),
        Column("SHA-256", "text"),
    )
    return Sheet(SOURCES[0], columns, rows, SOURCES[1])


def _sent(stamp: str) -> str | None:
    """``20250205093000`` as ``2025-02-05 09:30``."""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]} {stamp[8:10]}:{stamp[10:12]}" if stamp else None
