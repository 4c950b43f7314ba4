"""The kernels behind open pages: each started for one visitor, with an environment built from nothing.

A stock kernel inherits the server's whole environment, the service's token among it. Here it gets an allow-list, the
visitor (``PORTAL_VISITOR``) and the data database's address; never the accounts database's, never a token.
"""

import json
import os
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Any as AnyTrait
from traitlets import Dict

from portal_lib.settings import Settings
from portal_lib.web.ownership import Owners
from portal_lib.web.visitors import Guest, opening_for

#: What a kernel sees of the server's environment.
ORDINARY = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")


def kernel_environment(settings: Settings, guest: Guest) -> dict[str, str]:
    """The whole environment of a page's kernel."""
    scratch = settings.var.absolute() / "kernels"
    environment = {name: os.environ[name] for name in ORDINARY if name in os.environ}
    environment |= {
        "HOME": str(scratch),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLCONFIGDIR": str(scratch / "matplotlib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PORTAL_DATA_URL": settings.data_database,
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

    async def start_kernel(self, **kwargs: Any) -> str:
        guest = opening_for.get(None)
        if guest is None:
            raise HTTPError(403, "no visitor: kernels are started by pages only")
        kwargs["env"] = kernel_environment(self.portal_settings, guest)
        kwargs["cwd"] = str(self.portal_settings.var.absolute() / "kernels")
        kwargs.pop("path", None)
        kwargs["extra_arguments"] = ["--HistoryManager.enabled=False"]
        kernel_id: str = await super().start_kernel(**kwargs)
        self.owners.add(kernel_id, guest.visitor.name)
        return kernel_id

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

    def attached(self, kernel_id: str, socket: Any) -> None:
        """A browser's websocket is connected to this kernel."""
        self._sockets.setdefault(kernel_id, set()).add(socket)

    def detached(self, kernel_id: str, socket: Any) -> None:
        """That websocket is gone."""
        self._sockets.get(kernel_id, set()).discard(socket)

    async def make_room(self, name: str) -> bool:
        """Whether this visitor may open one more page, after ending pages of theirs that no browser shows."""
        limit = self.portal_settings.pages_per_visitor
        for kernel_id in self.owners.kernels_of(name):
            if len(self.owners.kernels_of(name)) < limit:
                break
            if not self._sockets.get(kernel_id):
                await self.shutdown_kernel(kernel_id, now=True)
        return bool(len(self.owners.kernels_of(name)) < limit)

    async def end_all(self, name: str) -> int:
        """End every open page of one visitor: kernels and websockets. Returns how many there were."""
        ended = self.owners.kernels_of(name)
        for kernel_id in ended:
            await self.shutdown_kernel(kernel_id, now=True)
        return len(ended)
