"""Every address that the portal adds to the Hub's, or takes from it. All of them stand below ``/hub``."""

from typing import Any

from jupyterhub.handlers.static import CacheControlStaticFilesHandler

from portal_lib.hub.handlers import (
    closed,
    confirmation,
    language,
    login,
    outbox,
    people,
    registration,
    sign_on,
)
from portal_lib.hub.pages import STATIC
from portal_lib.hub.wiring import Wiring

#: In the order in which an address is looked for.
_ROOMS = (
    login,
    sign_on,
    registration,
    confirmation,
    language,
    outbox,
    people,
    closed,
)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    """For ``Authenticator.get_handlers``: the Hub asks these before its own."""
    static = (r"/portale-static/(.*)", CacheControlStaticFilesHandler, {"path": str(STATIC)})
    return [static, *(route for room in _ROOMS for route in room.routes(wiring))]
