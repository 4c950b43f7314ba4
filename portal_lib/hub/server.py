"""The Hub's HTTP server, stricter than JupyterHub makes it.

What is set here holds for every address of the Hub, JupyterHub's own included.
"""

import contextvars
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate

from portal_lib.language import language_of_cookies, speak

#: No form and no call of the API comes near this; a body is held in memory before anybody looks at it.
LARGEST_BODY = 256 * 1024


_asked: contextvars.ContextVar[str] = contextvars.ContextVar("asked_page", default="")


def asked_page() -> str:
    """The address of the page that is being shown, query included; empty where a form was sent instead."""
    return _asked.get()


class HubServer(HTTPServer):
    """Settles what every handler goes by, JupyterHub's own included: who asks, and in which language.

    Believes of who asks what the proxy adds (the last of ``X-Forwarded-For``), never what a browser says.

    The proxy passes ``X-Real-Ip`` on as it came, and tornado prefers it: anybody could choose the address that
    stands in the audit and in the log.
    """

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        return _Settled(super().start_request(server_conn, request_conn))


class _Settled(HTTPMessageDelegate):
    def __init__(self, inner: HTTPMessageDelegate) -> None:
        self._inner = inner

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        headers.pop("X-Real-Ip", None)
        speak(language_of_cookies(headers.get("Cookie", "")))
        _asked.set(start_line.path if start_line.method == "GET" else "")
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Any:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._inner.finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()


def use_strict_server() -> None:
    """Let every HTTP server of this process be one; JupyterHub offers no setting for it."""
    HTTPServer.configure(HubServer, max_body_size=LARGEST_BODY)
