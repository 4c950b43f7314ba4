"""The kernels behind open pages: each started for one visitor, with an environment built from nothing.

A stock kernel inherits the server's whole environment, the service's token among it. Here it gets an allow-list, the
visitor (``PORTAL_VISITOR``) and the data database's address; never the accounts database's, never a token.
"""

import asyncio
import json
import os
import time
from datetime import datetime
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Any as AnyTrait
from traitlets import Dict, Float, Set, default

from portal_lib.kernels import PAGE_KERNEL
from portal_lib.language import Language
from portal_lib.settings import Settings
from portal_lib.visitor import Visitor
from portal_lib.web import metrics, notices
from portal_lib.web.giving_way import OF_FLOODED_KERNELS, give_way
from portal_lib.web.kept import Kept
from portal_lib.web.lost_pages import FAREWELL_SECONDS, LostPages
from portal_lib.web.openings import Openings
from portal_lib.web.ownership import Owners
from portal_lib.web.visitors import Guest, Opening, opening_for

#: What a kernel sees of the server's environment.
ORDINARY = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")

#: A page has one websocket; after a lost connection the old one may still be closing. Each costs the server five
#: sockets to the kernel.
_MOST_SOCKETS = 3

#: A redrawn chart is some sixty messages.
_MISSED_MESSAGES = 500


#: Longer queries are none of ours; what a kernel is given is whole or nothing.
_LONGEST_QUERY = 2000

#: A page that has been without a browser this long makes room for another where the portal is full.
_SURELY_LOST_SECONDS = 15


def kernel_environment(settings: Settings, guest: Guest, language: Language = "it", query: str = "") -> dict[str, str]:
    """The whole environment of a page's kernel. The ``query`` is the browser's, and hostile: it chooses no visitor."""
    scratch = settings.var.absolute() / "kernels"
    environment = {name: os.environ[name] for name in ORDINARY if name in os.environ}
    environment |= {
        "HOME": str(scratch),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLCONFIGDIR": str(scratch / "matplotlib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PORTAL_DATA_URL": settings.data_database_to_read,
        "PORTAL_VISITOR": json.dumps({"name": guest.visitor.name, "codes": sorted(guest.visitor.codes)}),
        "PORTAL_LANGUAGE": language,
        "PORTAL_SUPPLIER_NAME": settings.supplier_name,
        "PORTAL_REPORT_DUE_DAYS": str(settings.report_due_days),
        "PORTAL_TENDERS_FOLDER": str(settings.tenders_folder.absolute()) if settings.tenders_folder else "",
        "QUERY_STRING": query if len(query) <= _LONGEST_QUERY and "\0" not in query else "",
    }
    if settings.october_4_is_holiday_from is not None:
        environment["PORTAL_OCTOBER_4_IS_HOLIDAY_FROM"] = settings.october_4_is_holiday_from.isoformat()
    return environment


class PageKernels(AsyncMappingKernelManager):
    """Starts a kernel for the visitor whose page is being opened; remembers whose it is, and ends it."""

    portal_settings = AnyTrait()
    owners: Owners = AnyTrait()
    lost: LostPages = AnyTrait()
    openings: Openings = AnyTrait()
    #: When a kernel last started, by the monotonic clock; long ago where the last try failed.
    last_started: float = Float(float("-inf"))
    _sockets: dict[str, set[Any]] = Dict()
    _ending: set[Any] = Set()

    @default("openings")
    def _nobody_has_asked_yet(self) -> Openings:
        return Openings()

    @default("lost")
    def _new_table_of_lost_pages(self) -> LostPages:
        return LostPages()

    async def start_kernel(self, **kwargs: Any) -> str:
        opening = opening_for.get(None)
        if opening is None:
            raise HTTPError(403, "no visitor: kernels are started by pages only")
        name, kernel_id = opening.guest.visitor.name, opening.kernel_id
        kwargs["env"] = kernel_environment(self.portal_settings, opening.guest, opening.language, opening.query)
        kwargs["cwd"] = str(self.portal_settings.var.absolute() / "kernels")
        kwargs.pop("path", None)
        kwargs["kernel_name"] = PAGE_KERNEL  # forked, whatever the notebook names
        started = time.monotonic()
        try:
            await super().start_kernel(kernel_id=kernel_id, **kwargs)
        except Exception:
            self.last_started = float("-inf")
            raise
        self.last_started = time.monotonic()
        metrics.KERNEL_SECONDS.observe(self.last_started - started)
        self._give_way(kernel_id, self.openings.niceness(name))
        if not self.owners.owns(name, kernel_id):  # the session ended while the kernel started
            await self.shutdown_kernel(kernel_id, now=True)
            raise HTTPError(403, "the session has ended")
        return kernel_id

    def _give_way(self, kernel_id: str, nice: int) -> None:
        provisioner = getattr(self._kernels.get(kernel_id), "provisioner", None)
        if nice and provisioner is not None and provisioner.pid:
            give_way(provisioner.pid, nice)

    def flooded_by(self, name: str) -> None:
        """This visitor sends more than any page does: from now on their kernels give way to everybody else's."""
        self.log.warning("Visitor %s sends more than any page does; their kernels give way", name)
        for kernel_id in self.owners.kernels_of(name):
            self._give_way(kernel_id, OF_FLOODED_KERNELS)

    def _handle_kernel_died(self, kernel_id: str) -> None:
        """A kernel that died would come back empty under the same id, and the page's controls would move nothing."""
        reference = notices.reference(kernel_id.encode())
        self.log.warning("%s: kernel %s died (%s); its page ends", reference, kernel_id, self._how_it_ended(kernel_id))
        metrics.PAGE_ERRORS.labels("kernel").inc()
        for socket in self._sockets.get(kernel_id, ()):
            socket.tell(notices.KERNEL_DIED, reference)
        self._soon(self.end_page(kernel_id, "kernel died"))

    def _how_it_ended(self, kernel_id: str) -> str:
        provisioner = getattr(self._kernels.get(kernel_id), "provisioner", None)
        code = getattr(getattr(provisioner, "process", None), "returncode", None)
        return "how is not known" if code is None else f"exit code {code}"

    def _soon(self, work: Any) -> None:
        self._ending.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._ending.discard)

    async def end_page(self, kernel_id: str, why: str) -> None:
        """End a page: its websockets, its kernel, its owner's claim. Nothing where it has ended already."""
        self.lost.forget(kernel_id)
        if not self.owners.has(kernel_id):
            return
        self.owners.remove(kernel_id)  # from here on it is nobody's, whatever the kernel still does
        self.log.debug("Page %s ends: %s", kernel_id, why)
        metrics.PAGES_ENDED.labels(why).inc()
        self._close_sockets(kernel_id)
        if kernel_id in self:
            await self.shutdown_kernel(kernel_id, now=True)

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        self._close_sockets(kernel_id)
        try:
            await super().shutdown_kernel(kernel_id, *args, **kwargs)
        finally:
            self._forget(kernel_id)

    def remove_kernel(self, kernel_id: str) -> Any:
        self._forget(kernel_id)
        return super().remove_kernel(kernel_id)

    def _close_sockets(self, kernel_id: str) -> None:
        for socket in list(self._sockets.pop(kernel_id, ())):
            socket.close(1001, "page ended")

    def _forget(self, kernel_id: str) -> None:
        self.owners.remove(kernel_id)
        self.lost.forget(kernel_id)

    def start_buffering(self, kernel_id: str, session_key: str, channels: Any) -> None:
        """Keep what a page misses while its connection is lost, but never without end, and never for one that ended.

        A websocket says that it is closed only after its page has ended, and nobody would come for what it leaves.
        """
        if not self.owners.has(kernel_id):
            for channel in channels.values():
                channel.close()
            return
        super().start_buffering(kernel_id, session_key, channels)
        self._kernel_buffers[kernel_id]["buffer"] = Kept(_MISSED_MESSAGES)

    def drop_kept(self, kernel_id: str, until: datetime) -> None:
        """The page holds what was said until then; its websocket need not say it again."""
        if kernel_id in self._kernel_buffers:
            self._kernel_buffers[kernel_id]["buffer"].drop(until)

    def attach(self, kernel_id: str, socket: Any) -> bool:
        """A browser's websocket connects to this kernel; False where too many have."""
        sockets = self._sockets.setdefault(kernel_id, set())
        if len(sockets) >= _MOST_SOCKETS:
            return False
        sockets.add(socket)
        self.seen(kernel_id)
        return True

    def detach(self, kernel_id: str, socket: Any) -> None:
        """That websocket is gone."""
        sockets = self._sockets.get(kernel_id, set())
        if socket in sockets:
            self.lost.disconnected(kernel_id)
        sockets.discard(socket)
        if not sockets:
            self._sockets.pop(kernel_id, None)

    def seen(self, kernel_id: str) -> None:
        """A browser has this page: it was handed out just now, or its websocket answers."""
        if self.owners.has(kernel_id):
            self.lost.seen(kernel_id)

    def sockets(self) -> list[Any]:
        """The websockets that are connected, of all pages."""
        return [socket for sockets in self._sockets.values() for socket in sockets]

    async def make_room(self, guest: Guest) -> str:
        """A kernel id set aside for one more page of this visitor's, after ending pages that no browser shows.

        :class:`HTTPError` 429 where the visitor has too many or asks too often, 503 where all visitors together have
        too many. The id counts from now on: a kernel takes a while to start, in which any number could be asked for.
        """
        limit, name = self.portal_settings.pages_per_visitor, guest.visitor.name
        if not self.openings.may(name):
            metrics.PAGES_REFUSED.labels("pace").inc()
            raise HTTPError(429, "too many pages of one visitor in a short time")
        for kernel_id in self.owners.kernels_of(name):
            if len(self.owners.kernels_of(name)) < limit:
                break
            if kernel_id in self and not self._sockets.get(kernel_id):
                await self.end_page(kernel_id, "room for another")
        if len(self.owners.kernels_of(name)) >= limit:
            metrics.PAGES_REFUSED.labels("visitor").inc()
            raise HTTPError(429, "too many open pages of one visitor")
        if len(self.owners) >= self.portal_settings.pages_in_all:
            for kernel_id in self.lost.unseen_for(_SURELY_LOST_SECONDS)[:1]:
                await self.end_page(kernel_id, "room for another")
        if len(self.owners) >= self.portal_settings.pages_in_all:
            metrics.PAGES_REFUSED.labels("portal").inc()
            raise HTTPError(503, "too many open pages in all")
        set_aside: str = self.new_kernel_id()
        self.owners.add(set_aside, name, guest.session_id, guest.visitor.codes)
        return set_aside

    def give_up_room(self, kernel_id: str) -> None:
        """The page has been opened, or won't be: an id without a kernel is nobody's."""
        if kernel_id not in self:
            self.owners.remove(kernel_id)

    def farewell(self, kernel_id: str) -> None:
        """Its tab says that it closes: the page ends in a moment, unless a browser connects to it again."""

        async def unless_it_comes_back() -> None:
            await asyncio.sleep(FAREWELL_SECONDS)
            if not self._sockets.get(kernel_id):
                await self.end_page(kernel_id, "closed")

        self._soon(unless_it_comes_back())

    async def prove_that_kernels_start(self) -> None:
        """Start a kernel that is nobody's, wait until it answers, and end it; raises what keeps it from starting."""
        nobody = Guest(Visitor(name="", codes=frozenset()), staff=False)
        kernel_id = self.new_kernel_id()
        self.owners.add(kernel_id, nobody.visitor.name)
        opening_for.set(Opening(nobody, kernel_id))
        try:
            await self.start_kernel(kernel_name=self.default_kernel_name)
            client = self.get_kernel(kernel_id).client()
            client.start_channels()
            try:
                await client.wait_for_ready(timeout=10)
            finally:
                client.stop_channels()
        finally:
            await self.end_page(kernel_id, "health check")

    async def end_lost_pages(self) -> None:
        """End the pages that no browser has shown for the time that the settings allow."""
        for kernel_id in self.lost.unseen_for(self.portal_settings.page_lost_seconds):
            await self.end_page(kernel_id, "lost")

    async def end_all(self, name: str, session_sha256: str | None = None) -> int:
        """End every open page of one visitor, or of one of their login sessions: kernels and websockets.

        Returns how many there were.
        """
        ended = self.owners.kernels_of(name, session_sha256)
        for kernel_id in ended:
            self._close_sockets(kernel_id)
        await asyncio.gather(*(self.end_page(kernel_id, "session ended") for kernel_id in ended))
        return len(ended)
