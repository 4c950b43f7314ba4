"""Exports: readings streamed to their owner's browser, or to their program with an export token.

``export/letture.csv|xlsx|json`` gives any of the visitor's points over any days (``docs/exports.md``);
``export/<POD>.csv`` is the older, shorter one. Both go through the scoped door.
"""

import asyncio
import contextlib
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

import tornado.web
from tornado.httputil import url_concat
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from portal_lib.dashboards.export import readings_csv
from portal_lib.exports import texts, workbook
from portal_lib.exports.asked import Asked, asked
from portal_lib.exports.exceptions import NoSuchPage
from portal_lib.exports.pieces import Piece, page_of
from portal_lib.language import Said, language_of_cookies, speak
from portal_lib.refused import Refused
from portal_lib.visitor import Door, NotYours, Visitor
from portal_lib.web.export_bearers import ExportBearers, TokenRefused, asked_from, export_token
from portal_lib.web.files import TYPES, ScopedHandler
from portal_lib.web.visitors import Guest

log = logging.getLogger(__name__)

_CHUNK = 256 * 1024

#: Exports of one visitor's at once; what is more is told to come back.
_MOST_AT_ONCE = 3

#: Reading and writing rows is plain Python work: few at once, so that pages stay quick beside them.
_WORKERS = ThreadPoolExecutor(2, "export")

_TO_PROGRAMS = {
    HTTPStatus.BAD_REQUEST: Said(
        "La richiesta non è valida: servono dal e al (AAAA-MM-GG) e, se vuoi, dettaglio (quarter_hour, hour, day).",
        "The request is not valid: it needs dal and al (YYYY-MM-DD), and may have dettaglio (quarter_hour, hour, day).",
    ),
    HTTPStatus.UNAUTHORIZED: Said(
        "Il codice di accesso non è valido, è scaduto o è stato revocato: creane uno nel tuo profilo.",
        "The access code is not valid, has expired or was revoked: create one in your profile.",
    ),
    HTTPStatus.NOT_FOUND: Said(
        "Il punto di prelievo non è tra i tuoi: controlla il POD.", "The supply point is not yours: check the POD."
    ),
    HTTPStatus.TOO_MANY_REQUESTS: Said(
        "Troppi codici di accesso sbagliati da questo indirizzo: riprova più tardi.",
        "Too many wrong access codes from this address: try again later.",
    ),
}
_ON_OUR_SIDE = Said(
    "Qualcosa non ha funzionato da parte nostra. Riprova tra qualche minuto.",
    "Something went wrong on our side. Try again in a few minutes.",
)


class TooManyExports(Refused):
    it = "Stai già scaricando {most} esportazioni: aspetta che ne finisca una e riprova."
    en = "You are fetching {most} exports already: wait until one has ended and try again."


class ExportHandler(ScopedHandler):
    """For a browser that is logged in, or for ``Authorization: Bearer pex_…``; a token in an address opens nothing."""

    _by_token: Visitor | None = None
    _asks_by_token = False
    _refused: TokenRefused | None = None

    async def prepare(self) -> None:
        token = export_token(str(self.request.headers.get("Authorization", "")))
        if token is None:
            await super().prepare()
            return
        # Nobody's browser: the cookie that may have come along is not looked at.
        speak(language_of_cookies(""))
        self._asks_by_token = True
        bearers: ExportBearers = self.settings["export_bearers"]
        try:
            self._by_token = await bearers.visitor(token, asked_from(self.request))
        except TokenRefused as refused:
            self._refused = refused
            self.send_error(refused.status)
            return
        self.current_user = self._by_token

    @property
    def guest(self) -> Guest:
        return super().guest if self._by_token is None else Guest(self._by_token, staff=False)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page for people; two lines for programs."""
        if not self._asks_by_token:
            super().write_error(status_code, **kwargs)
            return
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        # Here and not before: tornado clears what was set when something went wrong.
        if status_code == HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Bearer")
        if self._refused is not None and self._refused.retry_after is not None:
            self.set_header("Retry-After", self._refused.retry_after)
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, Refused):
            self.finish(f"{error.say('it')}\n{error.say('en')}\n")
            return
        said = _TO_PROGRAMS.get(HTTPStatus(status_code), _ON_OUR_SIDE)
        self.finish(f"{said.it}\n{said.en}\n")


class ReadingsExport(ExportHandler):
    """``export/<POD>.csv?dal=2024-09-01&al=2024-09-30&dettaglio=hour``: one point, both days included, as CSV."""

    @tornado.web.authenticated
    async def get(self, pod: str) -> None:
        first, last = self._day("dal"), self._day("al")
        detail: Any = self.get_query_argument("dettaglio", "hour")
        if detail not in ("quarter_hour", "hour", "day"):
            raise HTTPError(400)
        try:
            frame = await asyncio.to_thread(self.door.readings, pod, first, last, detail)
        except NotYours:
            raise HTTPError(404) from None
        except Refused:
            raise HTTPError(400) from None
        self.save_as(f"{pod}_{first}_{last}.csv", TYPES["csv"])
        self.finish(await asyncio.to_thread(readings_csv, frame))

    def _day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.get_query_argument(name))
        except ValueError:
            raise HTTPError(400) from None


class PointsExport(ExportHandler):
    """``export/letture.csv|xlsx|json``: any of the visitor's points over any days, streamed or page by page."""

    _underway: ClassVar[Counter[str]] = Counter()
    _gone = False

    def on_connection_close(self) -> None:
        self._gone = True
        super().on_connection_close()

    @tornado.web.authenticated
    async def get(self, kind: Any) -> None:
        name = self.guest.visitor.name
        try:
            door = self.door
            own = await asyncio.to_thread(door.supply_points)
            wanted = asked(_words(self.request.query_arguments), own, kind)
            pieces, pages = page_of(wanted)
            if self._underway[name] >= _MOST_AT_ONCE:
                raise TooManyExports(most=_MOST_AT_ONCE)
        except Refused as refusal:
            self.send_error(_status_of(refusal), exc_info=sys.exc_info())
            return
        log.info(
            "Export by %s: %s of %s point(s), %s to %s", name, wanted.step, len(wanted.points), wanted.first, wanted.end
        )
        self._underway[name] += 1
        try:
            await self._hand_out(kind, door, wanted, pieces, pages)
        except StreamClosedError:
            pass  # nobody waits for it any longer
        except Exception:
            if not self._headers_written:
                raise
            # What has begun can't be called off by a status: a connection that breaks says that the file is not whole.
            log.exception("An export of %s broke off", name)
            self.request.connection.stream.close()
        finally:
            self._underway[name] -= 1
            if not self._underway[name]:
                del self._underway[name]

    async def _hand_out(self, kind: str, door: Door, wanted: Asked, pieces: list[Piece], pages: int) -> None:
        one = f"_{wanted.points[0].pod}" if len(wanted.points) == 1 else ""
        self.save_as(f"letture{one}_{wanted.first}_{wanted.end}.{kind}", TYPES[kind])
        following = None
        if wanted.page is not None:
            self.set_header("X-Total-Pages", str(pages))
            if wanted.page < pages:
                following = self._page_address(wanted.page + 1)
                self.set_header("Link", f'<{following}>; rel="next"')
        if kind == "xlsx":
            await self._workbook(door, wanted, pieces)
            return
        chunks = (
            texts.csv(door, wanted, pieces)
            if kind == "csv"
            else texts.as_json(door, wanted, pieces, pages=pages, next_page=following)
        )
        loop = asyncio.get_running_loop()
        while (chunk := await loop.run_in_executor(_WORKERS, next, chunks, None)) is not None:
            self.write(chunk)
            await self.flush()

    async def _workbook(self, door: Door, wanted: Asked, pieces: list[Piece]) -> None:
        with tempfile.TemporaryDirectory(prefix="portale-export-") as folder:
            path = Path(folder) / "letture.xlsx"
            await asyncio.get_running_loop().run_in_executor(
                _WORKERS, self._while_wanted, workbook.write(door, wanted, pieces, path)
            )
            if self._gone:
                return
            self.set_header("Content-Length", str(path.stat().st_size))
            with path.open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, _CHUNK):
                    self.write(chunk)
                    await self.flush()

    def _while_wanted(self, steps: Iterator[None]) -> None:
        for _ in steps:
            if self._gone:
                with contextlib.suppress(Exception):
                    steps.close()  # type: ignore[attr-defined]
                return

    def _page_address(self, page: int) -> str:
        words = {word: values[0] for word, values in _words(self.request.query_arguments).items()}
        address = f"{self.settings['portal_settings'].address}{self.request.path}"
        return url_concat(address, {**words, "pagina": str(page)})


def _words(arguments: dict[str, list[bytes]]) -> dict[str, list[str]]:
    return {word: [value.decode("utf-8", "replace") for value in values] for word, values in arguments.items()}


def _status_of(refusal: Refused) -> int:
    if isinstance(refusal, NotYours | NoSuchPage):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.TOO_MANY_REQUESTS if isinstance(refusal, TooManyExports) else HTTPStatus.BAD_REQUEST
