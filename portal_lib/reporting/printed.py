"""The PDF form of a report: PDF/A-2a for the archive, PDF/UA-1 for screen readers, set by typst.

The same report gives the same bytes: the file says that it was created on the last day it covers, and its fonts are the
ones that lie here, never the machine's.
"""

import functools
import json
import re
from pathlib import Path
from typing import Any

import typst

from portal_lib.language import Language, Said
from portal_lib.reporting import about, house_style, words
from portal_lib.reporting.sheets import PERIOD_ENERGY, TOTALS, About, Cell, Kind, Report, Section, Sheet

_HERE = Path(__file__).parent
_TEMPLATE = _HERE / "report.typ"
_FONTS = _HERE / "fonts"

#: The words before the energy that the check reads back.
TOTAL = Said("Energia attiva totale", "Total active energy")

_WORDS = {
    "page": Said("Pagina", "Page"),
    "of": Said("di", "of "),
    "contents": Said("Indice", "Contents"),
    "figure": Said("Figura", "Figure"),
    "item": Said("Voce", "Item"),
    "value": Said("Valore", "Value"),
    "total": TOTAL,
}
_STATE_LINE = Said("Report {state}, versione {version}", "Report {state}, version {version}")
_SOURCES_TEXT = Said(
    "Le letture di questo report vengono dai file che seguono. SHA-256 è l'impronta del file come è stato ricevuto.",
    "The readings of this report come from the files below. SHA-256 is the fingerprint of the file as it was received.",
)
_NO_SOURCES = Said("Nessun file di misura.", "No metering file.")
_READING = Said("Come leggere questo report", "How to read this report")
_READING_TEXT = Said(
    "Le fasce F1, F2 e F3 sono quelle della delibera ARERA 181/06, in ora italiana. Un trattino è un valore che manca, "
    "mai uno zero. Il picco è la potenza media più alta di un intervallo di misura. Il cos φ è energia attiva ÷ "
    "√(attiva² + reattiva²). I giorni sono quelli in cui il destinatario era titolare della fornitura. La data e l'ora "
    "di deposito, l'impronta di questo file e le versioni precedenti sono nel portale, alla pagina DOWNLOAD.",
    "Bands F1, F2 and F3 are those of ARERA resolution 181/06, in Italian time. A dash is a value that is missing, "
    "never a zero. The peak is the highest mean power of a metered interval. cos φ is active energy ÷ √(active² + "
    "reactive²). Days are those on which the recipient held the supply. When the file was deposited, its fingerprint "
    "and earlier versions are told by the portal's page DOWNLOAD.",
)

_NO_SHAPE = "?"

#: Signs that the font is known to have, the words of every report among them.
_PLAIN = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u017e–’“”√…φ]*")

#: Where a title is broken to be narrow: before its longer words.
_NARROW = re.compile(r" (?=\S{4})")

#: Columns of words take what room there is.
_WIDE_TITLES = frozenset(
    {"Indirizzo", "Comune", "Uso", "Note", "File", "SHA-256", "Amministrazione", "Valore", "Avvertenza"}
)


def write(report: Report, path: Path) -> None:
    """Write ``report`` to ``path``. It needs an ``about``: a page without recipient and state is no report."""
    told = put_into_words(report)
    typst.compile(
        str(_TEMPLATE),
        output=str(path),
        root=str(_HERE),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-2a", "ua-1"],  # typst holds the file to both while it writes
        sys_inputs={"report": told},
    )


def put_into_words(report: Report) -> str:
    """All that the template sets, written out, as JSON."""
    if report.about is None:
        raise ValueError("a printed report says what it is about")
    return json.dumps(_displayable(_told(report, report.about)), ensure_ascii=False)


def _displayable(told: Any) -> Any:
    """The same with only such signs as the font can show: an archive's file may not have one without a shape."""
    if isinstance(told, dict):
        return {name: _displayable(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_displayable(value) for value in told]
    if not isinstance(told, str) or _PLAIN.fullmatch(told):
        return told
    return "".join(sign if sign == "\n" or ord(sign) in _shapes() else _NO_SHAPE for sign in told)


@functools.cache
def _shapes() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # costly, and rarely needed

    found = (TTFont(font).getBestCmap() for font in sorted(_FONTS.glob("*.otf")))
    return frozenset.intersection(*map(frozenset, found))


def total_energy(report: Report) -> int:
    """Wh of all rows of the first sheet: what the first page says."""
    sheet = report.sheets[0]
    return sheet.total([column.title for column in sheet.columns].index(PERIOD_ENERGY))


def _told(report: Report, told: About) -> dict[str, Any]:
    language = report.language
    state = about.state(told, language)
    return {
        "title": report.title,
        "subject": report.subject,
        "language": language,
        "colours": dict(house_style.palette()),
        "words": {name: said.say(language) for name, said in _WORDS.items()},
        "supplier": house_style.supplier(),
        "recipient": told.recipient,
        "tender": told.tender,
        "period": words.period(told.first, told.last, language),
        "created": [report.last_day.year, report.last_day.month, report.last_day.day],
        "provisional": told.provisional,
        "state": state,
        "state_line": _STATE_LINE.say(language, state=state, version=told.version),
        "completeness": about.sentence(told, language),
        "total": words.number(total_energy(report) / 1000, 3, language),
        "facts": about.facts(told, language),
        "sections": [_section(section, language) for section in (*report.sections, *_last_sections(told, language))],
    }


def _last_sections(told: About, language: Language) -> tuple[Section, Section]:
    sources = about.sources_sheet(told) if told.sources else None
    text = (_SOURCES_TEXT if sources else _NO_SOURCES).say(language)
    heading = about.SOURCES[language == "en"]
    return (
        Section(heading, text, table=sources),
        Section(_READING.say(language), _READING_TEXT.say(language)),
    )


def _section(section: Section, language: Language) -> dict[str, Any]:
    figure = section.figure
    return {
        "heading": section.heading,
        "level": section.level,
        "new_page": section.new_page,
        "text": section.text,
        "figure": {"svg": figure.svg, "alt": figure.alt, "caption": figure.caption} if figure else None,
        "table": _table(section.table, language) if section.table else None,
    }


def _table(sheet: Sheet, language: Language) -> dict[str, Any]:
    kinds = [column.kind for column in sheet.columns]
    totals = None
    if any(column.total for column in sheet.columns) and len(sheet.rows) > 1:
        totals = [
            _cell(sheet.total(place), column.kind, language) if column.total else ""
            for place, column in enumerate(sheet.columns)
        ]
        totals[0] = TOTALS.say(language)
    return {
        "columns": [
            {
                "heading": column.heading(language),
                "narrow": _NARROW.sub("\n", column.heading(language)),
                "kind": column.kind,
                "wide": column.title in _WIDE_TITLES,
            }
            for column in sheet.columns
        ],
        "rows": [[_cell(cell, kind, language) for cell, kind in zip(row, kinds, strict=True)] for row in sheet.rows],
        "totals": totals,
    }


def _cell(cell: Cell, kind: Kind, language: Language) -> str:
    """A cell as it is printed; a dash where nothing is known."""
    if cell is None:
        return "–"
    if kind == "day" and not isinstance(cell, str | int | float):
        return words.day(cell, language)
    if kind == "month" and not isinstance(cell, str | int | float):
        return words.month(cell, language)
    if isinstance(cell, int | float):
        decimals = {"energy": 3, "power": 3, "ratio": 3, "share": 1}.get(kind, 0)
        scale = {"energy": 0.001, "power": 0.001, "share": 100}.get(kind, 1)
        return words.number(cell / 1000 if scale == 0.001 else cell * scale, decimals, language)
    return str(cell)
