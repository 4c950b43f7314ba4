"""A page's websocket: only Jupyter's v1 protocol, only checked frames inward, no tracebacks outward."""

import asyncio
import contextlib
import json
import time
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.iostream import StreamBufferFullError
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from portal_lib.language import Said, language_of_cookies
from portal_lib.web import frames, lost_pages, metrics, notices

#: What a page needs of its kernel. Tracebacks and prints go to the log, sources of cells nowhere.
_PASSED_ON = frozenset(
    {"comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply", "status", "display_data",
     "update_display_data", "clear_output"}
)  # fmt: skip

_POLICY_VIOLATION = 1008
_MAX_BAD_FRAMES = 20

#: Kept for a browser that reads slowly: many times the state of the largest page.
_MOST_UNREAD_BYTES = 16 * 1024 * 1024


class PageConnection(ZMQChannelsWebsocketConnection):
    """Between a page's websocket and its kernel."""

    _told_of: str | None = None

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
        if message_type in _PASSED_ON:
            super().handle_outgoing_message(stream, outgoing_msg)
        elif message_type == "error":
            self._tell_of_error(parts)
        elif message_type == "stream":
            self.log.warning("Kernel %s: stream: %s", self.kernel_id, _short(parts[4]))

    def _tell_of_error(self, parts: list[Any]) -> None:
        """One sentence for all that one click brought about: its reference is that of the click's message."""
        caused_by = str(json.loads(bytes(parts[2])).get("msg_id", ""))
        reference = notices.reference(f"{self.kernel_id} {caused_by}".encode())
        self.log.error("%s: error in kernel %s: %s", reference, self.kernel_id, _short(parts[4]))
        if caused_by != self._told_of:
            self._told_of = caused_by
            metrics.PAGE_ERRORS.labels("callback").inc()
            self.websocket_handler.tell(notices.IN_A_CALLBACK, reference)

    def write_stderr(self, error_message: str, parent_header: Any) -> None:
        """What jupyter_server would say to a developer."""
        self.log.warning("Kernel %s: %s", self.kernel_id, " ".join(error_message.split()))


class PageSocket(VoilaKernelWebsocketHandler):
    """The handshake asks for v1 (without it, a binary frame sends Voilà's reader into an endless loop)."""

    _bad_frames = 0

    def initialize(self) -> None:
        super().initialize()
        self._pace = frames.Pace()
        self._answered = time.monotonic()

    async def get(self, kernel_id: str) -> None:
        self._language = language_of_cookies(self.request.headers.get("Cookie", ""))
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if frames.PROTOCOL not in (name.strip() for name in offered.split(",")):
            raise HTTPError(400, "the kernel websocket protocol v1 is required")
        try:
            await super().get(kernel_id=kernel_id)  # until the connection ends
        finally:
            self.kernel_manager.detach(kernel_id, self)

    def skip_check_origin(self) -> bool:
        """Never: stock jupyter_server looks at the Origin of cookies alone."""
        return False

    async def pre_get(self) -> None:
        if not self.kernel_manager.owners.owns(self.current_user.username, self.kernel_id):
            raise HTTPError(404)  # before it counts as one of the page's own
        if not self.kernel_manager.attach(self.kernel_id, self):
            raise HTTPError(429)
        await super().pre_get()

    async def open(self, kernel_id: str) -> None:
        self.ws_connection.stream.max_write_buffer_size = _MOST_UNREAD_BYTES
        await super().open(kernel_id)

    def look_after(self, now: float) -> None:
        """Ask whether the browser is still there; hang up where it has not said so for long."""
        if self.ws_connection is None:
            return  # not open yet, or closed already
        if now - self._answered > lost_pages.SILENT_SECONDS:
            self.ws_connection.stream.close()
            return
        with contextlib.suppress(WebSocketClosedError):
            self.ping(b"")

    def on_pong(self, data: bytes) -> None:
        self._answered = time.monotonic()
        self.kernel_manager.seen(self.kernel_id)

    def tell(self, said: Said, reference: str) -> None:
        """Have the page show a sentence."""
        with contextlib.suppress(WebSocketClosedError):
            self.write_message(notices.frame(self.connection.session, said, reference, self._language), binary=True)

    async def on_message(self, ws_message: bytes | str) -> None:
        try:
            await asyncio.sleep(self._pace.wait(len(ws_message), time.monotonic()))
        except asyncio.CancelledError:
            return  # the service ends
        if self.ws_connection is None or self.ws_connection.is_closing():  # closed while the message waited
            return
        try:
            frames.check(ws_message)
        except frames.BadFrame as problem:
            self._bad_frames += 1
            metrics.FRAMES_REFUSED.inc()
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
    text = bytes(content)[: notices.MOST_LOGGED].decode("utf-8", "replace")
    return text.replace("\n", "\\n")
