"""Numbers, dates and hours as an Italian reader writes them, independent of the browser's language and time zone."""

from datetime import UTC, date, datetime

MONTHS = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
    "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
)  # fmt: skip
WEEKDAYS = ("lun", "mar", "mer", "gio", "ven", "sab", "dom")


def number(value: float, decimals: int = 0) -> str:
    """``1234.5`` → ``1.234,5``; a missing value is an en dash."""
    if value != value:
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.replace(",", "\u0000").replace(".", ",").replace("\u0000", ".")


def count(value: int, one: str, many: str) -> str:
    """``1 giorno``, ``2 giorni``."""
    return f"{number(value)} {one if value == 1 else many}"


def day(value: date) -> str:
    """``27/10/2024``."""
    return (
        f"{value.day:02d}/{value.month:02d}/{value.year:04d}"  # a table has thousands: strftime takes ten times as long
    )


def short_day(value: date) -> str:
    """``dom 27 ott``."""
    return f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1][:3]}"


def month(value: date) -> str:
    """``ott 2024``."""
    return f"{MONTHS[value.month - 1][:3]} {value.year}"


def hour(instant: datetime) -> str:
    """``02:00``, and on the October day ``02:00 (ora legale)`` and ``02:00 (ora solare)``: the hour there twice."""
    text = f"{instant.hour:02d}:{instant.minute:02d}"
    if twice(instant):
        text += " (ora solare)" if not instant.dst() else " (ora legale)"
    return text


def twice(instant: datetime) -> bool:
    """Whether the clock shows this time twice on this day."""
    other = instant.replace(fold=1 - instant.fold)
    return other.utcoffset() != instant.utcoffset() and _exists(instant)


def _exists(instant: datetime) -> bool:
    """Whether the wall clock really shows this time (it skips an hour in March)."""
    return instant.astimezone(UTC).astimezone(instant.tzinfo).replace(tzinfo=None) == instant.replace(tzinfo=None)
