"""The internal addresses: the service's token alone ends sessions, and a read is put on record beside the pages."""

import asyncio
import json
import threading
from types import SimpleNamespace

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from portal_lib.refused import Refused
from portal_lib.web import internal
from tests.awaiting import awaited

READ = {"first": "2025-01-01", "last": "2025-01-31", "points": 10, "reason": "bilancio"}
ANALYST = {"kind": "user", "name": "s-anna", "groups": ["analysts"]}


class Hub:
    """Stands in for the Hub's authentication of tokens."""

    api_token = "of the service"

    async def user_for_token(self, token, sync):
        assert sync is False
        return {"anna": ANALYST, "cliente": {"kind": "user", "name": "c-1", "groups": ["customer-1"]}}.get(token)


def ask(*requests):
    """The answers to requests that are made at once, in the order in which they come."""

    async def work():
        addresses = [
            ("/health", internal.HealthHandler),
            ("/internal/end", internal.EndSessions),
            ("/internal/reads", internal.StaffReads),
        ]
        application = Application(
            addresses, identity_provider=SimpleNamespace(hub_auth=Hub()), data_engine=None, base_url="/"
        )
        socket, port = bind_unused_port()
        server = HTTPServer(application)
        server.add_socket(socket)
        answers = []

        async def one(path, **options):
            reply = await AsyncHTTPClient().fetch(
                f"http://127.0.0.1:{port}{path}", raise_error=False, allow_nonstandard_methods=True, **options
            )
            answers.append((path, reply.code, reply.body))

        await asyncio.gather(*(one(path, **options) for path, options in requests))
        server.stop()
        return answers

    return awaited(work())


def post(path, token, body):
    headers = {"Authorization": f"token {token}"} if token else {}
    return path, {"method": "POST", "headers": headers, "body": json.dumps(body)}


def test_while_a_read_waits_for_the_database_everybody_else_is_answered(monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(internal, "record_read", lambda *_: answered.wait(5))

    def health_answered(handler):
        answered.set()
        handler.finish("ok")

    monkeypatch.setattr(internal.HealthHandler, "get", internal.allow_unauthenticated(health_answered))
    answers = ask(post("/internal/reads", "anna", READ), ("/health", {}))
    assert [(path, code) for path, code, _ in answers] == [("/health", 200), ("/internal/reads", 204)]


@pytest.mark.parametrize("problem", [OverflowError("too large for the database"), Refused()])
def test_what_can_not_be_recorded_is_refused(monkeypatch, problem):
    def refuse(*_):
        raise problem

    monkeypatch.setattr(internal, "record_read", refuse)
    assert ask(post("/internal/reads", "anna", READ))[0][1] == 400


@pytest.mark.parametrize("token", ["cliente", "unknown", "of the service", ""])
def test_nobody_but_staff_records_a_read(monkeypatch, token):
    monkeypatch.setattr(internal, "record_read", lambda *_: pytest.fail("recorded"))
    assert ask(post("/internal/reads", token, READ))[0][1:] == (403, b"")


@pytest.mark.parametrize("token", ["anna", "cliente", ""])
def test_nobody_but_the_hub_ends_sessions(token):
    assert ask(post("/internal/end", token, {"name": "c-1"}))[0][1:] == (403, b"")
