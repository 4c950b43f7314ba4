"""Whose kernel is whose: the table of open pages, and the authoriser that asks it.

Stock Voilà lets whoever knows a kernel's id attach to it. Here a kernel belongs to the visitor for whom it was
started; for anybody else it does not exist, and the answer is the same as for an id that never was.
"""

from typing import Any

from jupyter_server.auth.authorizer import Authorizer


class Owners:
    """Kernel ids and the Hub user names they belong to."""

    def __init__(self) -> None:
        self._owner_of: dict[str, str] = {}

    def add(self, kernel_id: str, name: str) -> None:
        self._owner_of[kernel_id] = name

    def remove(self, kernel_id: str) -> None:
        self._owner_of.pop(kernel_id, None)

    def owns(self, name: str, kernel_id: str) -> bool:
        """Whether the kernel is there and this visitor's."""
        return self._owner_of.get(kernel_id) == name

    def kernels_of(self, name: str) -> list[str]:
        """The visitor's kernels, oldest first."""
        return [kernel_id for kernel_id, owner in self._owner_of.items() if owner == name]


class OwnKernelsOnly(Authorizer):
    """Lets a visitor read and attach to their own kernels, and nothing else of the Jupyter API."""

    owners: Owners

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        if resource != "kernels" or action not in ("read", "execute"):
            return False
        kernel_id = handler.path_kwargs.get("kernel_id", "")
        return self.owners.owns(user.username, kernel_id)
