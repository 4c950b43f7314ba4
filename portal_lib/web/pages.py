"""The customer pages: which notebook stands behind which address, and opening one for a visitor."""

import asyncio
import os
import secrets
import time
from pathlib import Path
from typing import Any

import tornado.web
from tornado.web import HTTPError

from portal_lib.clock import system_clock
from portal_lib.deposit import looking
from portal_lib.frontend.bundle import Bundle
from portal_lib.language import spoken
from portal_lib.web import manifest, metrics, notices
from portal_lib.web.handlers import TRY_AGAIN_SECONDS, PortalHandler, page_policy
from portal_lib.web.manifest import Page as Page
from portal_lib.web.rendering import PageRenderer
from portal_lib.web.visitors import Opening, opening_for

#: Which notebook stands behind which address, as the operator lists them.
PAGES = manifest.read(Path(__file__).parents[2] / "notebooks")

#: So many pages are rendered at once; each needs a processor to itself. The others wait their turn, and not for ever.
RENDERED_AT_ONCE = 4 + 2 * (os.cpu_count() or 1)
MOST_WAITED_SECONDS = 20

#: No room, or a Hub that does not answer: both pass.
TRIED_AGAIN = frozenset({500, 502, 503})

#: Where a customer lands after login.
FIRST_PAGE = "inizio"


class FirstPage(PortalHandler):
    """The service's bare address leads to the first page."""

    @tornado.web.authenticated
    def get(self) -> None:
        self.redirect(f"{self.base_url}{FIRST_PAGE}")


class NotebookPage(PortalHandler):
    """Renders one notebook in a kernel of the visitor's own.

    Everything that could be refused is refused before the first byte: after it there is no status code to give.
    """

    _left = False

    def initialize(self, *, page: Page, turns: asyncio.Semaphore, notebooks: Path, bundle: Bundle) -> None:
        self.page = page
        self.turns = turns
        self.renderer = PageRenderer(notebooks / page.notebook, self.settings["voila_jinja2_env"], bundle)

    @tornado.web.authenticated
    async def get(self) -> None:
        guest = self.guest
        who = await self.identity_provider.display_name(guest.visitor.name)
        if not guest.visitor.codes:
            self.set_status(403)
            self.finish(self.render_portal("no_customer.html", staff=guest.staff, who=who))
            return
        if not self.page.open_to(guest):
            raise HTTPError(404)
        if self.page.address == "download":
            await asyncio.to_thread(looking.looks, self.settings["data_engine"], guest.visitor.name, system_clock)
        kernel_id = await self.kernel_manager.make_room(guest)
        opening_for.set(Opening(guest, kernel_id, spoken(), str(self.request.query)))
        started = time.perf_counter()
        try:
            async with self.kernel_manager.openings.turn(guest.visitor.name):
                try:
                    await asyncio.wait_for(self.turns.acquire(), MOST_WAITED_SECONDS)
                except TimeoutError:
                    metrics.PAGES_REFUSED.labels("portal").inc()
                    raise HTTPError(503, "too many pages are being opened") from None
                try:
                    if not self._left:
                        await self._open(kernel_id, self.page_frame(who=who, here=self.page.address))
                finally:
                    self.turns.release()
        finally:
            self.kernel_manager.give_up_room(kernel_id)
        metrics.PAGES_OPENED.labels(self.page.address).inc()
        metrics.PAGE_SECONDS.observe(time.perf_counter() - started)

    async def _open(self, kernel_id: str, frame: dict[str, Any]) -> None:
        """Send the page's head, start the kernel and send the rest. Whatever goes wrong ends both."""
        nonce = secrets.token_urlsafe(16)
        head = self.renderer.head(kernel_id, nonce, title=self.page.said, **frame)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Cache-Control", "private, no-store")
        self.set_header("Content-Security-Policy", page_policy(nonce))
        self._send(head)
        kernels = self.kernel_manager
        handed_out = False
        try:
            await kernels.start_kernel()
            async for piece in self.renderer.pieces(kernels, kernel_id, **frame):
                if self._left:
                    return
                self._send(piece)
            handed_out = True
        except Exception:
            reference = notices.reference(kernel_id.encode())
            self.log.exception("%s: page %s could not be made", reference, self.page.address)
            metrics.PAGE_ERRORS.labels("page").inc()
            self._send(self.renderer.failed(reference, **frame))
        finally:
            await self.renderer.close()
            if handed_out and not self._left:
                kernels.seen(kernel_id)
            else:
                await kernels.end_page(kernel_id, "not opened")

    def _send(self, piece: str) -> None:
        self.write(piece)
        self.flush()  # not awaited: who reads slowly would hold up those who wait for their turn

    def on_connection_close(self) -> None:
        """The browser went elsewhere while the page was being rendered."""
        self._left = True
        super().on_connection_close()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page that the portal has no room for, or that came while the Hub starts again, is tried again by itself."""
        if status_code in TRIED_AGAIN and isinstance(kwargs.get("exc_info", (None, None))[1], HTTPError):
            seconds = str(TRY_AGAIN_SECONDS)
            self.set_header("Retry-After", seconds)
            self.set_header("Refresh", seconds)
        super().write_error(status_code, **kwargs)


class Farewell(PortalHandler):
    """``pagine/<kernel id>/chiusa``: the page's tab says, with its last breath, that it closes."""

    @tornado.web.authenticated
    def post(self, kernel_id: str) -> None:
        if not self.kernel_manager.owners.owns(self.guest.visitor.name, kernel_id):
            raise HTTPError(404)
        self.kernel_manager.farewell(kernel_id)
        self.set_status(204)
        self.finish()
