"""The languages of pages, mails and sentences: Italian by default, English where somebody chose it.

What pages say is written in Italian where it stands (templates: ``{{ _("…") }}``, ``{% trans %}``) and translated by
the catalogues in ``hub_config/locale/en/``, GNU gettext's text files, one an area; sentences that code says carry both
languages side by side (:class:`Said`, :class:`portal_lib.refused.Refused`).
"""

import contextvars
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Language = Literal["it", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

#: The browser's cookie that keeps the choice; it says nothing else, and is read by every page of the portal.
COOKIE = "portale-lingua"

LOCALE = Path(__file__).parents[1] / "hub_config" / "locale"

_spoken: contextvars.ContextVar[Language] = contextvars.ContextVar("language", default="it")


@dataclass(frozen=True)
class Said:
    """One text in both languages; either may be a template for :meth:`str.format`."""

    it: str
    en: str

    def say(self, language: Language, **facts: Any) -> str:
        template = self.it if language == "it" else self.en
        return template.format(**facts) if facts else template


def spoken() -> Language:
    """The language of the request at hand."""
    return _spoken.get()


def speak(language: Language) -> None:
    """From now on, and in all that this request starts, speak this language."""
    _spoken.set(language)


def language_of(text: str | None) -> Language:
    """The language that a hostile text names; Italian where it names none of ours."""
    return text if text in LANGUAGES else "it"


def language_of_cookies(header: str) -> Language:
    """The language that a request's ``Cookie`` header asks for."""
    found = re.search(rf"(?:^|;)\s*{COOKIE}=([a-z]{{2}})\s*(?:;|$)", header)
    return language_of(found[1] if found else None)


def translated(text: str) -> str:
    """A text of a page in the language of the request; the Italian itself where it has no translation."""
    return text if spoken() == "it" else catalogue().get(text, text)


@functools.cache
def catalogue() -> Mapping[str, str]:
    """Every Italian text of the pages and its English translation."""
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    for path in sorted((LOCALE / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and isinstance(message.id, str) and message.string and not message.fuzzy:
                    texts[message.id] = str(message.string)
    return texts
