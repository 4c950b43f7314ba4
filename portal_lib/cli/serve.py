"""``portal run``: serve the portal."""

from collections.abc import Callable

from portal_lib.cli.output import say


def run() -> None:
    """Serve the portal until Ctrl-C: proxy, Hub and pages, side by side.

    Example: PORTAL_CONFIG=/etc/portal/portal.toml portal run
    """
    serve()


def serve(welcome: Callable[[], None] | None = None) -> None:
    """Serve the portal; ``welcome`` says more than the address, once everything answers (the demo does)."""
    from portal_lib.serving.places import isolates_analysts
    from portal_lib.serving.portal import serve as serve_portal
    from portal_lib.settings import load_settings

    settings = load_settings()
    if not isolates_analysts():
        say(
            "portal: not running as root, so analysts' notebooks run under this same user and are not isolated from "
            "the portal's files. Give staff accounts only to people who may read everything."
        )

    def ready() -> None:
        if welcome is not None:
            welcome()
        else:
            say(f"portal: ready at {settings.address} - Ctrl-C ends it; logs are in {settings.var / 'logs'}")

    serve_portal(settings, say, ready)
