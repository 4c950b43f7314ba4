"""The front end's files: for everybody, already compressed, and kept by browsers as long as they like."""

from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

_TYPES = {".js": "text/javascript; charset=UTF-8", ".css": "text/css; charset=UTF-8"}
_YEAR = 365 * 86_400

#: What a browser may accept, the smallest first, and the ending of the file that was made for it.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}


class BundleFile(RequestHandler):
    """``static/portale-<hash>.js``: the name changes with the content, so an answer is right for ever."""

    def initialize(self, folder: Path) -> None:
        self.folder = folder

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")

    def get(self, name: str) -> None:
        path = self.folder / name
        accepted = _accepted(self.request.headers.get("Accept-Encoding", ""))
        encoding = next((encoding for encoding in _ENCODINGS if encoding in accepted), None)
        try:
            content = path.with_name(name + _ENCODINGS.get(encoding or "", "")).read_bytes()
        except FileNotFoundError:
            raise HTTPError(404) from None
        self.set_header("Content-Type", _TYPES[path.suffix])
        self.set_header("Cache-Control", f"public, max-age={_YEAR}, immutable")
        if encoding:
            self.set_header("Content-Encoding", encoding)  # tornado adds Vary, and compresses what this does not name
        self.finish(content)

    head = get

    def compute_etag(self) -> None:
        """None: the name says it."""

    def write_error(self, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(f"{status_code}\n")


def _accepted(header: str) -> set[str]:
    """The encodings that an ``Accept-Encoding`` header takes; ``br;q=0`` takes none."""
    accepted = set()
    for entry in header.split(","):
        name, _, weight = entry.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip().lower())
    return accepted
