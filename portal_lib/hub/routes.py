"""Every address that the portal adds to the Hub's, or takes from it. All of them stand below ``/hub``."""

from typing import Any

from jupyterhub.handlers.static import CacheControlStaticFilesHandler

from portal_lib.hub.handlers_closed import AnalystSpawn, AnalystSpawnPending, Closed, StaffHome
from portal_lib.hub.handlers_confirmation import ConfirmationPage, FreshLinkPage
from portal_lib.hub.handlers_login import LoginPage, LogoutPage
from portal_lib.hub.handlers_outbox import OutboxMailPage, OutboxPage
from portal_lib.hub.handlers_people import PersonHandler
from portal_lib.hub.handlers_registration import NoticePage, RegistrationPage, WelcomePage
from portal_lib.hub.pages import STATIC
from portal_lib.hub.wiring import Wiring


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    """For ``Authenticator.get_handlers``: the Hub asks these before its own."""
    ours = {"wiring": wiring}
    outbox = [(r"/posta", OutboxPage, ours), (r"/posta/(\d{8})", OutboxMailPage, ours)]
    return [
        (r"/login", LoginPage),
        (r"/logout", LogoutPage),
        (r"/registrati", RegistrationPage, ours),
        (r"/registrati/benvenuto", WelcomePage, ours),
        (r"/conferma", ConfirmationPage, ours),
        (r"/conferma/nuovo-link", FreshLinkPage, ours),
        (r"/informativa", NoticePage, ours),
        *(outbox if wiring.settings.outbox else []),
        (r"/api/portale/people/([^/]+)", PersonHandler, ours),
        (r"/portale-static/(.*)", CacheControlStaticFilesHandler, {"path": str(STATIC)}),
        # The Hub's own pages, for those who need them.
        (r"/home", StaffHome),
        (r"/spawn", AnalystSpawn),
        (r"/spawn/([^/]+)", AnalystSpawn),
        (r"/spawn/([^/]+)/([^/]+)", AnalystSpawn),
        (r"/spawn-pending/([^/]+)", AnalystSpawnPending),
        (r"/spawn-pending/([^/]+)/([^/]+)", AnalystSpawnPending),
        (r"/token", Closed),
        (r"/accept-share", Closed),
    ]
