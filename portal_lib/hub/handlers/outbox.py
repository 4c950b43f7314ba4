"""``/posta``: the demo's mails, read in the browser. Registered only where the setting ``outbox`` says so."""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape
from tornado.web import HTTPError

from portal_lib.clock import ROME
from portal_lib.hub.pages import PortalPage
from portal_lib.hub.wiring import Wiring


@dataclass(frozen=True)
class ReadMail:
    """One mail of the outbox. ``at`` is Rome time, for people."""

    number: str
    recipient: str
    subject: str
    at: str
    text: str
    html: str


class OutboxPage(PortalPage):
    """All mails, newest first."""

    async def get(self) -> None:
        files = sorted(self.wiring.settings.outbox_folder.glob("*.eml"), reverse=True)
        await self.show("posta.html", mails=[read(path) for path in files[:100]])


class OutboxMailPage(PortalPage):
    """One mail: as HTML in a frame that runs nothing, and as text."""

    # The mail's own styles are inline, as mail programs want them; a srcdoc frame inherits this page's
    # policy.
    style_sources = "'self' 'unsafe-inline'"

    async def get(self, number: str) -> None:
        path = self.wiring.settings.outbox_folder / f"{number}.eml"
        if not path.is_file():
            raise HTTPError(404)
        mail = read(path)
        # Links leave the frame, which is allowed nothing but that.
        html = mail.html.replace("<head>", '<head><base target="_top">', 1)
        await self.show("posta_mail.html", mail=mail, html=html, text=with_links(mail.text))


def read(path: Path) -> ReadMail:
    """A mail of the outbox folder."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return ReadMail(
        number=path.stem,
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        at=parsedate_to_datetime(str(message["Date"])).astimezone(ROME).strftime("%d/%m/%Y %H:%M"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def with_links(text: str) -> Markup:
    """A plain text with its web addresses as links; everything else escaped."""
    parts = re.split(r"(https?://[^\s<>\"]+)", text)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


def _body(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return "" if body is None else str(body.get_content())


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    if not wiring.settings.outbox:
        return []
    ours = {"wiring": wiring}
    return [(r"/posta", OutboxPage, ours), (r"/posta/(\d{8})", OutboxMailPage, ours)]
