"""The password once more, before something that a thief of an open browser must not do.

Its tries are limited as those of a login are, those of an address together with it: an open session is no place to
guess a password in.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import throttle
from portal_lib.accounts.exceptions.profile import NoOwnPassword, WrongOwnPassword
from portal_lib.accounts.passwords import verify_or_pretend
from portal_lib.accounts.tables import account
from portal_lib.accounts.throttle import Try
from portal_lib.clock import Clock
from portal_lib.settings import Settings


def prove(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    hub_name: str,
    password: str,
    *,
    address: str | None = None,
    field: str = "password",
) -> sa.Row[Any]:
    """The account's row, once its password has been given; slow on purpose (Argon2id), so call it off the event loop.

    Raises :class:`WrongOwnPassword`, :class:`TooManyTries`, or :class:`NoOwnPassword` for who has none here.
    """
    row = account_of(engine, hub_name)
    if row.password_hash is None:
        raise NoOwnPassword
    tries = [
        Try("own-password", hub_name, settings.limit_login_account),
        Try("login-address", throttle.network(address), settings.limit_login_address),
    ]
    throttle.take(engine, clock, tries)
    if not verify_or_pretend(row.password_hash, password):
        raise WrongOwnPassword(field)
    throttle.give_back(engine, clock, tries)
    return row


def account_of(engine: Engine, hub_name: str) -> sa.Row[Any]:
    """The row of an account that may come in."""
    with db.reading(engine) as connection:
        return connection.execute(
            sa.select(account).where(account.c.hub_name == hub_name, account.c.state == "active")
        ).one()
