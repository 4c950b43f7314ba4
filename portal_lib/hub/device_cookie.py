"""The cookie by which an account knows a browser again (:mod:`portal_lib.accounts.known_devices`).

Signed, so that only a value that the Hub has given out counts; it opens nothing by itself.
"""

import asyncio
from typing import Any

from portal_lib.accounts import known_devices
from portal_lib.accounts.known_devices import LIFETIME
from portal_lib.hub.wiring import Wiring

COOKIE = "portale-dispositivo"


def device_of(handler: Any) -> str | None:
    """The secret of the browser that asks, or None."""
    value = handler.get_signed_cookie(COOKIE, max_age_days=LIFETIME.days)
    return value.decode("ascii", "replace") if value else None


async def remember_device(handler: Any, wiring: Wiring, hub_name: str) -> None:
    """From now on this account knows the browser that asks."""
    secret = await asyncio.to_thread(
        known_devices.remember, wiring.accounts, wiring.clock, hub_name, device_of(handler)
    )
    handler.set_signed_cookie(
        COOKIE,
        secret,
        expires_days=LIFETIME.days,
        path=handler.hub.base_url,
        httponly=True,
        samesite="lax",
        secure=handler.request.protocol == "https",
    )
