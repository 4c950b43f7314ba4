"""What a browser can do to its page's connection: read too slowly, send too fast, be gone. It harms nobody else."""

import time
from types import SimpleNamespace

import pytest
from tornado.iostream import StreamBufferFullError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from portal_lib.web import frames
from portal_lib.web.websocket import PageConnection, PageSocket
from tests.awaiting import awaited


@pytest.fixture
def socket(monkeypatch):
    """A page's websocket without a browser; ``passed`` is what reached the kernel."""
    socket = PageSocket.__new__(PageSocket)
    socket._current_user = SimpleNamespace(username="c-1")
    socket.ended = []
    stream = SimpleNamespace(close=lambda: socket.ended.append("stream"))
    socket.ws_connection = SimpleNamespace(stream=stream, is_closing=lambda: bool(socket.ended))
    socket._pace = frames.Pace()
    socket.passed = []
    monkeypatch.setattr(PageSocket, "log", SimpleNamespace(warning=lambda *_: None))
    monkeypatch.setattr(frames, "check", lambda _: None)
    monkeypatch.setattr(VoilaKernelWebsocketHandler, "on_message", lambda self, message: self.passed.append(message))
    return socket


def test_what_arrives_after_the_browser_has_gone_is_never_read_as_the_old_protocol():
    gone = SimpleNamespace(websocket_handler=SimpleNamespace(selected_subprotocol=None))
    assert PageConnection.subprotocol.fget(gone) == frames.PROTOCOL


def test_the_page_of_a_browser_that_does_not_read_ends(socket, monkeypatch):
    def full(*_):
        raise StreamBufferFullError

    monkeypatch.setattr(VoilaKernelWebsocketHandler, "write_message", full)
    assert socket.write_message(b"state", binary=True) is None
    assert socket.ended == ["stream"]


def test_a_flood_waits_in_the_browser(socket):
    async def flood():
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            await socket.on_message(b"x")

    awaited(flood())
    assert 200 < len(socket.passed) < 300


def test_a_message_that_waited_for_a_connection_now_closed_is_dropped(socket):
    socket.ended.append("closed")
    awaited(socket.on_message(b"x"))
    assert socket.passed == []
