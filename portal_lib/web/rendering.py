"""A notebook turned into a page: stock Voilà's renderer, with an end whatever happens, and no traceback in it.

Voilà renders in a task that nobody awaits: a template's mistake, or a kernel that dies, leaves a page that never ends.
Here the page's handler iterates over the pieces itself, so everything that goes wrong reaches it.
"""

from collections.abc import AsyncIterator
from typing import Any

import nbformat
from jupyter_core.utils import ensure_async
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.preprocessors.clearoutput import ClearOutputPreprocessor
from tornado.escape import xhtml_escape
from voila.execute import VoilaExecutor
from voila.notebook_renderer import NotebookRenderer

from portal_lib.language import spoken
from portal_lib.web import metrics, notices

#: A page's cells take a second or two; one that takes this long will not come.
CELL_SECONDS = 60

#: What cells say to whoever develops them; never part of a page.
_KEPT_BACK = frozenset({"stream", "error"})


class PageRenderer(NotebookRenderer):
    """One page being rendered. Call :meth:`initialize`, iterate over :meth:`pieces`, and always :meth:`close`."""

    executor: Any = None

    def pieces(self, kernel_id: str, kernel: Any) -> AsyncIterator[str]:
        """The page's HTML, as it comes into being. ``kernel`` is the manager of the kernel that was started for it."""
        return _texts(self.generate_content_generator(kernel_id, kernel))

    async def close(self) -> None:
        """Let go of the kernel's channels, however far the page came."""
        if self.executor is not None and self.executor.kc is not None:
            client, self.executor.kc = self.executor.kc, None
            await ensure_async(client.stop_channels())

    async def _jinja_kernel_start(self, nb: Any, kernel_id: str, kernel_future: Any) -> str:
        self.executor = VoilaExecutor(
            nb, km=await ensure_async(kernel_future), config=self.traitlet_config, timeout=CELL_SECONDS
        )
        self.executor.kc = await self.executor.async_start_new_kernel_client()
        self.kernel_started = True
        return kernel_id

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> AsyncIterator[Any]:
        """Each cell with its outputs; the first that fails says so in a sentence and is the last."""
        nb, _ = ClearOutputPreprocessor().preprocess(nb, {"metadata": {"path": self.cwd}})
        for index, cell in enumerate(nb.cells):
            try:
                await self.executor.async_execute_cell(cell, index, store_history=False)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                reference = notices.reference(kernel_id.encode() + bytes([index % 256]))
                self.log.error("%s: cell %d of a page failed in kernel %s: %s", reference, index, kernel_id, error)
                metrics.PAGE_ERRORS.labels("cell").inc()
                cell.outputs = [_sentence(notices.IN_THE_PAGE.say(spoken(), reference=reference))]
                yield cell
                return
            if cell.cell_type == "code":
                self._log_what_was_said(cell, index, kernel_id)
                cell.outputs = [output for output in cell.outputs if output.output_type not in _KEPT_BACK]
            yield cell

    async def _cleanup_resources(self) -> None:
        await self.close()

    def _log_what_was_said(self, cell: Any, index: int, kernel_id: str) -> None:
        for output in cell.outputs:
            if output.output_type == "stream":
                said = output.text[: notices.MOST_LOGGED].replace("\n", "\\n")
                self.log.warning("Kernel %s: cell %d of a page said: %s", kernel_id, index, said)


def _sentence(text: str) -> Any:
    html = f'<p class="portal-page-error" role="alert">{xhtml_escape(text)}</p>'
    return nbformat.v4.new_output("display_data", data={"text/html": html, "text/plain": text})


async def _texts(pieces: Any) -> AsyncIterator[str]:
    async for text, _ in pieces:
        yield text
