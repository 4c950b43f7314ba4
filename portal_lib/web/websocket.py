"""A page's websocket: only Jupyter's v1 protocol, only checked frames inward, no tracebacks outward."""

import json
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.web import HTTPError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from portal_lib.web import frames

#: Kept from browsers: tracebacks and prints go to the log, sources of cells nowhere.
_KEPT_BACK = frozenset({"error", "stream", "execute_input"})

_POLICY_VIOLATION = 1008
_MAX_BAD_FRAMES = 20


class PageConnection(ZMQChannelsWebsocketConnection):
    """Between a page's websocket and its kernel."""

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

    async def get(self, kernel_id: str) -> None:
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if frames.PROTOCOL not in (name.strip() for name in offered.split(",")):
            raise HTTPError(400, "the kernel websocket protocol v1 is required")
        await super().get(kernel_id=kernel_id)

    async def open(self, kernel_id: str) -> None:
        self.kernel_manager.attached(kernel_id, self)
        await super().open(kernel_id)

    def on_message(self, ws_message: bytes | str) -> None:
        try:
            frames.check(ws_message)
        except frames.BadFrame as problem:
            self._bad_frames += 1
            self.log.warning("Visitor %s: frame refused: %s", self.current_user.username, problem)
            if self._bad_frames >= _MAX_BAD_FRAMES:
                self.close(_POLICY_VIOLATION, "too many refused messages")
            return
        super().on_message(ws_message)

    def on_close(self) -> None:
        self.kernel_manager.detached(self.kernel_id, self)
        super().on_close()


def _short(content: Any) -> str:
    text = bytes(content)[:4000].decode("utf-8", "replace")
    return text.replace("\n", "\\n")
