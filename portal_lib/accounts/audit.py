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
    ACCOUNT_ACTIVATED = "account:activated"  #: by staff; detail: from_state, by
    ACCOUNT_FROZEN = "account:frozen"  #: detail: by ("contact", or a staff login), customer
    ACCOUNT_UNFROZEN = "account:unfrozen"  #: detail: by
    ACCOUNT_UNLOCKED = "account:unlocked"  #: its counted tries were forgotten; detail: by
    ACCOUNT_EXPORTED = "account:exported"  #: all that is held about the person was handed out; detail: by
    ACCOUNT_ERASED = "account:erased"  #: detail: by
    ADDRESS_CHANGE_REQUESTED = "address:change-requested"
    ADDRESS_CHANGED = "address:changed"
    CONSENT_GIVEN = "consent:given"  #: detail: purpose
    CONSENT_WITHDRAWN = "consent:withdrawn"  #: detail: purpose
    CUSTOMER_ADDED = "customer:added"  #: a customer code to an account; detail: customer, approved
    CUSTOMER_APPROVED = "customer:approved"  #: detail: customer, by
    CUSTOMER_REMOVED = "customer:removed"  #: detail: customer
    CUSTOMER_REFUSED = "customer:refused"  #: code and tax code did not match; detail: door, reason
    EXPORT_TOKEN_CREATED = "export-token:created"  #: detail: label
    EXPORT_TOKEN_REVOKED = "export-token:revoked"  #: detail: label
    LOGIN_SUCCEEDED = "login:succeeded"  #: detail: second_factor
    LOGIN_FAILED = "login:failed"  #: detail: reason
    PASSWORD_CHANGED = "password:changed"  #: in the profile
    PASSWORD_RESET = "password:reset"  #: by the link of a mail
    PASSWORD_RESET_REQUESTED = "password:reset-requested"  #: detail: by, where staff asked for it
    PROFILE_CHANGED = "profile:changed"  #: detail: field
    SECOND_FACTOR_ENABLED = "second-factor:enabled"
    SECOND_FACTOR_DISABLED = "second-factor:disabled"  #: detail: by, where staff did it
    RECOVERY_CODE_USED = "recovery-code:used"  #: detail: left
    RECOVERY_CODES_RENEWED = "recovery-codes:renewed"
    SESSION_STARTED = "session:started"
    SESSION_ENDED = "session:ended"  #: by logging out
    SESSIONS_ENDED = "sessions:ended"  #: all of an account; detail: reason
    MAIL_RETRIED = "mail:retried"  #: staff had waiting mail tried at once; detail: by, count
    STAFF_ADDED = "staff:added"  #: detail: group, by
    STAFF_GROUP_CHANGED = "staff:group-changed"  #: detail: from_group, group, by
    STAFF_LINKED = "staff:linked"  #: to an identity of the sign-on, which opens it from then on; detail: by
    STAFF_REFUSED = "staff:refused"  #: signed on at the provider, but in no group of ours; detail: reason
    STAFF_SIGNED_ON = "staff:signed-on"  #: by single sign-on; detail: group
    USERNAME_REMINDED = "username:reminded"


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
