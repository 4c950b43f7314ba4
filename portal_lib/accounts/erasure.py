"""Erasing an account: what tells who somebody was goes, what the law asks to keep stays, tied to an opaque number.

The row stays, empty, so that its number and its Hub name are never given again: whoever registers the same login
afterwards is somebody else and inherits nothing. Consents stay as proof, events without address and personal detail;
receipts in the data database know only the Hub name.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db, mail
from portal_lib.accounts import audit, sessions
from portal_lib.accounts.exceptions import NoSuchLogin
from portal_lib.accounts.exceptions.profile import ErasureNotConfirmed, StaffNotErased
from portal_lib.accounts.messages.profile import erased_mail
from portal_lib.accounts.names import login_key
from portal_lib.accounts.own_password import account_of, prove
from portal_lib.accounts.tables import (
    account,
    account_customer,
    audit_event,
    export_token,
    known_device,
    outgoing_mail,
    recovery_code,
    recovery_request,
    report_mail,
    session,
    token,
)
from portal_lib.clock import Clock
from portal_lib.language import Said, language_of
from portal_lib.settings import Settings

#: What has to be typed: nobody erases an account by a slip.
CONFIRMATION = Said("CANCELLA", "ERASE")

#: What may stay in the detail of an event: facts about the event, none about the person.
_KEPT_DETAIL = frozenset(
    {"outcome", "reason", "purpose", "field", "from_state", "approved", "second_factor", "left", "door", "by"}
)
_GONE = (token, recovery_code, known_device, export_token, account_customer, session, report_mail, outgoing_mail)


def erase_own(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    hub_name: str,
    password: str,
    typed: str,
    *,
    address: str | None = None,
) -> None:
    """Erase one's own account, with the password and the typed word. Slow (Argon2id).

    The Hub forgets the person when it next carries ended sessions out.
    """
    if account_of(engine, hub_name).kind != "customer":
        raise StaffNotErased(login=account_of(engine, hub_name).login)
    if typed.strip().upper() not in (CONFIRMATION.it, CONFIRMATION.en):
        raise ErasureNotConfirmed("typed", word_it=CONFIRMATION.it, word_en=CONFIRMATION.en)
    row = prove(engine, clock, settings, hub_name, password, address=address)
    with engine.begin() as connection:
        _erase(connection, clock, settings, row.id, by="owner")


def erase(engine: Engine, clock: Clock, settings: Settings, login: str, *, by: str) -> str:
    """Erase an account for a person who asked in writing; gives back the login as it was registered.

    Raises :class:`NoSuchLogin`, or :class:`StaffNotErased`.
    """
    with engine.begin() as connection:
        row = connection.execute(sa.select(account).where(account.c.login_key == login_key(login))).one_or_none()
        if row is None or row.state == "erased":
            raise NoSuchLogin(login=login)
        if row.kind != "customer":
            raise StaffNotErased(login=row.login)
        _erase(connection, clock, settings, row.id, by=by)
    return str(row.login)


def forget_last_mails(engine: Engine) -> None:
    """Forget the mails to erased accounts that have gone out, or never will: their address is all that is left."""
    erased = sa.select(account.c.id).where(account.c.state == "erased")
    over = sa.and_(outgoing_mail.c.account_id.in_(erased), outgoing_mail.c.text == "")
    with db.reading(engine) as connection:
        found = connection.execute(sa.select(outgoing_mail.c.id).where(over).limit(1)).first()
    if found is not None:
        with engine.begin() as connection:
            connection.execute(outgoing_mail.delete().where(over))


def _erase(connection: Connection, clock: Clock, settings: Settings, account_id: int, *, by: str) -> None:
    row = connection.execute(sa.select(account).where(account.c.id == account_id)).one()
    if row.state == "erased":
        return
    # First the sessions, while the account still says whose they are; the Hub forgets the user with them.
    sessions.end_all(connection, clock, account_id, "erased", forget=True)
    for table in _GONE:
        connection.execute(table.delete().where(table.c.account_id == account_id))
    _forget_requests(connection, row)
    connection.execute(
        account.update()
        .where(account.c.id == account_id)
        .values(
            state="erased",
            login="",
            login_key=f"erased:{row.hub_name}",  # no login may hold a colon
            first_name="",
            last_name="",
            **dict.fromkeys(
                (
                    "password_hash", "tax_code", "vat", "gender", "email", "mobile", "password_changed_at",
                    "totp_secret", "totp_since", "totp_last_step", "sign_on_subject",
                )
            ),
        )
    )  # fmt: skip
    audit.record(connection, audit.Event.ACCOUNT_ERASED, clock, account_id=account_id, by=by)
    for event in connection.execute(sa.select(audit_event).where(audit_event.c.account_id == account_id)).all():
        kept = {name: value for name, value in event.detail.items() if name in _KEPT_DETAIL and value != row.login}
        connection.execute(audit_event.update().where(audit_event.c.id == event.id).values(address=None, detail=kept))
    if row.email is not None:
        last = erased_mail(settings, language_of(row.language), recipient=row.email, first_name=row.first_name)
        mail.queue(connection, last, clock, account_id=account_id)


def _forget_requests(connection: Connection, row: sa.Row[Any]) -> None:
    """Requests of the recovery pages that name this person and wait for their answer."""
    own = {login_key(row.login), (row.tax_code or "").casefold()} - {""}
    for request in connection.execute(sa.select(recovery_request)).all():
        if any(isinstance(value, str) and login_key(value) in own for value in request.asked.values()):
            connection.execute(recovery_request.delete().where(recovery_request.c.id == request.id))
