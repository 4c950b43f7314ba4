"""Activation by staff: for accounts that have no address to confirm, and for people whose mail never came."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import audit, tokens
from portal_lib.accounts.exceptions import AlreadyActive, FrozenNotActivated, NoSuchLogin
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.names import login_key
from portal_lib.accounts.tables import account
from portal_lib.clock import Clock


def activate(engine: Engine, clock: Clock, login: str, *, by: str | None = None, address: str | None = None) -> str:
    """Open an account that is waiting or unconfirmed; gives back the login as it was registered.

    ``by`` is the staff member who identified its owner. Raises :class:`NoSuchLogin`, :class:`AlreadyActive` or
    :class:`FrozenNotActivated`.
    """
    with engine.begin() as connection:
        row = connection.execute(
            sa.select(account).where(account.c.login_key == login_key(login)).with_for_update()
        ).one_or_none()
        if row is None or row.state == "erased":
            raise NoSuchLogin(login=login)
        if row.state == "active":
            raise AlreadyActive(login=row.login)
        if row.state == "frozen":
            raise FrozenNotActivated(login=row.login)
        connection.execute(
            account.update().where(account.c.id == row.id).values(state="active", confirmed_at=stored_now(clock))
        )
        tokens.expire_all(connection, row.id, "confirmation", clock)
        facts = {"from_state": row.state} | ({"by": by} if by else {})
        audit.record(connection, audit.Event.ACCOUNT_ACTIVATED, clock, account_id=row.id, address=address, **facts)
        return str(row.login)
