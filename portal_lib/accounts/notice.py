"""The privacy notice that consents refer to: its text, version and fingerprint.

The text lies in ``notice_it.txt`` and ``notice_en.txt``: a line starting with ``# `` opens a section, an empty line
ends a paragraph, ``{#name}`` after a title names the section for links, and ``{supplier}`` stands for the supplier's
name. Both have the same sections. Whoever changes them changes the setting ``notice_version`` too; the SHA-256 kept
with each consent is of the text in the language in which it was shown, and tells apart texts whose version was
forgotten.
"""

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from portal_lib.language import Language

_ANCHOR = re.compile(r" \{#([a-z-]+)\}$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    title: str
    paragraphs: tuple[str, ...]
    anchor: str = ""  # what forms link to


@dataclass(frozen=True)
class Notice:
    """``text`` is the whole notice as shown; ``sha256`` its hexadecimal fingerprint in UTF-8."""

    version: str
    text: str
    sha256: str
    sections: tuple[Section, ...]


@functools.cache
def notice(version: str, supplier: str, language: Language = "it") -> Notice:
    """The notice of one supplier."""
    marked = Path(__file__).with_name(f"notice_{language}.txt").read_text(encoding="utf-8")
    marked = marked.replace("{supplier}", supplier)
    text = _ANCHOR.sub("", marked)
    return Notice(version, text, hashlib.sha256(text.encode("utf-8")).hexdigest(), _sections(marked))


def _sections(text: str) -> tuple[Section, ...]:
    sections = []
    for part in f"\n{text}".split("\n# ")[1:]:
        title, _, body = part.partition("\n")
        paragraphs = tuple(" ".join(paragraph.split()) for paragraph in body.split("\n\n") if paragraph.strip())
        anchor = _ANCHOR.search(title)
        sections.append(Section(_ANCHOR.sub("", title).strip(), paragraphs, anchor[1] if anchor else ""))
    return tuple(sections)
