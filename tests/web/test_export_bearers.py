"""Export tokens at the service: asked in a body, remembered for moments, and opening exports alone."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from portal_lib.visitor import Visitor
from portal_lib.web import export_bearers
from portal_lib.web.export_bearers import ExportBearers, TokenRefused, asked_from, export_token
from tests.awaiting import awaited

RIGHT = "pex_" + "a" * 43


@dataclass
class PaperHub:
    """Stands in for the Hub's address of export tokens; ``asked`` keeps every question."""

    status: int = 200
    answer: object = field(default_factory=lambda: {"name": "c-1", "codes": ["10"]})
    asked: list[tuple[str, str, dict]] = field(default_factory=list)

    def during(self, work):
        hub = self

        class Tokens(RequestHandler):
            async def post(self):
                hub.asked.append(
                    (self.request.uri, self.request.headers["Authorization"], json.loads(self.request.body))
                )
                await asyncio.sleep(0)
                self.set_status(hub.status)
                if hub.status == 429:
                    self.set_header("Retry-After", "120")
                self.finish(json.dumps(hub.answer))

        async def run():
            socket, port = bind_unused_port()
            server = HTTPServer(Application([(r"/hub/api/portale/export-tokens", Tokens)]))
            server.add_socket(socket)
            auth = type("Auth", (), {"api_url": f"http://127.0.0.1:{port}/hub/api", "api_token": "of the service"})()
            try:
                return await work(ExportBearers(auth))
            finally:
                server.stop()

        return awaited(run())


def refusal_of(hub, token=RIGHT):
    async def work(bearers):
        with pytest.raises(TokenRefused) as caught:
            await bearers.visitor(token, "192.0.2.1")
        return caught.value

    return hub.during(work)


def test_the_hub_says_who_a_token_stands_for_and_the_token_is_in_no_address():
    hub = PaperHub()
    assert hub.during(lambda bearers: bearers.visitor(RIGHT, "192.0.2.1")) == Visitor("c-1", frozenset({"10"}))
    ((address, authorization, body),) = hub.asked
    assert RIGHT not in address and authorization == "token of the service"
    assert body == {"token": RIGHT, "address": "192.0.2.1"}


def test_a_burst_asks_the_hub_once():
    hub = PaperHub()

    async def work(bearers):
        return await asyncio.gather(*(bearers.visitor(RIGHT, "192.0.2.1") for _ in range(50)))

    assert len(hub.during(work)) == 50 and len(hub.asked) == 1


def test_an_answer_is_forgotten_after_moments(monkeypatch):
    hub = PaperHub()
    monkeypatch.setattr(export_bearers, "REMEMBERED_SECONDS", 0.0)

    async def work(bearers):
        await bearers.visitor(RIGHT, "192.0.2.1")
        await bearers.visitor(RIGHT, "192.0.2.1")

    hub.during(work)
    assert len(hub.asked) == 2
    assert export_bearers.REMEMBERED_SECONDS <= 5


def test_when_sessions_end_the_hub_is_asked_anew():
    hub = PaperHub()

    async def work(bearers):
        await bearers.visitor(RIGHT, "192.0.2.1")
        bearers.forget()
        hub.status = 404
        with pytest.raises(TokenRefused):
            await bearers.visitor(RIGHT, "192.0.2.1")

    hub.during(work)


def test_a_wrong_answer_is_never_remembered():
    hub = PaperHub(status=404)

    async def work(bearers):
        with pytest.raises(TokenRefused):
            await bearers.visitor(RIGHT, "192.0.2.1")
        hub.status = 200
        return await bearers.visitor(RIGHT, "192.0.2.1")

    assert hub.during(work).name == "c-1"


def test_a_token_that_opens_nothing_is_refused():
    assert refusal_of(PaperHub(status=404)).status == 401


def test_too_many_wrong_ones_say_when_to_try_again():
    refusal = refusal_of(PaperHub(status=429))
    assert (refusal.status, refusal.retry_after) == (429, "120")


@pytest.mark.parametrize(
    ("status", "answer"), [(500, {}), (403, {}), (200, "text"), (200, {"name": "c-1"}), (200, None)]
)
def test_a_hub_that_gives_no_answer_opens_nothing(status, answer):
    assert refusal_of(PaperHub(status, answer)).status == 503


def test_what_is_far_too_long_is_not_even_asked():
    hub = PaperHub()
    assert refusal_of(hub, "pex_" + "a" * 10_000).status == 401
    assert not hub.asked


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (f"Bearer {RIGHT}", RIGHT),
        (f"bearer  {RIGHT} ", RIGHT),
        (f"token {RIGHT}", None),
        ("Bearer of-the-hub", None),
        (RIGHT, None),
        ("", None),
        ("Bearer", None),
    ],
)
def test_only_a_bearer_with_our_prefix_is_ours(header, token):
    assert export_token(header) == token


def test_where_a_request_came_from_is_what_the_proxy_adds():
    def request(**headers):
        return HTTPServerRequest(
            "GET", "/", headers=HTTPHeaders(headers), connection=type("C", (), {"context": None})()
        )

    forged = {"X-Forwarded-For": "203.0.113.9, 192.0.2.1"}
    assert asked_from(request(**forged)) == "192.0.2.1"
