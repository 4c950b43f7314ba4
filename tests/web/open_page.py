"""A page opened by a client that speaks the browser's protocol: fetch it, connect its websocket, turn its controls.

It draws nothing and fetches none of the front end's files; all that service and kernel do for a browser they do for it.
"""

import asyncio
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import psutil
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

V1 = "v1.kernel.websocket.jupyter.org"


def client() -> AsyncHTTPClient:
    """An HTTP client of its own, for as many requests at once as a crowd makes."""
    return SimpleAsyncHTTPClient(force_instance=True, max_clients=2000, max_body_size=200 * 1024 * 1024)


@dataclass
class OpenPage:
    """A page of somebody's, in a browser that never draws."""

    address: str
    token: str
    kernel_id: str
    html: str
    session_id: str
    socket: WebSocketClientConnection | None = None
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    notices: list[dict[str, Any]] = field(default_factory=list)
    types_seen: set[str] = field(default_factory=set)
    _turns: asyncio.Lock = field(default_factory=asyncio.Lock)
    _arrived: "asyncio.Queue[bytes | str | None]" = field(default_factory=asyncio.Queue)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    async def connect(self, **headers: str) -> None:
        """Open the page's websocket."""
        self._arrived = asyncio.Queue()
        address = self.address.replace("http://", "ws://") + f"api/kernels/{self.kernel_id}/channels"
        self.socket = await websocket_connect(
            HTTPRequest(
                f"{address}?session_id={self.session_id}", headers={**self.headers, **headers}, connect_timeout=60
            ),
            subprotocols=[V1],
            max_message_size=64 * 1024 * 1024,
            on_message_callback=self._arrived.put_nowait,  # read at once, as browsers do: pings are among it
        )

    async def send(self, message_type: str, content: dict[str, Any], channel: str = "shell") -> str:
        """Send one message as the front end does; returns its id."""
        message_id = uuid.uuid4().hex
        header = {"msg_id": message_id, "msg_type": message_type, "username": "", "session": "s", "version": "5.3",
                  "date": "2026-01-01T00:00:00Z"}  # fmt: skip
        parts = [json.dumps(part).encode() for part in (header, {}, {"version": "1.0.0"}, content)]
        assert self.socket is not None
        await self.socket.write_message(serialize_msg_to_ws_v1(parts, channel), binary=True)
        return message_id

    async def receive(self, seconds: float) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The next message: header, parent header, content. :class:`ConnectionError` where the service has hung up."""
        assert self.socket is not None
        frame = await asyncio.wait_for(self._arrived.get(), max(0.01, seconds))
        if frame is None:
            raise ConnectionError(f"closed with {self.socket.close_code}")
        assert isinstance(frame, bytes)
        _, parts = deserialize_msg_from_ws_v1(frame)
        header, parent, _, content = (json.loads(bytes(part)) for part in parts[:4])
        self.types_seen.add(header["msg_type"])
        if header["msg_type"] == "portale_notice":
            self.notices.append(content)
        return header, parent, content

    @property
    def pid(self) -> int:
        """The kernel's process, as the test notebooks tell it."""
        return int(self._who["pid"])

    @property
    def environment(self) -> dict[str, str]:
        """What the kernel's environment held when the page was made."""
        return dict(self._who["environment"])

    @property
    def _who(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.models[self.model("TextModel", description="who")]["value"])
        return known

    def is_running(self) -> bool:
        """Whether the kernel's process is there."""
        try:
            return bool(psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    def model(self, name: str, **state: Any) -> str:
        """The id of the first widget of a class (``DropdownModel``) whose state says so."""
        return next(
            model
            for model, known in self.models.items()
            if known.get("_model_name") == name and all(known.get(key) == value for key, value in state.items())
        )

    async def turn(self, model: str, seconds: float = 60, **state: Any) -> float:
        """Set a control's traits and wait until the kernel has done all that follows; the seconds it took.

        One at a time: the next waits for its own turn.
        """
        async with self._turns:
            return await self._turn(model, seconds, state)

    async def _turn(self, model: str, seconds: float, state: dict[str, Any]) -> float:
        started = time.perf_counter()
        content = {"comm_id": model, "data": {"method": "update", "state": state, "buffer_paths": []}}
        message_id = await self.send("comm_msg", content)
        deadline = time.monotonic() + seconds
        while True:
            header, parent, content = await self.receive(deadline - time.monotonic())
            ends = header["msg_type"] == "status" and content["execution_state"] == "idle"
            if ends and parent.get("msg_id") == message_id:
                return time.perf_counter() - started

    async def click(self, turn: int = 0) -> float:
        """Choose another detail, which draws the whole page anew; the seconds until the kernel is done."""
        buttons = next(
            model
            for model, known in self.models.items()
            if known.get("_model_name") in ("ToggleButtonsModel", "DropdownModel", "RadioButtonsModel")
            and len(known.get("_options_labels", ())) > 1
        )
        options = len(self.models[buttons]["_options_labels"])
        index = int(self.models[buttons].get("index") or 0)
        self.models[buttons]["index"] = (index + 1 + turn) % options
        return await self.turn(buttons, index=self.models[buttons]["index"])

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()


async def ask(address: str, token: str, path: str, **options: Any) -> HTTPResponse:
    """One request with this visitor's token; every status is an answer."""
    request = HTTPRequest(
        address + path,
        headers={"Authorization": f"token {token}", **options.pop("headers", {})},
        request_timeout=options.pop("request_timeout", 120),
        follow_redirects=False,
        allow_nonstandard_methods=True,
        **options,
    )
    return await client().fetch(request, raise_error=False)


async def open_page(
    address: str,
    token: str,
    page: str = "controls",
    *,
    connect: bool = True,
    patience: float = 180,
    headers: dict[str, str] | None = None,
) -> OpenPage:
    """Open a page, trying again where the portal says that it has no room, as a browser does."""
    deadline = time.monotonic() + patience
    while True:
        reply = await ask(address, token, page, request_timeout=patience, headers=headers or {})
        if reply.code != 503 or time.monotonic() > deadline:
            break
        await asyncio.sleep(int(reply.headers.get("Refresh", "1")))
    assert reply.code == 200, (reply.code, reply.body[-2000:])
    html = reply.body.decode()
    known = _json_in(html, "jupyter-config-data")
    models = {model: kept["state"] for model, kept in _json_in(html, "portal-snapshot")["models"].items()}
    names = {model: kept["name"] for model, kept in _json_in(html, "portal-snapshot")["models"].items()}
    opened = OpenPage(address, token, known["kernelId"], html, known["sessionId"])
    opened.models = {model: {"_model_name": names[model], **state} for model, state in models.items()}
    if connect:
        await opened.connect()
    return opened


def _json_in(html: str, element: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{element}">(.*?)</script>', html, re.DOTALL)
    assert found is not None, html[-3000:]
    return json.loads(found[1])
