"""The customer pages: which notebook stands behind which address, and opening one for a visitor."""

from dataclasses import dataclass
from typing import Any

import tornado.web
from tornado.web import HTTPError
from voila.handler import VoilaHandler

from portal_lib.web.handlers import PortalHandler
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

    def initialize(self, *, page: Page, **kwargs: Any) -> None:
        super().initialize(notebook_path=page.notebook, **kwargs)
        self.page = page

    @tornado.web.authenticated
    async def get(self) -> None:
        guest = self.guest
        who = await self.identity_provider.display_name(guest.visitor.name)
        if not guest.visitor.codes:
            self.set_status(403)
            self.finish(self.render_portal("no_customer.html", staff=guest.staff, who=who))
            return
        kernel_id = await self.kernel_manager.make_room(guest)
        if kernel_id is None:
            raise HTTPError(429)
        opening_for.set(Opening(guest, kernel_id))
        self.frame_values = self.page_frame(who=who, here=self.page.address)
        try:
            async for snippet in self.get_generator():
                self.write(snippet)
                self.flush()
        finally:
            self.kernel_manager.give_up_room(kernel_id)


def add_frame(handler: Any, notebook: Any, cwd: str) -> None:
    """Voilà's prelaunch hook: hands the header's values to the template, as metadata of the notebook."""
    notebook.metadata["portal_frame"] = handler.frame_values["frame"]
    notebook.metadata["title"] = f"{handler.page.title} · {handler.frame_values['frame']['portal_name']}"
