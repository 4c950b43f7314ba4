"""One clock, passed in: no rule of the portal ever asks the machine for the time by itself."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: The legal time of every rule about days: competence, bands, deposit and due dates.
ROME = ZoneInfo("Europe/Rome")

#: Gives the present instant, aware and in UTC.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def rome_day(instant: datetime) -> date:
    """The Europe/Rome day on which an aware instant falls."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone; a naive one has no Rome day")
    return instant.astimezone(ROME).date()
