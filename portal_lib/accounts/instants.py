"""How instants stand in the accounts database: naive, in UTC."""

from datetime import UTC, datetime

from portal_lib.clock import Clock


def stored(instant: datetime) -> datetime:
    """An aware instant as the database keeps it."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).replace(tzinfo=None)


def stored_now(clock: Clock) -> datetime:
    """The present instant as the database keeps it."""
    return stored(clock())
