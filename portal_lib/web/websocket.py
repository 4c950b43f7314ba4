"""A page's websocket: only Jupyter's v1 protocol, only checked frames inward, no tracebacks outward."""

import asyncio
import json
import time
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.iostream import StreamBufferFullError
from tornado.web import HTTPError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from portal_lib.web import frames

#: Kept from browsers: tracebacks and prints go to the log, sources of cells nowhere.
_KEPT_BACK = frozenset({"error", "stream", "execute_input"})

_POLICY_VIOLATION = 1008
_MAX_BAD_FRAMES = 20

#: Kept for a browser that reads slowly: many times the state of the largest page.
_MOST_UNREAD_BYTES = 16 * 1024 * 1024


class PageConnection(ZMQChannelsWebsocketConnection):
    """Between a page's websocket and its kernel."""

    @property
    def subprotocol(self) -> str:
        """The one that every handshake asks for.

        The stock answer is none as soon as the browser is gone, and what still arrives then goes to the reader of the
        old protocol, which takes gigabytes if the frame says so.
        """
        return frames.PROTOCOL

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        _, parts = self.session.feed_identities(outgoing_msg)
        message_type = json.loads(bytes(parts[1])).get("msg_type")
        if message_type in _KEPT_BACK:
            if message_type != "execute_input":
                self.log.warning("Kernel %s: %s: %s", self.kernel_id, message_type, _short(parts[4]))
            return
        super().handle_outgoing_message(stream, outgoing_msg)


class PageSocket(VoilaKernelWebsocketHandler):
    """The handshake asks for v1 (without it, a binary frame sends Voilà's reader into an endless loop)."""

    _bad_frames = 0

    def initialize(self) -> None:
        super().initialize()
        self._pace = frames.Pace()

    async def get(self, kernel_id: str) -> None:
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if frames.PROTOCOL not in (name.strip() for name in offered.split(",")):
            raise HTTPError(400, "the kernel websocket protocol v1 is required")
        try:
            await super().get(kernel_id=kernel_id)  # until the connection ends
        finally:
            self.kernel_manager.detach(kernel_id, self)

    async def pre_get(self) -> None:
        if not self.kernel_manager.attach(self.kernel_id, self):
            raise HTTPError(429)
        await super().pre_get()

    async def open(self, kernel_id: str) -> None:
        self.ws_connection.stream.max_write_buffer_size = _MOST_UNREAD_BYTES
        await super().open(kernel_id)

    async def on_message(self, ws_message: bytes | str) -> None:
        await asyncio.sleep(self._pace.wait(len(ws_message), time.monotonic()))
        if self.ws_connection is None or self.ws_connection.is_closing():  # closed while the message waited
            return
        try:
            frames.check(ws_message)
        except frames.BadFrame as problem:
            self._bad_frames += 1
            self.log.warning("Visitor %s: frame refused: %s", self.current_user.username, problem)
            if self._bad_frames >= _MAX_BAD_FRAMES:
                self.close(_POLICY_VIOLATION, "too many refused messages")
            return
        super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        try:
            return super().write_message(message, binary)
        except StreamBufferFullError:
            self.log.warning("Visitor %s does not read what it asks for; its page ends", self.current_user.username)
            self.ws_connection.stream.close()
            return None


def _short(content: Any) -> str:
    text = bytes(content)[:4000].decode("utf-8", "replace")
    return text.replace("\n", "\\n")
