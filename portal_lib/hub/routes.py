"""Every address that the portal adds to the Hub's, or takes from it. All of them stand below ``/hub``."""

from typing import Any

from jupyterhub.handlers.static import CacheControlStaticFilesHandler

from portal_lib.hub.handlers import (
    closed,
    confirmation,
    contact,
    export_tokens,
    language,
    login,
    operators,
    operators_account,
    operators_mail,
    operators_reports,
    outbox,
    password_reset,
    people,
    profile_codes,
    profile_contact,
    profile_export_tokens,
    profile_password,
    profile_privacy,
    profile_reports,
    profile_second_factor,
    profile_sessions,
    profile_start,
    registration,
    sign_on,
    style_sheet,
    username_reminder,
)
from portal_lib.hub.pages import STATIC
from portal_lib.hub.wiring import Wiring

#: In the order in which an address is looked for.
_ROOMS = (
    login,
    sign_on,
    registration,
    confirmation,
    username_reminder,
    password_reset,
    contact,
    language,
    outbox,
    people,
    operators,
    operators_account,
    operators_mail,
    operators_reports,
    profile_start,
    profile_contact,
    profile_password,
    profile_second_factor,
    profile_sessions,
    profile_codes,
    profile_export_tokens,
    profile_reports,
    profile_privacy,
    export_tokens,
    closed,
)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    """For ``Authenticator.get_handlers``: the Hub asks these before its own."""
    static = (r"/portale-static/(.*)", CacheControlStaticFilesHandler, {"path": str(STATIC)})
    return [*style_sheet.routes(wiring), static, *(route for room in _ROOMS for route in room.routes(wiring))]
