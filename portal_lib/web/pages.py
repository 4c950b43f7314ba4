"""The customer pages: which notebook stands behind which address, and opening one for a visitor."""

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any

import tornado.web
from tornado.web import HTTPError
from voila.handler import VoilaHandler
from voila.utils import get_page_config

from portal_lib.language import spoken
from portal_lib.web import metrics
from portal_lib.web.handlers import TRY_AGAIN_SECONDS, PortalHandler
from portal_lib.web.rendering import PageRenderer
from portal_lib.web.visitors import Opening, opening_for


@dataclass(frozen=True)
class Page:
    """A page of the portal: its address below the service's, its title in the header, its notebook."""

    address: str
    title: str
    notebook: str


PAGES = (
    Page("download", "DOWNLOAD", "download.ipynb"),
    Page("grafici-avanzati", "GRAFICI AVANZATI", "grafici_avanzati.ipynb"),
)

#: So many pages are rendered at once; each needs a processor to itself. The others wait their turn, and not for ever.
RENDERED_AT_ONCE = 4 + 2 * (os.cpu_count() or 1)
MOST_WAITED_SECONDS = 20

#: No room, or a Hub that does not answer: both pass.
TRIED_AGAIN = frozenset({500, 502, 503})

#: Where a customer lands after login.
FIRST_PAGE = "grafici-avanzati"


class FirstPage(PortalHandler):
    """The service's bare address leads to the first page."""

    @tornado.web.authenticated
    def get(self) -> None:
        self.redirect(f"{self.base_url}{FIRST_PAGE}")


class NotebookPage(PortalHandler, VoilaHandler):
    """Renders one notebook in a kernel of the visitor's own.

    Everything that could be refused is refused before the first byte: after it there is no status code to give.
    """

    _left = False

    def initialize(self, *, page: Page, turns: asyncio.Semaphore, **kwargs: Any) -> None:
        super().initialize(notebook_path=page.notebook, **kwargs)
        self.page = page
        self.turns = turns

    @tornado.web.authenticated
    async def get(self) -> None:
        guest = self.guest
        who = await self.identity_provider.display_name(guest.visitor.name)
        if not guest.visitor.codes:
            self.set_status(403)
            self.finish(self.render_portal("no_customer.html", staff=guest.staff, who=who))
            return
        kernel_id = await self.kernel_manager.make_room(guest)
        opening_for.set(Opening(guest, kernel_id, spoken(), str(self.request.query)))
        self.frame_values = self.page_frame(who=who, here=self.page.address)
        started = time.perf_counter()
        try:
            try:
                await asyncio.wait_for(self.turns.acquire(), MOST_WAITED_SECONDS)
            except TimeoutError:
                metrics.PAGES_REFUSED.labels("portal").inc()
                raise HTTPError(503, "too many pages are being opened") from None
            try:
                if not self._left:
                    await self._open(kernel_id)
            finally:
                self.turns.release()
        finally:
            self.kernel_manager.give_up_room(kernel_id)
        metrics.PAGES_OPENED.labels(self.page.address).inc()
        metrics.PAGE_SECONDS.observe(time.perf_counter() - started)

    async def _open(self, kernel_id: str) -> None:
        """Start the kernel and send the page. Whatever goes wrong ends both."""
        renderer = self._renderer()
        await renderer.initialize()
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Cache-Control", "private, no-store")
        kernels = self.kernel_manager
        handed_out = False
        try:
            await kernels.start_kernel(kernel_name=renderer.notebook.metadata.kernelspec.name)
            async for piece in renderer.pieces(kernel_id, kernels.get_kernel(kernel_id)):
                if self._left:
                    return
                self.write(piece)
                self.flush()  # not awaited: who reads slowly would hold up those who wait for their turn
            handed_out = True
        finally:
            await renderer.close()
            if handed_out and not self._left:
                kernels.seen(kernel_id)
            else:
                await kernels.end_page(kernel_id, "not opened")

    def _renderer(self) -> PageRenderer:
        page_config = get_page_config(
            base_url=self.base_url,
            settings=self.settings,
            log=self.log,
            voila_configuration=self.voila_configuration,
        )
        return PageRenderer(
            request_handler=self,
            voila_configuration=self.voila_configuration,
            traitlet_config=self.traitlet_config,
            notebook_path=self.notebook_path,
            template_paths=self.template_paths,
            config_manager=self.config_manager,
            contents_manager=self.contents_manager,
            base_url=self.base_url,
            kernel_spec_manager=self.kernel_spec_manager,
            prelaunch_hook=self.prelaunch_hook,
            page_config=page_config,
            mathjax_config=None,
            mathjax_url=None,
        )

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


def add_frame(handler: Any, notebook: Any, cwd: str) -> None:
    """Voilà's prelaunch hook: hands the header's values to the template, as metadata of the notebook."""
    notebook.metadata["portal_frame"] = handler.frame_values["frame"]
    notebook.metadata["title"] = f"{handler.page.title} · {handler.frame_values['frame']['portal_name']}"
