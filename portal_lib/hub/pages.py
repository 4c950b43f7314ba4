"""What every page of the portal has in common: strict headers, the values of its frame, forms that keep what
was typed.

Pages need no JavaScript, and nothing of JupyterHub's own style.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.user import User
from sqlalchemy.exc import SQLAlchemyError
from tornado.httputil import url_concat
from tornado.web import HTTPError

from portal_lib import looks
from portal_lib.accounts.people import active_person
from portal_lib.hub.landing import PAGES, groups_of, landing_of
from portal_lib.hub.wiring import Wiring
from portal_lib.language import Said, spoken
from portal_lib.refused import Refused
from portal_lib.settings import Settings

log = logging.getLogger(__name__)

#: Where style sheet and logo lie; served below ``/hub/portale-static/``.
STATIC = Path(__file__).parents[2] / "hub_config" / "static"

#: Said when a form's secret has run out, or the browser keeps no cookies.
STALE = Said(
    it="La pagina è rimasta aperta troppo a lungo, oppure il browser non accetta i cookie. "
    "Controlla i dati e premi di nuovo il pulsante.",
    en="The page was open for too long, or the browser takes no cookies. Check what you typed and press the button "
    "again.",
)

#: No form of the portal comes near this; what is larger was not typed by a person.
_LARGEST_FORM = 64 * 1024


@dataclass(frozen=True)
class Frame:
    """What stands around a page."""

    portal_name: str
    supplier_name: str
    style: str  # address of the style sheet
    logo: str  # the supplier's logo, as a data: address
    pages: str  # address of the customers' pages
    outbox: bool  # the demo's mails can be read in the browser
    scripts: Mapping[str, str]  # addresses of the small scripts that pages may load, by file name


@dataclass(frozen=True)
class Who:
    """Who is logged in, as the header shows it."""

    name: str
    customer: bool
    analyst: bool
    operator: bool
    landing: str


def style_sheet(settings: Settings) -> str:
    """What ``portale-static/portal.css`` answers: the supplier's looks, and the rules that use them."""
    return looks.variables(settings) + (STATIC / "portal.css").read_text(encoding="utf-8")


def frame(wiring: Wiring, base_url: str) -> Frame:
    """The frame of every page; a new style sheet gets a new address, so that no browser shows the old one."""

    def address_of(name: str, content: bytes) -> str:
        return f"{base_url}portale-static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"

    return Frame(
        portal_name=wiring.settings.portal_name,
        supplier_name=wiring.settings.supplier_name,
        style=address_of("portal.css", style_sheet(wiring.settings).encode()),
        logo=looks.logo_address(wiring.settings),
        pages=PAGES,
        outbox=wiring.settings.outbox,
        scripts={path.name: address_of(path.name, path.read_bytes()) for path in sorted(STATIC.glob("*.js"))},
    )


def who(wiring: Wiring, user: Any) -> Who | None:
    """Who is logged in, by the name they registered with; None for nobody, and for services."""
    if user is None or not hasattr(user, "groups"):
        return None
    try:
        person = active_person(wiring.accounts, user.name)
    except SQLAlchemyError:
        # The page that says that something is wrong has a header too.
        log.exception("The accounts database did not say who %s is.", user.name)
        person = None
    groups = groups_of(user)
    return Who(
        name=(f"{person.first_name} {person.last_name}".strip() or person.login) if person else "",
        customer=groups.isdisjoint({"analysts", "operators"}),
        analyst="analysts" in groups,
        operator="operators" in groups,
        landing=landing_of(user),
    )


class StrictHeaders:
    """Headers of a page that runs no script, or small ones of ours, and loads nothing from elsewhere."""

    #: Who overrides it says why.
    style_sources: ClassVar[str] = "'self'"
    #: Whether the page loads a script of ours from ``hub_config/static``, which it works without.
    scripted: ClassVar[bool] = False

    @property
    def content_security_policy(self) -> str:
        scripts = "script-src 'self'; " if self.scripted else ""
        return (
            f"default-src 'none'; style-src {self.style_sources}; img-src 'self' data:; form-action 'self'; "
            f"{scripts}frame-ancestors 'none'; base-uri 'none'"
        )

    def get_content_type(self) -> str:
        return "text/html; charset=utf-8"

    def set_default_headers(self) -> None:
        super().set_default_headers()  # type: ignore[misc]
        # Links in mails carry a secret: it goes to no other site.
        self.set_header("Referrer-Policy", "same-origin")  # type: ignore[attr-defined]
        self.set_header("X-Content-Type-Options", "nosniff")  # type: ignore[attr-defined]
        self.set_header("Cache-Control", "no-store")  # type: ignore[attr-defined]


class PortalPage(StrictHeaders, BaseHandler):
    """A page of ours among the Hub's."""

    def initialize(self, wiring: Wiring) -> None:
        self.wiring = wiring

    async def show(self, template: str, *, status: int = 200, **values: Any) -> None:
        """Render a template of ``hub_config/templates`` and end the request."""
        self.set_status(status)
        self.finish(await self.render_template(template, **values))

    def say(self, refusal: Refused) -> str:
        """A refusal's sentence in the language of this request."""
        return refusal.say(spoken())

    @property
    def address(self) -> str:
        """Where the request came from, for the audit."""
        return str(self.request.remote_ip)


class StaleForms:
    """A form whose XSRF secret has run out is shown again as it was typed, instead of an error page."""

    stale = False

    def check_xsrf_cookie(self) -> None:
        try:
            super().check_xsrf_cookie()  # type: ignore[misc]
        except HTTPError:
            self.stale = True


class FormPage(StaleForms, PortalPage):
    """A page with a form: subclasses do the work in :meth:`submitted`, and show the form again in
    :meth:`went_stale`.
    """

    async def prepare(self) -> None:
        await super().prepare()
        if len(self.request.body) > _LARGEST_FORM:
            raise HTTPError(413)

    async def post(self) -> None:
        if self.stale:
            await self.went_stale()
        else:
            await self.submitted()

    async def submitted(self) -> None:
        raise NotImplementedError

    async def went_stale(self) -> None:
        raise NotImplementedError

    def typed(self, field: str) -> str:
        """A field as the browser sent it, spaces included; empty where it sent none."""
        return str(self.get_body_argument(field, "", strip=False))


class PersonPage(FormPage):
    """A page of whoever is logged in; anybody else is led to the login page and back."""

    async def prepare(self) -> None:
        await super().prepare()
        if not self._finished and not isinstance(self.current_user, User):
            here = self.request.uri if self.request.method == "GET" else self.request.path
            self.redirect(url_concat(self.settings["login_url"], {"next": here}))

    @property
    def hub_name(self) -> str:
        """The Hub name of who is logged in."""
        return str(self.current_user.name)
