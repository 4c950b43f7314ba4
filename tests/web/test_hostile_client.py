"""What a client that means harm gets: a refusal; and what everybody else gets meanwhile: their answers."""

import asyncio
import contextlib
import itertools
import json
import os
import socket
import uuid

import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from portal_lib.web import frames
from tests.awaiting import awaited
from tests.web.conftest import soon
from tests.web.open_page import V1, ask, open_page

CODE = "10002003"


def amid_others(service, attack):
    """Run an attack from a page of its own while another visitor clicks; every click of theirs must be answered."""

    async def work():
        hostile = await open_page(service.address, f"c-hostile-{uuid.uuid4().hex[:6]}.{CODE}")
        other = await open_page(service.address, f"c-other-{uuid.uuid4().hex[:6]}.{CODE}")
        attacking = asyncio.create_task(attack(hostile))
        clicks = 0
        while not attacking.done() or clicks < 3:
            await other.click()
            clicks += 1
            await asyncio.sleep(0.02)
        result = await attacking
        for page in (hostile, other):
            page.close()
            await ask(service.address, page.token, f"pagine/{page.kernel_id}/chiusa", method="POST", body="")
        return result

    return awaited(work())


async def code_of_closing(page, seconds=30):
    """With which code the service hangs up on this page; None where it does not."""
    with contextlib.suppress(TimeoutError):
        while True:
            try:
                await page.receive(seconds)
            except ConnectionError:
                return page.socket.close_code or 1006
    return None


def frame(message_type="comm_msg", content=None, channel="shell", buffers=()):
    header = {"msg_type": message_type, "msg_id": uuid.uuid4().hex, "session": "s", "username": "", "version": "5.3",
              "date": "2026-01-01T00:00:00Z"}  # fmt: skip
    parts = [json.dumps(part).encode() for part in (header, {}, {}, content or {})]
    return serialize_msg_to_ws_v1([*parts, *buffers], channel)


@pytest.mark.parametrize("protocol", [None, "other", "v1", "", "V1.KERNEL.WEBSOCKET.JUPYTER.ORG"])
def test_a_handshake_without_v1_is_refused(service, protocol):
    async def attack(page):
        address = f"{service.address}api/kernels/{page.kernel_id}/channels".replace("http", "ws", 1)
        request = HTTPRequest(address, headers=page.headers)
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(request, subprotocols=[protocol] if protocol is not None else None)
        return refused.value.code

    assert amid_others(service, attack) == 400


def nice(process):
    return os.getpriority(os.PRIO_PROCESS, process)


BAD_FRAMES = {
    "counts to 2^63": [
        count.to_bytes(8, "little") + frame()[8:] for count in (0, 1, 5, 65, 2_000_000, 2**63, 2**64 - 1)
    ],
    "truncated": [frame(content={"comm_id": "a" * 50})[:length] for length in range(0, 200, 13)],
    "giant": [frame(buffers=[bytes(frames.MAX_FRAME_BYTES)])],
    "offsets that run backwards": [frame()[:16] + (0).to_bytes(8, "little") + frame()[24:]],
    "nested": [serialize_msg_to_ws_v1([b'{"msg_type":"comm_msg"}', b"{}", b"{}", b"[" * 100_000], "shell")],
    "forbidden types": [
        frame(kind, {"code": "open('/tmp/x', 'w')", "silent": False}, channel)
        for kind, channel in itertools.product(
            ("execute_request", "shutdown_request", "interrupt_request", "complete_request", "inspect_request",
             "history_request", "debug_request", "input_reply", "create_subshell_request", "is_complete_request"),
            ("shell", "control"),
        )
    ],
    "forbidden targets": [
        frame("comm_open", {"comm_id": "x", "target_name": target, "data": {}})
        for target in ("jupyter.widget", "jupyter.widget.version", "hub", "", None)
    ],
    "channels that are none": [frame(channel=channel) for channel in ("iopub", "stdin", "hb", "")],
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(BAD_FRAMES))
def test_a_frame_that_no_page_sends_reaches_no_kernel(service, kind):
    async def attack(page):
        refused = service.log.count("frame refused")
        for bad in BAD_FRAMES[kind]:
            await page.socket.write_message(bad, binary=True)
        with contextlib.suppress(ConnectionError, WebSocketClosedError):
            await page.click()
        return service.log.count("frame refused") - refused

    assert amid_others(service, attack) == min(len(BAD_FRAMES[kind]), 20)


def test_text_frames_are_refused_as_well(service):
    async def attack(page):
        await page.socket.write_message(json.dumps({"header": {"msg_type": "execute_request"}, "channel": "shell"}))
        await page.click()

    amid_others(service, attack)


def test_a_frame_larger_than_any_message_ends_the_connection(service):
    async def attack(page):
        with contextlib.suppress(WebSocketClosedError):
            await page.socket.write_message(bytes(2 * 1024 * 1024), binary=True)
        return await code_of_closing(page)

    assert amid_others(service, attack) in (1006, 1009)


def test_who_goes_on_sending_what_is_refused_is_hung_up_on(service):
    async def attack(page):
        with contextlib.suppress(WebSocketClosedError):
            for _ in range(100):
                await page.socket.write_message(b"\x00" * 50, binary=True)
        return await code_of_closing(page)

    assert amid_others(service, attack) in (1008, 1006)


@pytest.mark.parametrize("message_type", ["comm_info_request", "comm_msg"])
def test_ten_thousand_messages_at_once_wait_in_their_own_browser(service, message_type):
    async def attack(page):
        content = {"comm_id": page.model("ToggleButtonsModel"), "data": {"method": "update", "state": {"index": 1}}}
        message = frame(message_type, content)

        async def send():
            for _ in range(10_000):
                await page.socket.write_message(message, binary=True)

        sending = asyncio.create_task(send())
        gives_way = await soon(lambda: nice(page.pid) > nice(service.pid), 30)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        return gives_way

    assert amid_others(service, attack), "the flooded kernel gives way to everybody else's"


ANYTHING = [None, -1, 2**63, float("nan"), "x" * 5_000, "<script>alert(1)</script>", {}, [[]], "IPY_MODEL_x", "\x00"]
TRAITS = {"value", "index", "_options_labels", "layout", "children"}


def test_traits_set_to_anything_harm_only_ones_own_page(service):
    async def attack(page):
        for model, known in page.models.items():
            if known.get("description") in ("works", "floods"):
                continue  # these do what they are told
            for trait, value in itertools.product(TRAITS & set(known), ANYTHING):
                data = {"method": "update", "state": {trait: value}}
                await page.send("comm_msg", {"comm_id": model, "data": data})
        # Its answers to pings wait behind all this: hung up on after a while, or not.
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:
                await page.receive(2)
        return page

    page = amid_others(service, attack)
    assert page.types_seen.isdisjoint({"error", "stream", "execute_input"})
    assert not [notice for notice in page.notices if "secret" in notice["text"] or "Traceback" in notice["text"]]


ADDRESSES = ["api/kernels/{id}", "api/kernels/{id}/", "api/kernels/{id}/channels", "api/kernels/{id}/interrupt",
             "api/kernels/{id}/restart", "api/kernels", "pagine/{id}/chiusa", "voila/api/shutdown/{id}",
             "voila/query/{id}", "api/sessions/{id}", "voila/files/{id}", "files/{id}"]  # fmt: skip
VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def test_anothers_kernel_is_not_there_on_any_address_by_any_verb(service):
    async def attack(page):
        found = {}
        for address, verb in itertools.product(ADDRESSES, VERBS):
            stranger = f"c-stranger-{verb}.{CODE}"  # one alone would be sent away for asking so often
            body = "{}" if verb in ("POST", "PUT", "PATCH") else None
            reply = await ask(service.address, stranger, address.format(id=page.kernel_id), method=verb, body=body)
            if reply.code < 300 or reply.code >= 500 or b"execution_state" in (reply.body or b""):
                found[verb, address] = reply.code
        socket_address = f"{service.address}api/kernels/{page.kernel_id}/channels".replace("http", "ws", 1)
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(
                HTTPRequest(socket_address, headers={"Authorization": f"token {stranger}"}), subprotocols=[V1]
            )
        await page.click()
        return found, refused.value.code

    found, refused = amid_others(service, attack)
    assert found == {} and refused in (403, 404)


def test_a_stranger_cannot_use_up_the_websockets_of_a_page(service):
    async def attack(page):
        address = f"{service.address}api/kernels/{page.kernel_id}/channels".replace("http", "ws", 1)
        request = HTTPRequest(address, headers={"Authorization": f"token c-stranger.{CODE}"})
        tries = [websocket_connect(request, subprotocols=[V1]) for _ in range(20)]
        page.close()
        await page.connect()
        replies = await asyncio.gather(*tries, return_exceptions=True)
        await page.click()
        return {reply.code for reply in replies if isinstance(reply, HTTPClientError)}

    assert amid_others(service, attack) <= {403, 404}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"]
)
def test_a_page_of_another_origin_connects_to_nothing(service, origin):
    async def attack(page):
        address = f"{service.address}api/kernels/{page.kernel_id}/channels".replace("http", "ws", 1)
        # As a browser does it: cookies and Origin, no Authorization; the token stands in for the cookie.
        request = HTTPRequest(
            f"{address}?token={page.token}", headers={"Origin": origin, "Sec-Fetch-Mode": "websocket"}
        )
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(request, subprotocols=[V1])
        return refused.value.code

    assert amid_others(service, attack) == 403


def test_an_ended_session_opens_nothing_any_more(service):
    token = f"c-ended.{CODE}"

    async def work():
        page = await open_page(service.address, token)
        service.hub.end(token)
        body = json.dumps({"name": "c-ended", "session": None})
        await ask(service.address, service.token, "internal/end", method="POST", body=body)
        codes = []
        for path in ("", "controls", f"api/kernels/{page.kernel_id}", "files/1", "export/X.csv", "nothing"):
            codes.append((await ask(service.address, token, path)).code)
        with pytest.raises(HTTPClientError) as refused:
            await page.connect()
        return codes, refused.value.code, page.is_running()

    codes, refused, running = awaited(work())
    assert set(codes) <= {302, 403, 404} and 200 not in codes and refused in (403, 404) and not running


def test_an_end_in_the_middle_of_opening_leaves_nothing(service):
    async def work():
        token = f"c-race.{CODE}"
        before = {process.pid for process in service.family()}
        for wait in (0.0, 0.05, 0.1, 0.2):
            asking = asyncio.create_task(ask(service.address, token, "controls"))
            await asyncio.sleep(wait)
            body = json.dumps({"name": "c-race", "session": None})
            await ask(service.address, service.token, "internal/end", method="POST", body=body)
            await asking
        for _ in range(50):
            if {process.pid for process in service.family()} <= before:
                return True
            await asyncio.sleep(0.2)
        return False

    assert awaited(work())


WAYS_OUT = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "....//", "%252e%252e%252f", "..;/", "%c0%ae%c0%ae/",
            "/", "//", "..%00/", "%00"]  # fmt: skip
ROOMS = ["static/", "files/", "export/", "api/kernels/", "pagine/", "voila/", "internal/", ""]


def raw(service, path, visitor, method="GET"):
    """The status and body of a request whose path is sent as written."""
    with socket.create_connection(("127.0.0.1", service.port), 20) as connection:
        request = (
            f"{method} /services/portale/{path} HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\n"
            f"Authorization: token c-paths-{visitor}.{CODE}\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(request.encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return int(answer.split(b" ", 2)[1]), answer


@pytest.mark.parametrize("room", ROOMS)
def test_no_path_leads_out_of_the_portal(service, room):
    targets = ("etc/passwd", "server.py", "notebooks/controls.ipynb")
    for way, target in itertools.product(WAYS_OUT, targets):  # more than a visitor may ask for at once
        status, answer = raw(service, f"{room}{way * 6}{target}", f"{ROOMS.index(room)}-{targets.index(target)}")
        assert status in (302, 400, 403, 404), (room, way, target, status)
        assert b"root:" not in answer and b"import " not in answer and b"nbformat" not in answer


NO_REQUESTS = {
    "zeros": b"\x00" * 100,
    "an endless address": b"GET " + b"a" * 100_000,
    "many headers": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000,
    "an immense body": b"POST /services/portale/internal/end HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    "an immense chunk": b"GET /services/portale/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
}


@pytest.mark.parametrize("noise", NO_REQUESTS.values(), ids=NO_REQUESTS.keys())
def test_what_is_no_request_is_dropped_and_nobody_else_waits(service, noise):
    async def attack(page):
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        with contextlib.suppress(OSError):
            writer.write(noise)
            await writer.drain()
            answer = await asyncio.wait_for(reader.read(1000), 5) if noise.startswith(b"POST") else b""
            assert b" 200 " not in answer
        writer.close()

    amid_others(service, attack)


def test_a_crowd_that_asks_for_pages_gets_what_one_visitor_may_have(service):
    async def attack(page):
        replies = await asyncio.gather(*(ask(service.address, page.token, "controls") for _ in range(25)))
        codes = [reply.code for reply in replies]
        await asyncio.sleep(0.1)
        body = json.dumps({"name": page.token.partition(".")[0], "session": None})
        await ask(service.address, service.token, "internal/end", method="POST", body=body)
        return codes

    codes = amid_others(service, attack)
    assert codes.count(200) <= 5 and codes.count(429) >= 20
