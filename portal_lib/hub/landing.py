"""Where people land: customers on their pages, analysts in JupyterLab, operators on theirs."""

from typing import Any

#: The customers' pages, a service of the Hub.
PAGES = "/services/portale/"


def groups_of(user: Any) -> frozenset[str]:
    """The names of a Hub user's groups; a service, which has none, is in no group."""
    return frozenset(group.name for group in getattr(user, "groups", ()))


def landing_of(user: Any) -> str:
    """Where a Hub user belongs."""
    groups = groups_of(user)
    if "analysts" in groups:
        return "/hub/spawn"
    if "operators" in groups:
        return "/hub/operatori"
    return PAGES


def default_url(handler: Any) -> str:
    """For ``c.JupyterHub.default_url``: the empty string sends who is not logged in to the login page."""
    user = handler.current_user
    return landing_of(user) if user is not None else ""
