"""The kernels behind open pages: each started for one visitor, with an environment built from nothing.

A stock kernel inherits the server's whole environment, the service's token among it. Here it gets an allow-list, the
visitor (``PORTAL_VISITOR``) and the data database's address; never the accounts database's, never a token.
"""

import asyncio
import json
import os
from collections import deque
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Any as AnyTrait
from traitlets import Dict, Set

from portal_lib.settings import Settings
from portal_lib.web.ownership import Owners
from portal_lib.web.visitors import Guest, opening_for

#: What a kernel sees of the server's environment.
ORDINARY = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")

#: A page has one websocket; after a lost connection the old one may still be closing. Each costs the server five
#: sockets to the kernel.
_MOST_SOCKETS = 3

#: A redrawn chart is some sixty messages.
_MISSED_MESSAGES = 500


def kernel_environment(settings: Settings, guest: Guest) -> dict[str, str]:
    """The whole environment of a page's kernel."""
    scratch = settings.var.absolute() / "kernels"
    environment = {name: os.environ[name] for name in ORDINARY if name in os.environ}
    environment |= {
        "HOME": str(scratch),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLCONFIGDIR": str(scratch / "matplotlib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PORTAL_DATA_URL": settings.data_database_to_read,
        "PORTAL_VISITOR": json.dumps({"name": guest.visitor.name, "codes": sorted(guest.visitor.codes)}),
    }
    if settings.october_4_is_holiday_from is not None:
        environment["PORTAL_OCTOBER_4_IS_HOLIDAY_FROM"] = settings.october_4_is_holiday_from.isoformat()
    return environment


class PageKernels(AsyncMappingKernelManager):
    """Starts a kernel for the visitor whose page is being opened; remembers whose it is."""

    portal_settings = AnyTrait()
    owners: Owners = AnyTrait()
    _sockets: dict[str, set[Any]] = Dict()
    _ending: set[Any] = Set()

    async def start_kernel(self, **kwargs: Any) -> str:
        opening = opening_for.get(None)
        if opening is None:
            raise HTTPError(403, "no visitor: kernels are started by pages only")
        name, kernel_id = opening.guest.visitor.name, opening.kernel_id
        kwargs["env"] = kernel_environment(self.portal_settings, opening.guest)
        kwargs["cwd"] = str(self.portal_settings.var.absolute() / "kernels")
        kwargs.pop("path", None)
        kwargs["extra_arguments"] = ["--HistoryManager.enabled=False"]
        await super().start_kernel(kernel_id=kernel_id, **kwargs)
        if not self.owners.owns(name, kernel_id):  # the session ended while the kernel started
            await self.shutdown_kernel(kernel_id, now=True)
            raise HTTPError(403, "the session has ended")
        self._end_when_dead(kernel_id)
        return kernel_id

    def _end_when_dead(self, kernel_id: str) -> None:
        """A kernel that died comes back empty under the same id, and the page's controls would move nothing."""
        for event in ("restart", "dead"):
            self.add_restart_callback(kernel_id, lambda: self._end_soon(kernel_id), event)

    def _end_soon(self, kernel_id: str) -> None:
        self.log.warning("Kernel %s died; its page ends", kernel_id)
        if kernel_id in self:
            self._ending.add(task := asyncio.ensure_future(self.shutdown_kernel(kernel_id, now=True)))
            task.add_done_callback(self._ending.discard)

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        for socket in list(self._sockets.pop(kernel_id, ())):
            socket.close(1001, "page ended")
        try:
            await super().shutdown_kernel(kernel_id, *args, **kwargs)
        finally:
            self.owners.remove(kernel_id)

    def remove_kernel(self, kernel_id: str) -> Any:
        self.owners.remove(kernel_id)
        return super().remove_kernel(kernel_id)

    def start_buffering(self, kernel_id: str, session_key: str, channels: Any) -> None:
        """Keep what a page misses while its connection is lost, but never without end."""
        super().start_buffering(kernel_id, session_key, channels)
        self._kernel_buffers[kernel_id]["buffer"] = deque(maxlen=_MISSED_MESSAGES)

    def attach(self, kernel_id: str, socket: Any) -> bool:
        """A browser's websocket connects to this kernel; False where too many have."""
        sockets = self._sockets.setdefault(kernel_id, set())
        if len(sockets) >= _MOST_SOCKETS:
            return False
        sockets.add(socket)
        return True

    def detach(self, kernel_id: str, socket: Any) -> None:
        """That websocket is gone."""
        sockets = self._sockets.get(kernel_id, set())
        sockets.discard(socket)
        if not sockets:
            self._sockets.pop(kernel_id, None)

    async def make_room(self, guest: Guest) -> str | None:
        """A kernel id set aside for one more page of this visitor's, after ending pages that no browser shows.

        None where the visitor has too many. The id counts from now on: a kernel takes a second to start, in which
        any number of pages could be asked for.
        """
        limit, name = self.portal_settings.pages_per_visitor, guest.visitor.name
        for kernel_id in self.owners.kernels_of(name):
            if len(self.owners.kernels_of(name)) < limit:
                break
            if kernel_id in self and not self._sockets.get(kernel_id):
                await self.shutdown_kernel(kernel_id, now=True)
        if len(self.owners.kernels_of(name)) >= limit:
            return None
        set_aside: str = self.new_kernel_id()
        self.owners.add(set_aside, name, guest.session_id)
        return set_aside

    def give_up_room(self, kernel_id: str) -> None:
        """The page has been opened, or won't be: an id without a kernel is nobody's."""
        if kernel_id not in self:
            self.owners.remove(kernel_id)

    async def end_all(self, name: str, session_sha256: str | None = None) -> int:
        """End every open page of one visitor, or of one of their login sessions: kernels and websockets.

        Returns how many there were.
        """
        ended = self.owners.kernels_of(name, session_sha256)
        for kernel_id in ended:
            if kernel_id in self:
                await self.shutdown_kernel(kernel_id, now=True)
            self.owners.remove(kernel_id)
        return len(ended)
