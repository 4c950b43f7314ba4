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
from portal_lib.web.refusals import Paced

#: What a page needs of its kernel. Tracebacks and prints go to the log, sources of cells nowhere.
_PASSED_ON = frozenset(
    {"comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply", "status", "display_data",
     "update_display_data", "clear_output"}
)  # fmt: skip

_POLICY_VIOLATION = 1008
_MAX_BAD_FRAMES = 20

#: Whose messages, one after the other, have waited longer than this sends more than any page does.
_FLOODED_SECONDS = 1.0

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
            self.websocket_handler.answered(sum(len(part) for part in parts))
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


class PageSocket(Paced, VoilaKernelWebsocketHandler):
    """The handshake asks for v1 (without it, a binary frame sends Voilà's reader into an endless loop)."""

    _bad_frames = 0
    _waited = 0.0
    _flooded = False

    def initialize(self) -> None:
        super().initialize()
        self._messages = self.settings["messages"]
        self._answered = time.monotonic()

    async def prepare(self, *args: Any, **kwargs: Any) -> None:
        """Refuse what no page of ours sends before anybody is asked who it is."""
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if frames.PROTOCOL not in (name.strip() for name in offered.split(",")):
            await self.refuse(400, "the kernel websocket protocol v1 is required")
        origin = self.request.headers.get("Origin")
        if origin is not None and not self.check_origin(origin):
            await self.refuse(403, "another origin")
        await super().prepare(*args, **kwargs)

    def write_error(self, status_code: int, **_: Any) -> None:
        """Nobody reads it: browsers tell scripts nothing of a handshake that failed."""
        self.in_one_line(status_code)

    async def get(self, kernel_id: str) -> None:
        self._language = language_of_cookies(self.request.headers.get("Cookie", ""))
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
        # Small messages one after the other: else each would wait for the last one's receipt, of which browsers tell
        # after forty milliseconds.
        self.set_nodelay(True)
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
        self._is_there()

    def _is_there(self) -> None:
        """The browser shows life: by a pong, or by a message, behind which its pongs wait."""
        self._answered = time.monotonic()
        self.kernel_manager.seen(self.kernel_id)

    def answered(self, size: int) -> None:
        """The kernel answers with so many bytes, on its visitor's budget."""
        self._messages.spend(self.current_user.username, frames.cost_of_answer(size))

    def tell(self, said: Said, reference: str) -> None:
        """Have the page show a sentence."""
        with contextlib.suppress(WebSocketClosedError):
            self.write_message(notices.frame(self.connection.session, said, reference, self._language), binary=True)

    async def on_message(self, ws_message: bytes | str) -> None:
        self._is_there()
        wait = self._messages.spend(self.current_user.username, frames.cost(len(ws_message)))
        self._waited = self._waited + wait if wait else 0.0
        if self._waited > _FLOODED_SECONDS and not self._flooded:
            self._flooded = True
            self.kernel_manager.flooded_by(self.current_user.username)
        try:
            await asyncio.sleep(wait)
        except asyncio.CancelledError:
            return  # the service ends
        if self.ws_connection is None or self.ws_connection.is_closing():  # closed while the message waited
            return
        self._is_there()
        try:
            frame = frames.check(ws_message)
        except frames.BadFrame as problem:
            self._bad_frames += 1
            metrics.FRAMES_REFUSED.inc()
            self._messages.spend(self.current_user.username, frames.REFUSED_SECONDS)
            self.log.warning("Visitor %s: frame refused: %s", self.current_user.username, problem)
            if self._bad_frames >= _MAX_BAD_FRAMES:
                self.close(_POLICY_VIOLATION, "too many refused messages")
            return
        self._messages.spend(self.current_user.username, frame.further_cost)
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
