"""How often somebody may try to come in, and whose tries are counted together.

Counted before any password is looked at: per account (known or not), per address and all together. The password was
right: the try is given back. A browser in which the account has logged in before is counted by itself alone, so that
strangers who try, however often and from wherever, never keep the owner out of it; in any other browser the owner
gets in once a share of the period has passed without a stranger's try taking it, or, at any time, after a reset by
mail, which forgets the account's tries and makes the browser it was done in a known one.

With the limits as they come (10 in 15 minutes for an account or a known browser): after ten wrong passwords one more
try opens every ninety seconds, and all ten are back after a quarter of an hour. An address has sixty tries a quarter
of an hour, everybody together three thousand; known browsers count for neither. The code of the second factor is
counted apart, for each account, by who has its password.
"""

from typing import Any

import sqlalchemy as sa

from portal_lib.accounts import throttle
from portal_lib.accounts.throttle import Try
from portal_lib.settings import Settings


def of_stranger(settings: Settings, login_key: str, address: str | None) -> list[Try]:
    """What a try in a browser that the account does not know counts against."""
    return [
        _account(settings, login_key),
        Try("login-address", throttle.network(address), settings.limit_login_address),
        Try("login-overall", "", settings.limit_login_overall),
    ]


def of_known_device(settings: Settings, device_sha256: str) -> list[Try]:
    """What a try in a browser that the account knows counts against."""
    return [Try("login-device", device_sha256, settings.limit_login_account)]


def of_code(settings: Settings, account_id: int) -> list[Try]:
    """What a code of the second factor counts against; the password was right before."""
    return [Try("login-code", str(account_id), settings.limit_login_account)]


def of_account(settings: Settings, row: sa.Row[Any]) -> list[Try]:
    """All that keeps the account of a row locked wherever one tries: what a reset, or staff, may forget."""
    return [
        _account(settings, row.login_key),
        *of_code(settings, row.id),
        Try("own-password", row.hub_name, settings.limit_login_account),
    ]


def _account(settings: Settings, login_key: str) -> Try:
    return Try("login-account", login_key, settings.limit_login_account)
