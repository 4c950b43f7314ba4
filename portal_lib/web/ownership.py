"""Whose kernel is whose: the table of open pages, and the authoriser that asks it.

Stock Voilà lets whoever knows a kernel's id attach to it. Here a kernel belongs to the visitor for whom it was
started; for anybody else it does not exist, and the answer is the same as for an id that never was.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from jupyter_server.auth.authorizer import Authorizer


@dataclass(frozen=True)
class _Page:
    name: str
    session_sha256: str
    codes: frozenset[str]


class Owners:
    """Kernel ids, the Hub user names they belong to, the login session in which each page was opened, and its codes."""

    def __init__(self) -> None:
        self._opened: dict[str, _Page] = {}

    def add(self, kernel_id: str, name: str, session_id: str = "", codes: frozenset[str] = frozenset()) -> None:
        self._opened[kernel_id] = _Page(name, hashlib.sha256(session_id.encode()).hexdigest(), codes)

    def remove(self, kernel_id: str) -> None:
        self._opened.pop(kernel_id, None)

    def codes(self) -> set[str]:
        """The customer codes that any open page shows."""
        return {code for page in self._opened.values() for code in page.codes}

    def showing(self, codes: set[str]) -> list[str]:
        """The kernels of pages that show one of these customer codes."""
        return [kernel_id for kernel_id, page in self._opened.items() if not codes.isdisjoint(page.codes)]

    def __len__(self) -> int:
        return len(self._opened)

    def has(self, kernel_id: str) -> bool:
        """Whether the page is open, or being opened, whoever's it is."""
        return kernel_id in self._opened

    def owns(self, name: str, kernel_id: str) -> bool:
        """Whether the kernel is there and this visitor's."""
        return kernel_id in self._opened and self._opened[kernel_id].name == name

    def kernels_of(self, name: str, session_sha256: str | None = None) -> list[str]:
        """The visitor's kernels, oldest first; those of one login session, where one is named."""
        return [
            kernel_id
            for kernel_id, page in self._opened.items()
            if page.name == name and session_sha256 in (None, page.session_sha256)
        ]


class OwnKernelsOnly(Authorizer):
    """Lets a visitor read and attach to their own kernels, and nothing else of the Jupyter API."""

    owners: Owners

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        if resource != "kernels" or action not in ("read", "execute"):
            return False
        kernel_id = handler.path_kwargs.get("kernel_id", "")
        return self.owners.owns(user.username, kernel_id)
