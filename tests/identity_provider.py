"""A real identity provider for tests (OpenID Connect, over HTTP), which keeps what it was asked."""

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import oidc_provider_mock
import requests
from oidc_provider_mock._server import _threaded_server

from tests.journeys.portal import free_port


@dataclass
class Provider:
    """The provider, what it was asked, and what it is told to answer wrongly."""

    issuer: str
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    away: bool = False

    def user(self, sub: str, login: str, *groups: str, **more: object) -> None:
        claims = {"preferred_username": login, "groups": list(groups), "email": f"{login}@azienda.example", **more}
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=10).raise_for_status()

    def asked_at(self, path: str) -> dict[str, str]:
        """The fields of the newest question at an address."""
        fields = next(fields for asked, fields in reversed(self.asked) if asked == path)
        return {name: values[0] for name, values in fields.items()}


class _Recorded:
    """Between the provider and its HTTP server: keeps every question."""

    def __init__(self, application: Any, provider: Provider) -> None:
        self.application = application
        self.provider = provider

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        fields = parse_qs(environ.get("QUERY_STRING", ""))
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/oauth2/token":
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            fields |= parse_qs(body.decode())
            environ["wsgi.input"] = io.BytesIO(body)
        self.provider.asked.append((environ["PATH_INFO"], fields))
        if self.provider.away:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"away"]
        return self.application(environ, start_response)


@contextlib.contextmanager
def identity_provider() -> Iterator[Provider]:
    """The provider, on a port of its own."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}")
    recorded = _Recorded(oidc_provider_mock.app(require_nonce=True), provider)
    with _threaded_server(app=recorded, host="127.0.0.1", port=port):
        yield provider
