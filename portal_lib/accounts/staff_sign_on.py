"""Staff who come in by the company's identity provider: who they are here, by issuer and subject alone.

A login name is an attribute that a provider may give to somebody else one day, so it never decides whose account this
is. The group is read anew at each sign-on; who is in none any more is refused and logged out wherever they still are.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from portal_lib.accounts import audit, sessions, tokens
from portal_lib.accounts.exceptions import AccountFrozen, BadStaffLogin
from portal_lib.accounts.exceptions.staff import (
    BadSubject,
    NoIssuer,
    NoStaffGroup,
    NoStaffLogin,
    NoSuchStaff,
    SignOnNameTaken,
    SubjectTaken,
)
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.names import check_staff_login, login_key, staff_hub_name
from portal_lib.accounts.people import Person, person
from portal_lib.accounts.registration_form import is_email
from portal_lib.accounts.staff import StaffGroup, next_number
from portal_lib.accounts.tables import account, export_token, recovery_code, staff_member
from portal_lib.clock import Clock
from portal_lib.refused import Refused
from portal_lib.settings import Settings

_LONGEST_SUBJECT = 255


@dataclass(frozen=True)
class SignedOn:
    """What a verified ID token says. Only the sign-on's own page makes one; no form or API call can."""

    issuer: str
    sub: str
    login: str
    groups: frozenset[str]
    first_name: str = ""
    last_name: str = ""
    email: str = ""

    @property
    def subject(self) -> str:
        """The identity: issuer and subject, as the database keeps it."""
        return subject_of(self.issuer, self.sub)


def subject_of(issuer: str, sub: str) -> str:
    """How an identity stands in ``account.sign_on_subject``; :class:`BadSubject`."""
    subject = f"{issuer.rstrip('/')} {sub}"
    if not re.fullmatch(r"[!-~]+", sub) or len(subject) > _LONGEST_SUBJECT:
        raise BadSubject
    return subject


def group_of(settings: Settings, groups: Collection[str]) -> StaffGroup | None:
    """Which of our groups these groups of the provider make somebody a member of.

    Who is in both is an operator: whoever looks after accounts reads no curves.
    """
    if settings.sign_on_operators in groups:
        return "operators"
    if settings.sign_on_analysts in groups:
        return "analysts"
    return None


def sign_on(engine: Engine, clock: Clock, settings: Settings, who: SignedOn, *, address: str | None = None) -> Person:
    """The staff member with this identity, added at their first sign-on.

    Raises :class:`NoStaffGroup`, :class:`NoStaffLogin`, :class:`SignOnNameTaken`, :class:`BadSubject` or
    :class:`AccountFrozen`. A change of group ends the sessions that began under the old one; the caller carries the
    ends out before the new one begins.
    """
    group = group_of(settings, who.groups)
    try:
        with engine.begin() as connection:
            row = connection.execute(sa.select(account).where(account.c.sign_on_subject == who.subject)).one_or_none()
            refusal = _refusal(row, group)
            if refusal is not None:
                _refuse(connection, clock, row, refusal, address)
            else:
                if group is None:  # pragma: no cover - refused above
                    raise NoStaffGroup
                account_id = _first_time(connection, clock, settings, who, group) if row is None else int(row.id)
                _update(connection, clock, who, account_id, group)
                audit.record(
                    connection, audit.Event.STAFF_SIGNED_ON, clock, account_id=account_id, address=address, group=group
                )
                return person(
                    connection, connection.execute(sa.select(account).where(account.c.id == account_id)).one()
                )
    except IntegrityError:
        # Somebody else took the name at the same moment.
        raise SignOnNameTaken(login=who.login[:64]) from None
    # Raised outside the transaction, which would otherwise take the audit event back.
    raise refusal


def link(engine: Engine, clock: Clock, settings: Settings, login: str, sub: str, *, by: str) -> str:
    """Hand a local staff account over to an identity of the provider; gives back the login.

    From then on it opens by single sign-on alone: its password and second factor go, and its sessions end. Raises
    :class:`NoIssuer`, :class:`BadSubject`,
    :class:`NoSuchStaff` or :class:`SubjectTaken`.
    """
    if settings.sign_on_issuer is None:
        raise NoIssuer
    subject = subject_of(settings.sign_on_issuer, sub.strip())
    with engine.begin() as connection:
        row = connection.execute(
            sa.select(account).join(staff_member).where(account.c.login_key == login_key(login))
        ).one_or_none()
        if row is None or row.state == "erased":
            raise NoSuchStaff(login=login)
        owner = connection.execute(
            sa.select(account.c.login).where(account.c.sign_on_subject == subject, account.c.id != row.id)
        ).scalar_one_or_none()
        if owner is not None:
            raise SubjectTaken(login=owner)
        connection.execute(
            account.update()
            .where(account.c.id == row.id)
            .values(sign_on_subject=subject, password_hash=None, totp_secret=None, totp_since=None, totp_last_step=None)
        )
        connection.execute(recovery_code.delete().where(recovery_code.c.account_id == row.id))
        connection.execute(
            export_token.update()
            .where(export_token.c.account_id == row.id, export_token.c.revoked_at.is_(None))
            .values(revoked_at=stored_now(clock))
        )
        tokens.expire_own(connection, row.id, clock)
        sessions.end_all(connection, clock, row.id, "sign-on")
        audit.record(connection, audit.Event.STAFF_LINKED, clock, account_id=row.id, by=by)
        return str(row.login)


def _refusal(row: sa.Row[tuple[object, ...]] | None, group: StaffGroup | None) -> Refused | None:
    if row is not None and row.state != "active":
        return AccountFrozen()
    return NoStaffGroup() if group is None else None


def _refuse(
    connection: Connection,
    clock: Clock,
    row: sa.Row[tuple[object, ...]] | None,
    refusal: Refused,
    address: str | None,
) -> None:
    reason = "group" if isinstance(refusal, NoStaffGroup) else "frozen"
    known = None if row is None else row.id
    if row is not None and reason == "group":
        sessions.end_all(connection, clock, row.id, "group", address=address)
    audit.record(connection, audit.Event.STAFF_REFUSED, clock, account_id=known, address=address, reason=reason)


def _first_time(connection: Connection, clock: Clock, settings: Settings, who: SignedOn, group: StaffGroup) -> int:
    try:
        login = check_staff_login(who.login)
    except BadStaffLogin:
        raise NoStaffLogin(claim=settings.sign_on_login_claim) from None
    taken = sa.select(account.c.id).where(
        (account.c.login_key == login_key(login)) | (account.c.hub_name == staff_hub_name(login))
    )
    if connection.execute(taken).first() is not None:
        raise SignOnNameTaken(login=login)
    now = stored_now(clock)
    account_id: int = connection.execute(
        account.insert()
        .values(
            kind="staff",
            hub_name=staff_hub_name(login),
            login=login,
            login_key=login_key(login),
            password_hash=None,
            state="active",
            created_at=now,
            confirmed_at=now,
            sign_on_subject=who.subject,
        )
        .returning(account.c.id)
    ).scalar_one()
    number = next_number(connection)
    connection.execute(staff_member.insert().values(account_id=account_id, number=number, group=group))
    audit.record(connection, audit.Event.STAFF_ADDED, clock, account_id=account_id, group=group, by="sign-on")
    return account_id


def _update(connection: Connection, clock: Clock, who: SignedOn, account_id: int, group: StaffGroup) -> None:
    """What the provider says today: name, address, group."""
    connection.execute(
        account.update()
        .where(account.c.id == account_id)
        .values(
            first_name=_plain(who.first_name),
            last_name=_plain(who.last_name),
            email=who.email.strip() if is_email(who.email.strip()) else None,
        )
    )
    before = connection.execute(
        sa.select(staff_member.c.group).where(staff_member.c.account_id == account_id)
    ).scalar_one()
    if before != group:
        connection.execute(staff_member.update().where(staff_member.c.account_id == account_id).values(group=group))
        sessions.end_all(connection, clock, account_id, "group")
        audit.record(
            connection,
            audit.Event.STAFF_GROUP_CHANGED,
            clock,
            account_id=account_id,
            from_group=before,
            group=group,
            by="sign-on",
        )


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()[:100]
