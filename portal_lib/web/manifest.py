"""The list of the portal's pages, ``notebooks/pages.toml``: publishing a page is a line there and a deployment.

Only the operator writes into that folder; nothing that a browser or an analyst does adds a page. A mistake in the list
keeps the service from starting, with a sentence that names it.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal_lib.language import spoken
from portal_lib.refused import Refused
from portal_lib.web.visitors import Guest

MANIFEST = "pages.toml"

#: Whom a page is for: every customer, or staff, or those of one customer code.
CUSTOMERS, STAFF = "customers", "staff"
_ONE_CUSTOMER = "customer-"

#: Below the service's address; what else lives there is not for pages.
_ADDRESS = re.compile(r"[a-z][a-z0-9-]{0,39}")
_TAKEN = frozenset({"api", "export", "files", "health", "internal", "metrics", "pagine", "static", "voila"})
_NOTEBOOK = re.compile(r"[a-z0-9_]+\.ipynb")


class BadManifest(Refused):
    it = "L'elenco delle pagine {file} non è utilizzabile: {reason}. Correggilo e riavvia il portale."
    en = "The list of pages {file} can't be used: {reason}. Correct it and start the portal again."


@dataclass(frozen=True)
class Page:
    """A page of the portal: its address below the service's, its title in the header, its notebook, whom it is for."""

    address: str
    title: str
    notebook: str
    title_en: str = ""
    group: str = CUSTOMERS

    @property
    def said(self) -> str:
        """The title in the language of the request."""
        return self.title_en if spoken() == "en" and self.title_en else self.title

    def open_to(self, guest: Guest) -> bool:
        """Whether this visitor sees the page in the header and may open it."""
        if self.group == STAFF:
            return guest.staff
        return self.group == CUSTOMERS or self.group.removeprefix(_ONE_CUSTOMER) in guest.visitor.codes


def read(folder: Path) -> tuple[Page, ...]:
    """The pages of a folder of notebooks, in the order of its list; :class:`BadManifest` where that is none."""
    file = folder / MANIFEST
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8")).get("page", [])
        pages = tuple(_page(entry) for entry in entries)
        if not pages:
            raise ValueError("it lists no page")
        for what in ("address", "notebook"):
            names = [getattr(page, what) for page in pages]
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise ValueError(f"{what} {twice} is there twice")
        if missing := next((page.notebook for page in pages if not (folder / page.notebook).is_file()), None):
            raise ValueError(f"there is no notebook {missing} beside it")
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        raise BadManifest(file=file.name, reason=problem) from None
    return pages


def _page(entry: Any) -> Page:
    if not isinstance(entry, dict) or set(entry) != {"address", "title", "title_en", "notebook", "group"}:
        raise ValueError("each [[page]] has address, title, title_en, notebook and group, and nothing else")
    if not all(isinstance(value, str) and value.strip() for value in entry.values()):
        raise ValueError(f"page {entry.get('address')!r} has an empty value, or one that is no text")
    if not _ADDRESS.fullmatch(entry["address"]) or entry["address"] in _TAKEN:
        raise ValueError(f"{entry['address']!r} can't be a page's address")
    if not _NOTEBOOK.fullmatch(entry["notebook"]):
        raise ValueError(f"{entry['notebook']!r} is no notebook of this folder")
    if entry["group"] not in (CUSTOMERS, STAFF) and not re.fullmatch(r"customer-[A-Z0-9-]{1,32}", entry["group"]):
        raise ValueError(f"{entry['group']!r} is no group: customers, staff, or customer-<code>")
    return Page(**entry)
