"""The record of what happened to accounts: append-only, one enum of events with one grammar.

An event's name is ``subject:what-happened``: the subject is a noun (``account``, ``login``, ``staff``), what
happened is a past participle. ``detail`` holds small facts for the operator; never a password, token or full
tax code, nor a login name that failed, since people type passwords into the wrong field.
"""

import enum

from sqlalchemy.engine import Connection

from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import audit_event
from portal_lib.clock import Clock


class Event(enum.Enum):
    ACCOUNT_REGISTERED = "account:registered"  #: detail: customer, outcome
    ACCOUNT_CONFIRMED = "account:confirmed"
    ACCOUNT_CONFIRMATION_RESENT = "account:confirmation-resent"
    ACCOUNT_ACTIVATED = "account:activated"  #: by staff; detail: from_state
    LOGIN_SUCCEEDED = "login:succeeded"
    LOGIN_FAILED = "login:failed"  #: detail: reason
    STAFF_ADDED = "staff:added"  #: detail: group


def record(
    connection: Connection,
    event: Event,
    clock: Clock,
    *,
    account_id: int | None = None,
    address: str | None = None,
    **detail: str | int | bool,
) -> None:
    """Write one event, inside the transaction of what it tells about. ``address`` is where the request came
    from.
    """
    connection.execute(
        audit_event.insert().values(
            at=stored_now(clock),
            event=event.value,
            account_id=account_id,
            address=address[:64] if address else None,
            detail=detail,
        )
    )
