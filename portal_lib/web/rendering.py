"""A notebook turned into a page, piece by piece: its head at once, its cells as they come, its widgets' state last.

Stock Voilà renders in a task that nobody awaits: a template's mistake, or a kernel that dies, leaves a page that never
ends. Here the page's handler iterates over the pieces itself, so everything that goes wrong reaches it, and
:meth:`PageRenderer.failed` ends the page with a sentence. No traceback and no print is ever part of a page.
"""

import copy
import functools
import logging
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from portal_lib.frontend.bundle import Bundle
from portal_lib.language import Said, spoken, translated
from portal_lib.web import metrics, notices
from portal_lib.web.execution import PageExecutor, in_page, listen_ahead
from portal_lib.web.kernels import PageKernels

log = logging.getLogger(__name__)

#: A page's cells take a second or two; one that takes this long will not come.
CELL_SECONDS = 60

#: What the bundle says by itself.
_SENTENCES = {
    "lost": Said(
        "Il collegamento con il portale è interrotto: proviamo a ristabilirlo.",
        "The connection to the portal is lost: we are trying to restore it.",
    ),
    "ended": Said(
        "Questa pagina non è più attiva: la sessione è finita, è rimasta a lungo ferma o c'è stato un errore.",
        "This page is no longer active: the session has ended, it was left alone for long, or there was an error.",
    ),
    "sessionOver": Said(
        "Questa pagina non è più attiva: la sessione è finita. Ricaricala per accedere di nuovo.",
        "This page is no longer active: the session has ended. Reload it to log in again.",
    ),
    "unfinished": Said(
        "La pagina non è arrivata per intero: ricaricala.", "The page did not arrive as a whole: reload it."
    ),
    "close": Said("Chiudi", "Close"),
    "chart": Said("Grafico", "Chart"),
}


class PageRenderer:
    """One page being rendered: :meth:`head`, then :meth:`pieces`, or :meth:`failed`; and always :meth:`close`."""

    def __init__(self, notebook: Path, environment: Environment, bundle: Bundle) -> None:
        self.notebook = copy.deepcopy(_read(notebook, notebook.stat().st_mtime_ns))
        self.executor: PageExecutor | None = None
        self._environment = environment
        self._bundle = bundle
        self._session_id = secrets.token_hex(16)
        kinds = [cell.cell_type for cell in self.notebook.cells]
        self._texts_ahead = kinds.index("code") if "code" in kinds else len(kinds)

    def head(self, kernel_id: str, nonce: str, **frame: Any) -> str:
        """The page's beginning, with the shape of what will come; nothing has been computed yet."""
        page = {
            "baseUrl": frame["frame"]["base"],
            "kernelId": kernel_id,
            "sessionId": self._session_id,
            "sentences": {name: said.say(spoken()) for name, said in _SENTENCES.items()},
        }
        first = [_html_of(cell.source, spoken()) for cell in self.notebook.cells[: self._texts_ahead]]
        return self._rendered(
            "page_start.html", page=in_page(page), bundle=self._bundle, nonce=nonce, texts=first, **frame
        )

    async def pieces(self, kernels: PageKernels, kernel_id: str, **frame: Any) -> AsyncIterator[str]:
        """The cells as they come into being, then the page's end. The kernel has been started."""
        self.executor = PageExecutor(
            self.notebook, km=kernels.get_kernel(kernel_id), timeout=CELL_SECONDS, record_timing=False
        )
        listen_ahead(kernels, kernel_id, self._session_id)
        await self.executor.connect()
        for index, cell in enumerate(self.notebook.cells):
            if index < self._texts_ahead:
                continue  # it stands in the head
            if cell.cell_type == "markdown":
                yield self._rendered("cell.html", markdown=_html_of(cell.source, spoken()))
            elif cell.cell_type == "code":
                failure = await self._run(cell, index, kernel_id)
                if failure:
                    yield self._rendered("cell.html", failure=failure)
                    break  # the cells after it would build on what is not there
                yield self._rendered("cell.html", outputs=[output.get("data", {}) for output in cell.outputs])
        if self.executor.heard is not None:
            kernels.drop_kept(kernel_id, self.executor.heard)
        yield self._rendered("page_end.html", snapshot=self.executor.snapshot(), **frame)

    def failed(self, reference: str, **frame: Any) -> str:
        """The end of a page of which only the beginning could be made."""
        failure = notices.IN_THE_PAGE.say(spoken(), reference=reference)
        return self._rendered("page_end.html", snapshot='{"date":"","models":{}}', failure=failure, **frame)

    async def close(self) -> None:
        """Let go of the kernel's channels, however far the page came."""
        if self.executor is not None:
            await self.executor.disconnect()

    async def _run(self, cell: Any, index: int, kernel_id: str) -> str:
        """Run a cell; the sentence for the visitor where it failed."""
        assert self.executor is not None
        cell.outputs = []
        try:
            await self.executor.async_execute_cell(cell, index, store_history=False)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            reference = notices.reference(kernel_id.encode() + bytes([index % 256]))
            log.error("%s: cell %d of a page failed in kernel %s: %s", reference, index, kernel_id, error)
            metrics.PAGE_ERRORS.labels("cell").inc()
            return notices.IN_THE_PAGE.say(spoken(), reference=reference)
        for output in cell.outputs:
            if output.output_type == "stream":
                said = output.text[: notices.MOST_LOGGED].replace("\n", "\\n")
                log.warning("Kernel %s: cell %d of a page said: %s", kernel_id, index, said)
        return ""

    def _rendered(self, template: str, **values: Any) -> str:
        return str(self._environment.get_template(template).render(**values))


@functools.lru_cache(16)
def _read(notebook: Path, _modified: int) -> Any:
    return nbformat.read(notebook, as_version=4)


@functools.lru_cache(64)
def _html_of(source: str, _language: str) -> str:
    """A text cell of the notebook's own, a paragraph at a time in the language spoken."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render("\n\n".join(map(_paragraph, source.split("\n\n")))))


def _paragraph(text: str) -> str:
    words = text.lstrip("#").strip()
    return text.replace(words, translated(words)) if words else text
