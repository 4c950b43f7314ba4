"""What a part says, in the language of the page's visitor: sentences, numbers, days and hours.

The server says the language (``PORTAL_LANGUAGE``); without it, as in an analyst's notebook, it is Italian. Nothing here
depends on the browser's own language or time zone.
"""

import os
from datetime import date, datetime

from portal_lib.dashboards import italian
from portal_lib.language import Language, Said, language_of

MONTHS = {
    "it": italian.MONTHS,
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
}  # fmt: skip
WEEKDAYS = {"it": italian.WEEKDAYS, "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}

_SUMMER, _WINTER = Said("ora legale", "summer time"), Said("ora solare", "winter time")
_SHORT = {"ora legale": "leg.", "ora solare": "sol.", "summer time": "sum.", "winter time": "win."}


def language() -> Language:
    """The language of the page. Asked at every call: a forked kernel has its environment only after the fork."""
    return language_of(os.environ.get("PORTAL_LANGUAGE"))


def say(said: Said, **facts: object) -> str:
    """A text in the page's language."""
    return said.say(language(), **facts)


def number(value: float | None, decimals: int = 0) -> str:
    """``1234.5`` → ``1.234,5`` (English: ``1,234.5``); a missing value is an en dash."""
    if value is None or value != value:
        return "–"
    return italian.number(value, decimals) if language() == "it" else f"{value:,.{decimals}f}"


def share(value: float | None, decimals: int = 1) -> str:
    """``0.985`` → ``98,5 %``."""
    return "–" if value is None or value != value else f"{number(100 * value, decimals)}\u00a0%"


def count(value: int, one: Said, many: Said) -> str:
    """``1 giorno``, ``2 giorni``."""
    return f"{number(value)} {say(one if value == 1 else many)}"


def day(value: date) -> str:
    """``27/10/2024``; English ``27 Oct 2024``, which nobody reads the wrong way round."""
    return italian.day(value) if language() == "it" else f"{value.day} {_month(value)} {value.year}"


def short_day(value: date) -> str:
    """``dom 27 ott``."""
    return f"{WEEKDAYS[language()][value.weekday()]} {value.day} {_month(value)}"


def month(value: date) -> str:
    """``ott 2024``."""
    return f"{_month(value)} {value.year}"


def hour(instant: datetime) -> str:
    """``02:00``, and on the October day ``02:00 (ora legale)`` and ``02:00 (ora solare)``: the hour there twice."""
    text = f"{instant.hour:02d}:{instant.minute:02d}"
    if not italian.twice(instant):
        return text
    return f"{text} ({say(_SUMMER if instant.dst() else _WINTER)})"


def short_hour(instant: datetime) -> str:
    """The same for an axis: ``02:00 leg.``"""
    text = f"{instant.hour:02d}:{instant.minute:02d}"
    return f"{text} {_SHORT[say(_SUMMER if instant.dst() else _WINTER)]}" if italian.twice(instant) else text


def moment(instant: datetime) -> str:
    """``dom 27 ott 2024, 02:00``."""
    return f"{short_day(instant.date())} {instant.year}, {hour(instant)}"


def _month(value: date) -> str:
    return MONTHS[language()][value.month - 1][:3]
