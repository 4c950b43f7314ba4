"""``python -m benchmarks._hostile ADDRESS TOKEN``: a client that means harm, until it is ended.

It has a page of its own and sends as fast as it can, up to ten thousand messages a second: clicks, frames that no page
sends, handshakes without the protocol, requests for pages over its share, another's kernel. It says ``sending`` when it
begins.
"""

import asyncio
import contextlib
import sys
import time

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from tests.web.open_page import OpenPage, ask, open_page

_A_SECOND = 10_000


async def harm(address: str, token: str, page: str) -> None:
    mine = await open_page(address, token, page)
    print("sending", flush=True)
    await asyncio.gather(_flood(mine), _wrong_handshakes(mine), _pages_over_the_share(address, token, page))


async def _flood(page: OpenPage) -> None:
    assert page.socket is not None
    bad = [(2**63).to_bytes(8, "little") + bytes(64), b"\x00" * 60, (2_000_000).to_bytes(8, "little") + bytes(1000)]
    while True:
        second = time.monotonic() + 1
        try:
            for turn in range(_A_SECOND):
                if turn % 1000 == 0:
                    await page.socket.write_message(bad[turn // 1000 % len(bad)], binary=True)
                await page.send("comm_info_request", {"target_name": "x"})
                if turn % 100 == 0:
                    await asyncio.sleep(0)
        except (WebSocketClosedError, AssertionError):
            await asyncio.sleep(0.2)
            with contextlib.suppress(HTTPClientError, OSError):
                await page.connect()
        await asyncio.sleep(max(0.0, second - time.monotonic()))


async def _wrong_handshakes(page: OpenPage) -> None:
    address = page.address.replace("http://", "ws://") + f"api/kernels/{page.kernel_id}/channels"
    while True:
        with contextlib.suppress(HTTPClientError, OSError):
            socket = await websocket_connect(HTTPRequest(address, headers=page.headers), subprotocols=["other"])
            socket.close()
        await asyncio.sleep(0.02)


async def _pages_over_the_share(address: str, token: str, page: str) -> None:
    while True:
        await asyncio.gather(
            ask(address, token, page),
            ask(address, token, "api/kernels/00000000-0000-0000-0000-000000000000", method="DELETE"),
            ask(address, token, "static/..%2f..%2fserver.py"),
        )
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(harm(*sys.argv[1:]))
