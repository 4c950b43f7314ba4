"""The supplier's own people: analysts and operators."""

from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from portal_lib import db
from portal_lib.accounts import audit
from portal_lib.accounts.exceptions import NoSuchGroup, TakenUsername
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.names import check_staff_login, login_key, staff_hub_name
from portal_lib.accounts.password_rules import about, check_password
from portal_lib.accounts.passwords import hash_password
from portal_lib.accounts.tables import account, staff_member
from portal_lib.clock import Clock

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
    """Add a staff member, active at once.

    Raises :class:`BadStaffLogin`, :class:`NoSuchGroup`, :class:`WeakPassword`, :class:`PasswordTooLong` or
    :class:`TakenUsername`.
    """
    check_staff_login(login)
    if group not in GROUPS:
        raise NoSuchGroup(group=group, groups=", ".join(GROUPS))
    check_password(password, about=about(username=login))
    if find(engine, login) is not None:
        raise TakenUsername
    password_hash = hash_password(password)
    now = stored_now(clock)
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
                    state="active",
                    created_at=now,
                    confirmed_at=now,
                )
                .returning(account.c.id)
            ).scalar_one()
            own = next_number(connection)
            connection.execute(staff_member.insert().values(account_id=account_id, number=own, group=group))
            audit.record(connection, audit.Event.STAFF_ADDED, clock, account_id=account_id, group=group)
    except IntegrityError:
        raise TakenUsername from None
    return StaffMember(login, staff_hub_name(login), group, own)


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


def next_number(connection: Connection) -> int:
    """The number of the next staff member."""
    highest = connection.execute(sa.select(sa.func.max(staff_member.c.number))).scalar_one()
    return (highest or 0) + 1
