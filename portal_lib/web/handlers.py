"""What every address of the service shares: the visitor, security headers, and errors as pages in their language."""

import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler

from portal_lib import looks
from portal_lib.language import Said, language_of_cookies, speak, spoken
from portal_lib.refused import Refused
from portal_lib.settings import Settings
from portal_lib.web.manifest import Page
from portal_lib.web.refusals import Paced
from portal_lib.web.visitors import Guest, guest_of

_NO_FRAMES = "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": f"default-src 'self'; img-src 'self' data:; {_NO_FRAMES}",
}


def page_policy(nonce: str) -> str:
    """The content security policy of a notebook page: the bundle is its only script, and nothing is ever evaluated.

    Widgets size themselves by style attributes; a style element needs the nonce, which is the bundle's to give.
    """
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        f"style-src 'self' 'unsafe-inline'; style-src-elem 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
        f"{_NO_FRAMES}"
    )


_STYLE = Path(__file__).parents[2] / "hub_config" / "static" / "portal.css"

#: After so many seconds, a page that found no room is asked for again.
TRY_AGAIN_SECONDS = 10

_SENTENCES = {
    HTTPStatus.FORBIDDEN: Said("Non hai accesso a questa pagina.", "You have no access to this page."),
    HTTPStatus.NOT_FOUND: Said(
        "Questa pagina non esiste, o non è tra le tue.", "This page does not exist, or is not one of yours."
    ),
    HTTPStatus.TOO_MANY_REQUESTS: Said(
        "Hai già molte pagine aperte, o ne hai aperte molte in poco tempo. Chiudine una e ricarica questa tra qualche "
        "secondo.",
        "You have many pages open already, or opened many in a short time. Close one and reload this one in a few "
        "seconds.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Said(
        "In questo momento molti clienti usano il portale. Lascia aperta questa pagina: riprova da sola tra "
        f"{TRY_AGAIN_SECONDS} secondi.",
        "Many customers are using the portal right now. Leave this page open: it tries again by itself in "
        f"{TRY_AGAIN_SECONDS} seconds.",
    ),
}
_ANY_OTHER = Said(
    "Qualcosa non ha funzionato da parte nostra. Riprova tra qualche minuto.",
    "Something went wrong on our side. Try again in a few minutes.",
)


def style_address(settings: Settings, hub_prefix: str) -> str:
    """The style sheet of every page of the portal: the Hub's, at the address that its own pages use."""
    sheet = looks.variables(settings) + _STYLE.read_text(encoding="utf-8")
    return f"{hub_prefix}portale-static/portal.css?v={hashlib.sha256(sheet.encode()).hexdigest()[:12]}"


class PortalHandler(Paced, JupyterHandler):
    """A page or file of the service. ``self.guest`` is who asks; it comes from the Hub alone."""

    @property
    def guest(self) -> Guest:
        return guest_of(self.current_user.hub_user)

    async def prepare(self, *args: Any, **kwargs: Any) -> None:
        """Settle the language before anything is said."""
        speak(language_of_cookies(self.request.headers.get("Cookie", "")))
        await super().prepare(*args, **kwargs)

    def set_default_headers(self) -> None:
        for name, value in SECURITY_HEADERS.items():
            self.set_header(name, value)

    @property
    def content_security_policy(self) -> str:
        return SECURITY_HEADERS["Content-Security-Policy"]

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page with one sentence; the exception is in the log, never here. No page for who is refused too often."""
        if status_code < 500 and self.owes():
            self.in_one_line(status_code)
            return
        error = kwargs.get("exc_info", (None, None, None))[1]
        sentence = (
            error.say(spoken())
            if isinstance(error, Refused)
            else _SENTENCES.get(HTTPStatus(status_code), _ANY_OTHER).say(spoken())
        )
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(self.render_portal("message.html", sentence=sentence, status=status_code))

    def render_portal(self, template: str, **values: Any) -> str:
        """One of the service's own templates, with what the common header needs."""
        environment = self.settings["voila_jinja2_env"]
        return str(environment.get_template(template).render(**self.page_frame(), **values))

    def _offers(self, page: Page) -> bool:
        """Whether the header names this page: nobody is told of one that is not for them."""
        return self.current_user is not None and page.open_to(self.guest)

    def page_frame(self, who: str = "", here: str = "") -> dict[str, Any]:
        """What the common header needs: names, links, who is logged in, which page this is."""
        return {
            "frame": {
                "portal_name": self.settings["portal_settings"].portal_name,
                "supplier_name": self.settings["portal_settings"].supplier_name,
                "base": self.base_url,
                "hub": self.settings["hub_prefix"],
                "style": self.settings["style_address"],
                "who": who,
                "here": here,
                "pages": [page for page in self.settings.get("portal_pages", ()) if self._offers(page)],
                "language": spoken(),
            }
        }
