"""What a browser can do to its page's connection: read too slowly, send too fast, be gone. It harms nobody else."""

import asyncio
import contextlib
import time
from types import SimpleNamespace

import pytest
from tornado.iostream import StreamBufferFullError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from portal_lib.web import frames, lost_pages
from portal_lib.web.budgets import Budgets
from portal_lib.web.websocket import PageConnection, PageSocket
from tests.awaiting import awaited


@pytest.fixture
def socket(monkeypatch):
    """A page's websocket without a browser; ``passed`` is what reached the kernel."""
    socket = PageSocket.__new__(PageSocket)
    socket._current_user = SimpleNamespace(username="c-1")
    socket.ended = []
    stream = SimpleNamespace(close=lambda: socket.ended.append("stream"))
    socket.ws_connection = SimpleNamespace(
        stream=stream, is_closing=lambda: bool(socket.ended), write_ping=lambda _: None
    )
    socket._messages = Budgets(frames.BURST_SECONDS, frames.LONGEST_WAIT_SECONDS)
    socket._answered = 0.0
    socket.kernel_id = "1"
    socket.flooded = []
    kernels = SimpleNamespace(seen=lambda _: None, flooded_by=socket.flooded.append)
    monkeypatch.setattr(PageSocket, "kernel_manager", kernels)
    socket.passed = []
    monkeypatch.setattr(PageSocket, "log", SimpleNamespace(warning=lambda *_: None))
    monkeypatch.setattr(frames, "check", lambda _: frames.Frame("shell", "comm_msg"))
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


def test_a_page_that_sends_is_there_though_its_pongs_wait_behind_what_it_sends(socket):
    awaited(socket.on_message(b"x"))
    socket.look_after(time.monotonic() + lost_pages.SILENT_SECONDS / 2)
    assert socket.ended == []


def test_the_kernels_of_who_floods_give_way_and_those_of_a_page_in_use_do_not(socket):
    async def flood():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.gather(*(socket.on_message(b"x") for _ in range(400)))

    awaited(socket.on_message(b"x"))
    assert socket.flooded == []
    awaited(flood())
    assert socket.flooded == ["c-1"]


def test_a_message_that_waited_for_a_connection_now_closed_is_dropped(socket):
    socket.ended.append("closed")
    awaited(socket.on_message(b"x"))
    assert socket.passed == []
