"""The supplier's own people: analysts and operators."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from portal_lib import db
from portal_lib.accounts import audit, case, sessions
from portal_lib.accounts.exceptions import BadEmail, NoSuchGroup, TakenUsername
from portal_lib.accounts.exceptions.staff import NoSuchStaff
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.names import check_staff_login, login_key, staff_hub_name
from portal_lib.accounts.password_reset import start_reset
from portal_lib.accounts.password_rules import about, check_password
from portal_lib.accounts.passwords import hash_password
from portal_lib.accounts.registration_form import is_email
from portal_lib.accounts.tables import account, staff_member
from portal_lib.clock import Clock
from portal_lib.settings import Settings

StaffGroup = Literal["analysts", "operators"]
GROUPS: tuple[StaffGroup, ...] = get_args(StaffGroup)


@dataclass(frozen=True)
class StaffMember:
    """``number`` is theirs for good: it fixes the numeric user id of their JupyterLab."""

    login: str
    hub_name: str
    group: StaffGroup
    number: int


def add(engine: Engine, clock: Clock, login: str, group: StaffGroup, password: str) -> StaffMember:
    """Add a staff member with a password, active at once: for set-ups without people, such as demo and tests.

    Raises :class:`BadStaffLogin`, :class:`NoSuchGroup`, :class:`WeakPassword`, :class:`PasswordTooLong` or
    :class:`TakenUsername`.
    """
    _check(login, group)
    check_password(password, about=about(username=login))
    if find(engine, login) is not None:
        raise TakenUsername
    return _add(engine, clock, login, group, password_hash=hash_password(password))


def invite(
    engine: Engine, clock: Clock, settings: Settings, login: str, group: StaffGroup, email: str, *, by: str
) -> StaffMember:
    """Add a staff member who chooses a password by the link of a mail; nobody else ever knows it.

    Raises :class:`BadStaffLogin`, :class:`NoSuchGroup`, :class:`BadEmail` or :class:`TakenUsername`.
    """
    _check(login, group)
    if not is_email(email.strip()):
        raise BadEmail("email")
    member = _add(engine, clock, login, group, email=email.strip(), by=by)
    start_reset(engine, clock, settings, case.id_of(engine, login), by=by)
    return member


def set_group(engine: Engine, clock: Clock, login: str, group: StaffGroup, *, by: str) -> str:
    """Move somebody to the other group, and log them out everywhere; gives back the group they were in.

    Raises :class:`NoSuchStaff` or :class:`NoSuchGroup`.
    """
    if group not in GROUPS:
        raise NoSuchGroup(group=group, groups=", ".join(GROUPS))
    with engine.begin() as connection:
        row = connection.execute(
            sa.select(account.c.id, staff_member.c.group)
            .join(staff_member)
            .where(account.c.login_key == login_key(login), account.c.state != "erased")
        ).one_or_none()
        if row is None:
            raise NoSuchStaff(login=login)
        if row.group != group:
            connection.execute(staff_member.update().where(staff_member.c.account_id == row.id).values(group=group))
            sessions.end_all(connection, clock, row.id, "group", by=by)
            audit.record(
                connection,
                audit.Event.STAFF_GROUP_CHANGED,
                clock,
                account_id=row.id,
                from_group=row.group,
                group=group,
                by=by,
            )
        return str(row.group)


def list_staff(engine: Engine) -> list[dict[str, Any]]:
    """Everybody of the staff for the command line's list, by login; instants in UTC."""
    with db.reading(engine) as connection:
        rows = connection.execute(
            sa.select(account, staff_member.c.group, staff_member.c.number)
            .join(staff_member)
            .where(account.c.state != "erased")
            .order_by(account.c.login_key)
        ).all()
    return [
        {
            "login": row.login,
            "group": row.group,
            "state": row.state,
            "comes_in_by": "single sign-on"
            if row.sign_on_subject
            else "password"
            if row.password_hash
            else "no password chosen yet",
            "second_factor": row.totp_since is not None,
            "email": row.email,
            "number": row.number,
            "created_at": row.created_at.isoformat(timespec="seconds") + "Z",
        }
        for row in rows
    ]


def find(engine: Engine, login: str) -> StaffMember | None:
    """The staff member with this login name, or None."""
    with db.reading(engine) as connection:
        row = connection.execute(
            sa.select(account.c.login, account.c.hub_name, staff_member.c.group, staff_member.c.number)
            .join(staff_member)
            .where(account.c.login_key == login_key(login))
        ).one_or_none()
    return None if row is None else StaffMember(row.login, row.hub_name, row.group, row.number)


def number(engine: Engine, hub_name: str) -> int:
    """The number of the staff member with this Hub name; :class:`LookupError` where there is none."""
    with db.reading(engine) as connection:
        known = connection.execute(
            sa.select(staff_member.c.number).join(account).where(account.c.hub_name == hub_name)
        ).scalar_one_or_none()
    if known is None:
        raise LookupError(f"{hub_name} is no staff member")
    return int(known)


def _check(login: str, group: StaffGroup) -> None:
    check_staff_login(login)
    if group not in GROUPS:
        raise NoSuchGroup(group=group, groups=", ".join(GROUPS))


def _add(
    engine: Engine,
    clock: Clock,
    login: str,
    group: StaffGroup,
    *,
    password_hash: str | None = None,
    email: str | None = None,
    by: str | None = None,
) -> StaffMember:
    now = stored_now(clock)
    facts = {"group": str(group)} | ({"by": by} if by else {})
    try:
        with engine.begin() as connection:
            account_id = connection.execute(
                account.insert()
                .values(
                    kind="staff",
                    hub_name=staff_hub_name(login),
                    login=login,
                    login_key=login_key(login),
                    password_hash=password_hash,
                    email=email,
                    state="active",
                    created_at=now,
                    confirmed_at=now,
                )
                .returning(account.c.id)
            ).scalar_one()
            own = next_number(connection)
            connection.execute(staff_member.insert().values(account_id=account_id, number=own, group=group))
            audit.record(connection, audit.Event.STAFF_ADDED, clock, account_id=account_id, **facts)
    except IntegrityError:
        raise TakenUsername from None
    return StaffMember(login, staff_hub_name(login), group, own)


def next_number(connection: Connection) -> int:
    """The number of the next staff member."""
    highest = connection.execute(sa.select(sa.func.max(staff_member.c.number))).scalar_one()
    return (highest or 0) + 1
