"""How a mail looks, as text and as HTML: one letter of paragraphs and buttons, written once.

Links start with the portal's own address from the settings, never with a host that a request named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

from portal_lib.language import Language, Said
from portal_lib.mail import Mail
from portal_lib.settings import Settings


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; ``facts`` fill its template. ``quiet`` is what only some readers need."""

    said: Said
    facts: dict[str, Any] = field(default_factory=dict)
    quiet: bool = False


@dataclass(frozen=True)
class Button:
    """A link that does something: a button in HTML, an address on a line of its own in text."""

    label: Said
    link: str


_GREETING = Said(it="Ciao {name},", en="Hello {name},")
_NO_NAME = Said(it="Buongiorno,", en="Hello,")
_IF_THE_BUTTON_FAILS = Said(
    it="Se il pulsante non funziona, copia questo indirizzo nel browser:",
    en="If the button does not work, copy this address into your browser:",
)
_CALL_US = Said(it="Servizio clienti: {contact}", en="Customer service: {contact}")


def link_to(settings: Settings, path: str, **query: str) -> str:
    """An address of the portal, as it stands in a mail. A secret travels as ``token``, which the Hub keeps out of its
    log.
    """
    return f"{settings.address}/hub/{path}" + (f"?{urlencode(query)}" if query else "")


def letter(
    settings: Settings,
    language: Language,
    *,
    recipient: str,
    subject: Said,
    name: str,
    parts: Sequence[Paragraph | Button],
) -> Mail:
    """A mail to one person; ``name`` is their first name, or empty."""
    whole: list[Paragraph | Button] = [Paragraph(_GREETING, {"name": name}) if name else Paragraph(_NO_NAME), *parts]
    if settings.customer_service:
        whole.append(Paragraph(_CALL_US, {"contact": settings.customer_service}, quiet=True))
    names = {"portal": settings.portal_name, "supplier": settings.supplier_name}
    return Mail(
        recipient=recipient,
        subject=subject.say(language, **names),
        text="\n\n".join([*(_as_text(part, language, names) for part in whole), settings.supplier_name]) + "\n",
        html=_as_page(settings, language, "".join(_as_html(part, language, names) for part in whole)),
    )


def _as_text(part: Paragraph | Button, language: Language, names: dict[str, str]) -> str:
    if isinstance(part, Button):
        return f"{part.label.say(language)}:\n{part.link}"
    return _words(part, language, names)


def _as_html(part: Paragraph | Button, language: Language, names: dict[str, str]) -> str:
    # Styles inline: mail programs drop style sheets.
    if isinstance(part, Button):
        link = escape(part.link)
        return (
            f'<p style="margin:24px 0"><a href="{link}" style="display:inline-block;padding:12px 20px;'
            f'background:#0b5d7a;color:#ffffff;border-radius:6px;text-decoration:none">'
            f"{escape(part.label.say(language))}</a></p>\n"
            f'<p style="color:#4a5a66;font-size:14px">{escape(_IF_THE_BUTTON_FAILS.say(language))}<br>'
            f'<a href="{link}" style="color:#0b5d7a;word-break:break-all">{link}</a></p>\n'
        )
    style = ' style="color:#4a5a66"' if part.quiet else ""
    return f"<p{style}>{escape(_words(part, language, names))}</p>\n"


def _words(part: Paragraph, language: Language, names: dict[str, str]) -> str:
    return part.said.say(language, **(names | part.facts))


def _as_page(settings: Settings, language: Language, body: str) -> str:
    return f"""\
<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0;padding:24px;background:#f4f6f8;color:#17262f;font:16px/1.5 system-ui,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #cdd6dd">
<p style="margin-top:0;font-weight:600;color:#0b5d7a">{escape(settings.portal_name)}</p>
{body}<p style="margin-bottom:0">{escape(settings.supplier_name)}</p>
</div>
</body>
</html>
"""
