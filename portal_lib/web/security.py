"""The headers that every answer of the service carries, whoever made it: our pages, Voilà's handlers, static files."""

from functools import partial
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import GZipContentEncoding, OutputTransform

from portal_lib.settings import Settings

#: For answers that are no pages: nothing in them may load or run anything, in whatever frame they are shown.
NOT_A_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Content-Security-Policy": NOT_A_PAGE,
}

_KEPT_BY_NOBODY = "private, no-store"


class SecurityHeaders(OutputTransform):
    """Adds what an answer lacks; what its handler set stands. Says nothing about the server's make."""

    def __init__(self, request: HTTPServerRequest, *, https: bool) -> None:
        self._https = https

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        for name, value in _EVERY_ANSWER.items():
            if name not in headers:
                headers[name] = value
        if self._https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        # A file of ours says when it was last changed; anything else is somebody's own.
        if "Cache-Control" not in headers and "Last-Modified" not in headers:
            headers["Cache-Control"] = _KEPT_BY_NOBODY
        if "Server" in headers:
            del headers["Server"]
        return status_code, headers, chunk


def transforms(settings: Settings) -> list[Any]:
    """What tornado does to every answer: these headers, then compression."""
    return [partial(SecurityHeaders, https=settings.address.startswith("https:")), GZipContentEncoding]
