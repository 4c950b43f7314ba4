"""Numbers, days and periods as a reader of the report's language writes them."""

from datetime import date, timedelta

from portal_lib.language import Language

_MONTHS: dict[Language, tuple[str, ...]] = {
    "it": (
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
        "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip

_DAY = timedelta(days=1)

#: Thousands are set apart by a dot in Italian and a comma in English, and decimals the other way round.
_ITALIAN = str.maketrans(",.", ".,")


def number(value: float, decimals: int | None, language: Language) -> str:
    """``1.234,5`` or ``1,234.5``; ``decimals`` None writes as many as there are, three at most."""
    text = f"{value:,.3f}".rstrip("0").rstrip(".") if decimals is None else f"{value:,.{decimals}f}"
    return text.translate(_ITALIAN) if language == "it" else text


def day(value: date, language: Language) -> str:
    """``27/10/2024`` in Italian, ``27 Oct 2024`` in English, where 3/4 is two days."""
    if language == "it":
        return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
    return f"{value.day} {_MONTHS['en'][value.month - 1][:3]} {value.year:04d}"


def month(value: date, language: Language) -> str:
    """``ottobre 2024``, ``October 2024``."""
    return f"{_MONTHS[language][value.month - 1]} {value.year:04d}"


def short_month(value: date, language: Language) -> str:
    """``ott``, ``Oct``."""
    return _MONTHS[language][value.month - 1][:3]


def span(first: date, last: date, language: Language) -> str:
    """``dal 01/10/2024 al 31/10/2024``, ``1 Oct 2024 to 31 Oct 2024``."""
    if language == "it":
        return f"dal {day(first, 'it')} al {day(last, 'it')}"
    return f"{day(first, 'en')} to {day(last, 'en')}"


def period(first: date, last: date, language: Language) -> str:
    """``ottobre 2024``, ``1º trimestre 2025``, ``2º semestre 2025``, ``anno 2025``; other days as :func:`span`."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if first.day != 1 or (last.month == (last + _DAY).month) or months not in (1, 3, 6, 12):
        return span(first, last, language)
    if months == 1:
        return month(first, language)
    if months == 12:
        return f"{'anno ' if language == 'it' else ''}{first.year}"
    number = (first.month - 1) // months + 1
    if language == "it":
        return f"{number}º {'trimestre' if months == 3 else 'semestre'} {first.year}"
    return f"{'Q' if months == 3 else 'H'}{number} {first.year}"
