"""What staff do for an account: one function a deed, behind the operators' page and the command line alike.

Each is written down with who did it. Nobody here sees or sets a password. An operator of the page looks after
customers; of colleagues' accounts, which would open more than their own does, they can only end sessions and have a
link for a new password sent to the colleague's own address. The command line can do all: whoever may call it can read
the database anyway.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import activation, approval, audit, freezing, password_reset, second_factor, sessions, throttle
from portal_lib.accounts import tokens as links
from portal_lib.accounts.case import Case, row_of, tries_of
from portal_lib.accounts.exceptions.operators import (
    AlreadyApproved,
    AlreadyFrozen,
    NoSuchCode,
    NotForStaff,
    NotFrozen,
    NothingToConfirm,
)
from portal_lib.accounts.registration import send_confirmation
from portal_lib.accounts.tables import account_customer
from portal_lib.clock import Clock
from portal_lib.language import Said, language_of
from portal_lib.settings import Settings


@dataclass(frozen=True)
class Desk:
    """Who looks after accounts, and where. ``by`` is a staff login (on the command line, ``cli:`` and the user)."""

    engine: Engine
    clock: Clock
    settings: Settings
    by: str
    address: str | None = None
    #: Whether colleagues' accounts may be changed as well: on the command line.
    trusted: bool = False


@dataclass(frozen=True)
class Deed:
    """One thing that staff can do: what its button says, what is said afterwards, and when it makes sense."""

    label: Said
    done: Said
    do: Callable[[Desk, int], None]
    offered: Callable[[Case], bool]
    for_staff: bool = False


def activate(desk: Desk, account_id: int) -> None:
    """Open an account that is waiting or unconfirmed, once its owner has been identified."""
    activation.activate(desk.engine, desk.clock, _login(desk, account_id), by=desk.by, address=desk.address)


def resend(desk: Desk, account_id: int) -> None:
    """Send a fresh confirmation link; older ones stop working. Raises :class:`NothingToConfirm`."""
    with desk.engine.begin() as connection:
        row = row_of(connection, account_id, lock=True)
        if row.state != "unconfirmed" or row.email is None:
            raise NothingToConfirm(login=row.login)
        links.expire_all(connection, row.id, "confirmation", desk.clock)
        send_confirmation(
            connection,
            desk.clock,
            desk.settings,
            row.id,
            recipient=row.email,
            first_name=row.first_name,
            login=row.login,
            language=language_of(row.language),
        )
        audit.record(
            connection,
            audit.Event.ACCOUNT_CONFIRMATION_RESENT,
            desk.clock,
            account_id=row.id,
            address=desk.address,
            by=desk.by,
        )


def approve(desk: Desk, account_id: int, code: str) -> None:
    """Let an account see a customer's data. Raises :class:`NoSuchCode` or :class:`AlreadyApproved`."""
    login = _login(desk, account_id)
    with db.reading(desk.engine) as connection:
        held = connection.execute(
            sa.select(account_customer.c.customer_code).where(
                account_customer.c.account_id == account_id, account_customer.c.customer_code == code
            )
        ).one_or_none()
    if held is None:
        raise NoSuchCode(login=login, code=code)
    if not approval.approve(desk.engine, desk.clock, desk.settings, account_id, code, by=desk.by, address=desk.address):
        raise AlreadyApproved(login=login, code=code)


def freeze(desk: Desk, account_id: int) -> None:
    """Close an account at once, with its sessions, links and export tokens. Raises :class:`AlreadyFrozen`."""
    login = _login(desk, account_id)
    if not freezing.freeze(desk.engine, desk.clock, account_id, by=desk.by, address=desk.address):
        raise AlreadyFrozen(login=login)


def unfreeze(desk: Desk, account_id: int) -> None:
    """Open a frozen account again, as far as it had come. Raises :class:`NotFrozen`."""
    login = _login(desk, account_id)
    if freezing.unfreeze(desk.engine, desk.clock, account_id, by=desk.by, address=desk.address) is None:
        raise NotFrozen(login=login)


def unlock(desk: Desk, account_id: int) -> None:
    """Forget what has been counted against an account, so that its owner can try again now."""
    with desk.engine.begin() as connection:
        row = row_of(connection, account_id, lock=True)
        throttle.forget(connection, tries_of(desk.settings, row))
        audit.record(
            connection,
            audit.Event.ACCOUNT_UNLOCKED,
            desk.clock,
            account_id=row.id,
            address=desk.address,
            by=desk.by,
        )


def end_sessions(desk: Desk, account_id: int) -> None:
    """Log an account out of every browser."""
    with desk.engine.begin() as connection:
        row = row_of(connection, account_id, lock=True)
        sessions.end_all(connection, desk.clock, row.id, "staff", address=desk.address, by=desk.by)


def start_reset(desk: Desk, account_id: int) -> None:
    """Send the link for choosing a new password to the account's own address; nobody else ever sees it."""
    _login(desk, account_id)
    password_reset.start_reset(desk.engine, desk.clock, desk.settings, account_id, by=desk.by, address=desk.address)


def second_factor_off(desk: Desk, account_id: int) -> None:
    """Turn a lost second factor off, once its owner has been identified; they hear of it by mail."""
    with db.reading(desk.engine) as connection:
        hub_name = row_of(connection, account_id).hub_name
    second_factor.disable(desk.engine, desk.clock, desk.settings, hub_name, by=desk.by, address=desk.address)


#: By the name that stands in the page's addresses and, with hyphens, on the command line.
DEEDS: Mapping[str, Deed] = {
    "activate": Deed(
        Said("Attiva l'account", "Activate the account"),
        Said("L'account è attivo: la persona può accedere.", "The account is active: its owner can log in."),
        activate,
        lambda case: case.state in ("unconfirmed", "waiting"),
    ),
    "resend": Deed(
        Said("Invia di nuovo il link di conferma", "Send the confirmation link again"),
        Said("Un nuovo link di conferma è in partenza.", "A fresh confirmation link is on its way."),
        resend,
        lambda case: case.state == "unconfirmed" and case.email is not None,
    ),
    "unlock": Deed(
        Said("Azzera i tentativi", "Forget the tries"),
        Said("I tentativi sono azzerati: si può riprovare subito.", "The tries are forgotten: one can try again now."),
        unlock,
        lambda case: bool(case.locked),
    ),
    "end-sessions": Deed(
        Said("Chiudi tutte le sessioni", "End all sessions"),
        Said("Tutte le sessioni sono chiuse.", "All sessions have ended."),
        end_sessions,
        lambda case: bool(case.sessions),
        for_staff=True,
    ),
    "start-reset": Deed(
        Said("Invia il link per una nuova password", "Send the link for a new password"),
        Said(
            "Il link per scegliere una nuova password è in partenza, all'indirizzo dell'account.",
            "The link for choosing a new password is on its way, to the account's own address.",
        ),
        start_reset,
        lambda case: case.state == "active" and case.email is not None and not case.signs_on,
        for_staff=True,
    ),
    "second-factor-off": Deed(
        Said("Disattiva il secondo fattore", "Turn the second factor off"),
        Said(
            "Il secondo fattore è disattivato: per entrare basta la password. La persona lo sa per mail.",
            "The second factor is off: the password alone lets in. Its owner hears of it by mail.",
        ),
        second_factor_off,
        lambda case: case.second_factor_since is not None,
    ),
    "freeze": Deed(
        Said("Sospendi l'account", "Freeze the account"),
        Said("L'account è sospeso e le sue sessioni sono chiuse.", "The account is frozen, its sessions have ended."),
        freeze,
        lambda case: case.state != "frozen",
    ),
    "unfreeze": Deed(
        Said("Riapri l'account", "Open the account again"),
        Said("L'account è riaperto.", "The account is open again."),
        unfreeze,
        lambda case: case.state == "frozen",
    ),
}  # fmt: skip


def do(desk: Desk, name: str, account_id: int) -> Said:
    """Do one of :data:`DEEDS`; gives back what to say. Raises :class:`NotForStaff` and what the deed raises."""
    deed = DEEDS[name]
    _may(desk, account_id, deed.for_staff)
    deed.do(desk, account_id)
    return deed.done


def offered(desk: Desk, case: Case) -> list[str]:
    """The names of the deeds that make sense for an account now, and that this desk may do."""
    return [
        name
        for name, deed in DEEDS.items()
        if deed.offered(case) and (desk.trusted or case.kind == "customer" or deed.for_staff)
    ]


def _may(desk: Desk, account_id: int, for_staff: bool) -> None:
    with db.reading(desk.engine) as connection:
        kind = row_of(connection, account_id).kind
    if kind == "staff" and not for_staff and not desk.trusted:
        raise NotForStaff


def _login(desk: Desk, account_id: int) -> str:
    with db.reading(desk.engine) as connection:
        return str(row_of(connection, account_id).login)
