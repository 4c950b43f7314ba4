"""JupyterHub's own pages, closed to those who have no business there.

They exist for everybody until closed. A customer is led back to the portal; the roles in
``jupyterhub_config`` refuse the API behind them as well.
"""

from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.pages import HomeHandler, SpawnHandler, SpawnPendingHandler
from tornado import web

from portal_lib.hub.landing import groups_of, landing_of
from portal_lib.hub.wiring import Wiring


class _For:
    """Lets members of some groups in and leads others to where they belong."""

    groups: frozenset[str]

    async def prepare(self) -> None:
        await super().prepare()  # type: ignore[misc]
        user = self.current_user  # type: ignore[attr-defined]
        if user is not None and self.groups.isdisjoint(groups_of(user)):
            self.redirect(landing_of(user))  # type: ignore[attr-defined]


class StaffHome(_For, HomeHandler):
    """The Hub's home page, where analysts start and leave JupyterLab."""

    groups = frozenset({"analysts"})


class AnalystSpawn(_For, SpawnHandler):
    """Starting JupyterLab."""

    groups = frozenset({"analysts"})


class AnalystSpawnPending(_For, SpawnPendingHandler):
    """Waiting for JupyterLab."""

    groups = frozenset({"analysts"})


class Closed(BaseHandler):
    """Pages that nobody needs here: tokens by hand, shared servers."""

    @web.authenticated
    def get(self) -> None:
        self.redirect(landing_of(self.current_user))

    @web.authenticated
    def post(self) -> None:
        raise web.HTTPError(403)


def routes(_wiring: Wiring) -> list[tuple[Any, ...]]:
    return [
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
