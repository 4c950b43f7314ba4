"""Whoever goes on asking for what is refused waits, and nobody else does."""

import asyncio
import uuid

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from portal_lib.web import refusals
from tests.awaiting import awaited
from tests.web.open_page import ask

CODE = "10002003"


def visitor():
    return f"c-{uuid.uuid4().hex[:8]}.{CODE}"


def test_a_few_refusals_are_answered_with_a_page(service):
    reply = awaited(ask(service.address, visitor(), "nothing"))
    assert reply.code == 404 and b"<html" in reply.body


def test_whoever_is_refused_too_often_is_sent_away_in_one_line_whatever_they_ask_for(service):
    insists, other = visitor(), visitor()
    many = int(refusals.AT_ONCE + refusals.A_SECOND * refusals.MOST_OWED_SECONDS)

    async def insist():
        replies = await asyncio.gather(*(ask(service.address, insists, f"nothing/{turn}") for turn in range(many)))
        sent_away = await ask(service.address, insists, "controls")
        beside = await ask(service.address, other, "nothing"), await ask(service.address, other, "inizio")
        return {reply.code for reply in replies}, sent_away, beside

    codes, sent_away, beside = awaited(insist())
    assert codes <= {404, 429}
    assert sent_away.code == 429 and int(sent_away.headers["Retry-After"]) > 0
    assert sent_away.body == b"429\n" and sent_away.headers["X-Content-Type-Options"] == "nosniff"
    assert beside[0].code == 404 and b"<html" in beside[0].body and beside[1].code != 429


def test_a_wrong_handshake_is_refused_before_anybody_is_asked_who_it_is(service):
    address = f"{service.address}api/kernels/{uuid.uuid4()}/channels".replace("http", "ws", 1)

    async def shake():
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(HTTPRequest(address, headers={"Authorization": "token nobody"}))
        return refused.value.code, refused.value.response.body

    assert awaited(shake()) == (400, b"400\n")
