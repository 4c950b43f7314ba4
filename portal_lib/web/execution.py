"""Running a page's cells, and keeping the state of its widgets as the browser will draw them.

What a kernel says after the snapshot was taken, and before the browser's websocket is there, is kept for that
websocket: the page drops what the snapshot holds and applies the rest, so no update is lost in between.
"""

import json
import math
from datetime import datetime
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async
from nbclient.client import NotebookClient
from nbclient.exceptions import CellExecutionComplete, DeadKernelError

from portal_lib.web.kernels import PageKernels

#: How long a kernel's first answer is waited for before it is asked again, and how often it is asked.
_ANSWER_SECONDS, _QUESTIONS = 1.0, 60
#: The same for its broadcast, which it may have sent before anybody listened.
_BROADCAST_SECONDS = 0.1


class PageExecutor(NotebookClient):
    """nbclient's executor, with the state of widgets whoever changed it, and without its 200 ms of listening first."""

    heard: datetime | None = None  # when the kernel said, by its own clock, the last that the state holds

    async def connect(self) -> None:
        """Talk to the kernel; returns as soon as it answers and is listened to."""
        self.kc = self.km.client()
        self.kc.start_channels(stdin=False, hb=False)
        for _ in range(_QUESTIONS):
            self.kc.kernel_info()
            try:
                await ensure_async(self.kc.get_shell_msg(timeout=_ANSWER_SECONDS))
                await ensure_async(self.kc.get_iopub_msg(timeout=_BROADCAST_SECONDS))
            except Empty:
                await self._async_check_alive()
                continue
            self.kc.allow_stdin = False
            return
        raise DeadKernelError("The kernel does not answer")

    async def disconnect(self) -> None:
        """Let go of the kernel's channels; it lives on."""
        client, self.kc = self.kc, None
        if client is not None:
            await ensure_async(client.stop_channels())

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        """As nbclient's, but a widget that an earlier cell's thread changes counts too."""
        while True:
            message = await ensure_async(self.kc.iopub_channel.get_msg(timeout=None))
            self.heard = message["header"]["date"]
            if message["parent_header"].get("msg_id") == parent_msg_id:
                try:
                    self.process_message(message, cell, cell_index)
                except CellExecutionComplete:
                    return
            elif message["msg_type"] in ("comm_open", "comm_msg", "comm_close"):
                self.handle_comm_msg(cell.outputs, message, cell_index)

    def handle_comm_msg(self, outs: Any, msg: dict[str, Any], cell_index: int) -> None:
        content = msg["content"]
        if msg["msg_type"] == "comm_close":
            self.widget_state.pop(content["comm_id"], None)
            self.widget_buffers.pop(content["comm_id"], None)
            return
        # A trait that comes anew comes with all its buffers: nbclient would keep the old ones beside them.
        kept = self.widget_buffers.get(content["comm_id"], {})
        for path in [path for path in kept if path[0] in content["data"].get("state", {})]:
            del kept[path]
        super().handle_comm_msg(outs, msg, cell_index)

    def snapshot(self) -> str:
        """The widgets' state as JSON that may stand in a page: ``{"date": …, "models": {id: …}}`` (``src/page.ts``)."""
        models = {
            model_id: self._model(state, list(self.widget_buffers.get(model_id, {}).values()))
            for model_id, state in self.widget_state.items()
            if "_model_name" in state
        }
        whole = {"date": self.heard.isoformat() if self.heard else "1970-01-01T00:00:00Z", "models": models}
        return in_page(whole)

    @staticmethod
    def _model(state: dict[str, Any], buffers: list[dict[str, Any]]) -> dict[str, Any]:
        # A layout has forty traits, nearly all of them nothing, which is what the browser's class begins with.
        bare = state["_model_name"] == "LayoutModel"
        model: dict[str, Any] = {
            "name": state["_model_name"],
            "module": state["_model_module"],
            "version": state["_model_module_version"],
            "state": {name: value for name, value in state.items() if not (bare and value is None)},
        }
        if buffers:
            model["buffers"] = [{"path": buffer["path"], "data": buffer["data"]} for buffer in buffers]
        return model


def in_page(value: Any) -> str:
    """JSON for a ``<script type="application/json">``: what it holds can neither end the element nor fail to parse."""
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c")


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    return [_finite(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def listen_ahead(kernels: PageKernels, kernel_id: str, session_id: str) -> None:
    """From now on keep what the kernel says, for the websocket that will connect under this session."""
    kernel = kernels.get_kernel(kernel_id)
    channels = {}
    for name in ("iopub", "shell", "control", "stdin"):
        channels[name] = stream = getattr(kernel, f"connect_{name}")(identity=session_id.encode())
        stream.channel = name
    kernels.start_buffering(kernel_id, f"{kernel_id}:{session_id}", channels)
