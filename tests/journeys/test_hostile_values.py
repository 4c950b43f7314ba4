"""A browser may set any widget to anything: sent straight over the household's own websocket, past every control."""

import asyncio
import json
import uuid

import tornado.websocket
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import HTTPRequest

from tests.awaiting import awaited
from tests.journeys.chart_page import ChartPage

HOSPITAL_POD = "IT999E00000301"
V1 = "v1.kernel.websocket.jupyter.org"

HOSTILE = [
    {"index": 1},
    {"index": 10**9},
    {"index": HOSPITAL_POD},
    {"value": HOSPITAL_POD},
    {"_options_labels": [HOSPITAL_POD], "index": 0},
    {"value": {"year": 1, "month": 0, "date": 1}},
    {"value": {"year": 9999, "month": 11, "date": 31}},
    {"value": {"year": "x", "month": [], "date": None}},
    {"value": "<img src=x onerror=alert(1)>"},
    {"value": "9" * 2_000},
    {"children": ["IPY_MODEL_nothing"]},
    {"layout": "IPY_MODEL_nothing", "style": None, "description": {"a": [1] * 100}},
    {"__class__": "x", "_model_name": "x", "comm": None, "keys": []},
]


def test_hostile_widget_values_show_nothing_of_others_and_leave_the_page_alive(portal, browser, household):
    page = household.open(browser, portal).new_page()
    before = ChartPage(page).open().total()
    kernel = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    cookies = page.context.cookies(f"{portal.address}/services/portale/")
    header = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)
    session = uuid.uuid4().hex
    url = f"ws://127.0.0.1:{portal.port}/services/portale/api/kernels/{kernel}/channels?session_id={session}"

    async def attack():
        socket = await tornado.websocket.websocket_connect(
            HTTPRequest(url, headers={"Cookie": header, "Origin": portal.address}), subprotocols=[V1]
        )

        def send(message_type, content):
            head = {
                "msg_id": uuid.uuid4().hex,
                "msg_type": message_type,
                "session": session,
                "username": "",
                "version": "5.3",
            }
            parts = [json.dumps(part).encode() for part in (head, {}, {}, content)]
            return socket.write_message(serialize_msg_to_ws_v1(parts, "shell"), binary=True)

        async def answers(seconds):
            """Everything that comes back until nothing has for a while."""
            while True:
                try:
                    frame = await asyncio.wait_for(socket.read_message(), seconds)
                except TimeoutError:
                    return
                assert frame is not None, "the service ended the connection"
                yield [bytes(part) for part in deserialize_msg_from_ws_v1(frame)[1]]

        await send("comm_info_request", {"target_name": "jupyter.widget"})
        models = []
        async for parts in answers(3):
            if json.loads(parts[0])["msg_type"] == "comm_info_reply":
                models = list(json.loads(parts[3])["comms"])
        assert len(models) > 10

        seen = []
        for model in models:
            for state in HOSTILE:
                await send("comm_msg", {"comm_id": model, "data": {"method": "update", "state": state}})
            # No faster than the service reads: who floods it is hung up on, and would prove nothing.
            async for parts in answers(len(HOSTILE) / 40):
                seen.append(b"".join(parts).decode("utf-8", "replace"))
        async for parts in answers(5):
            seen.append(b"".join(parts).decode("utf-8", "replace"))
        socket.close()
        return seen

    seen = awaited(attack())
    assert seen, "the kernel answers"
    # What was sent may come back as an echo; nothing that only the hospital's data could tell may.
    assert not any("Borgo San Rocco" in text or "Traceback" in text or "/portal_lib/" in text for text in seen)
    page.reload()
    assert ChartPage(page).open().total() == before
