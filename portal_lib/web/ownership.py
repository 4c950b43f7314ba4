"""Whose kernel is whose: the table of open pages, and the authoriser that asks it.

Stock Voilà lets whoever knows a kernel's id attach to it. Here a kernel belongs to the visitor for whom it was
started; for anybody else it does not exist, and the answer is the same as for an id that never was.
"""

import hashlib
from typing import Any

from jupyter_server.auth.authorizer import Authorizer


class Owners:
    """Kernel ids, the Hub user names they belong to, and the login session in which each page was opened."""

    def __init__(self) -> None:
        self._opened: dict[str, tuple[str, str]] = {}

    def add(self, kernel_id: str, name: str, session_id: str = "") -> None:
        self._opened[kernel_id] = (name, hashlib.sha256(session_id.encode()).hexdigest())

    def remove(self, kernel_id: str) -> None:
        self._opened.pop(kernel_id, None)

    def __len__(self) -> int:
        return len(self._opened)

    def has(self, kernel_id: str) -> bool:
        """Whether the page is open, or being opened, whoever's it is."""
        return kernel_id in self._opened

    def owns(self, name: str, kernel_id: str) -> bool:
        """Whether the kernel is there and this visitor's."""
        return kernel_id in self._opened and self._opened[kernel_id][0] == name

    def kernels_of(self, name: str, session_sha256: str | None = None) -> list[str]:
        """The visitor's kernels, oldest first; those of one login session, where one is named."""
        return [
            kernel_id
            for kernel_id, (owner, session) in self._opened.items()
            if owner == name and session_sha256 in (None, session)
        ]


class OwnKernelsOnly(Authorizer):
    """Lets a visitor read and attach to their own kernels, and nothing else of the Jupyter API."""

    owners: Owners

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        if resource != "kernels" or action not in ("read", "execute"):
            return False
        kernel_id = handler.path_kwargs.get("kernel_id", "")
        return self.owners.owns(user.username, kernel_id)
