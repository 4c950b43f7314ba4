"""Deposited files and exports: each asked for by its owner, checked at the scoped door, logged or receipted.

An export can be asked for by a customer's own program too, with an export token; nothing else of the service looks at
such a token.
"""

import asyncio
import re
from datetime import date
from http import HTTPStatus
from typing import Any

import tornado.web
from sqlalchemy.engine import Engine
from tornado.web import HTTPError

from portal_lib.clock import system_clock
from portal_lib.dashboards.export import readings_csv
from portal_lib.deposit import handing
from portal_lib.language import Said, language_of_cookies, speak
from portal_lib.refused import Refused
from portal_lib.visitor import Door, NotYours, Visitor
from portal_lib.web.export_bearers import ExportBearers, TokenRefused, asked_from, export_token
from portal_lib.web.handlers import PortalHandler
from portal_lib.web.visitors import Guest

_CHUNK = 256 * 1024
_TYPES = {
    "csv": "text/csv; charset=UTF-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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


class ScopedHandler(PortalHandler):
    """A handler that reads data, always through the visitor's own door."""

    @property
    def data(self) -> Engine:
        engine: Engine = self.settings["data_engine"]
        return engine

    @property
    def door(self) -> Door:
        settings = self.settings["portal_settings"]
        return Door(self.data, self.guest.visitor, october_4_from=settings.october_4_is_holiday_from)

    def save_as(self, name: str, content_type: str) -> None:
        """The browser saves the answer under this name and never shows or keeps it."""
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
        self.set_header("Content-Type", content_type)
        self.set_header("Content-Disposition", f'attachment; filename="{safe}"')
        self.set_header("Cache-Control", "private, no-store")


class DepositedFileHandler(ScopedHandler):
    """``files/<id>``: the bytes that were deposited, or 404 where it is not the visitor's."""

    @tornado.web.authenticated
    async def get(self, file_id: str) -> None:
        try:
            deposited = await asyncio.to_thread(self.door.deposited_file, int(file_id))
        except NotYours:
            raise HTTPError(404) from None
        folder = self.settings["portal_settings"].deposit_folder
        path = await asyncio.to_thread(handing.verified_path, folder, deposited)
        await asyncio.to_thread(handing.record_receipt, self.data, deposited.id, self.guest.visitor.name, system_clock)
        self.save_as(deposited.name, _TYPES.get(deposited.format, "application/octet-stream"))
        self.set_header("Content-Length", str(deposited.size))
        self.set_header("X-Checksum-Sha256", deposited.sha256)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                self.write(chunk)
                await self.flush()


class ReadingsExport(ScopedHandler):
    """``export/<POD>.csv?dal=2024-09-01&al=2024-09-30&dettaglio=hour``: what the chart shows, as CSV.

    For a browser that is logged in, or for ``Authorization: Bearer pex_…``; a token in an address is not looked at.
    """

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
        """A page for people; one line for programs."""
        if not self._asks_by_token:
            super().write_error(status_code, **kwargs)
            return
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        # Here and not before: tornado clears what was set when something went wrong.
        if status_code == HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Bearer")
        if self._refused is not None and self._refused.retry_after is not None:
            self.set_header("Retry-After", self._refused.retry_after)
        said = _TO_PROGRAMS.get(HTTPStatus(status_code), _ON_OUR_SIDE)
        self.finish(f"{said.it}\n{said.en}\n")

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
        self.save_as(f"{pod}_{first}_{last}.csv", _TYPES["csv"])
        self.finish(await asyncio.to_thread(readings_csv, frame))

    def _day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.get_query_argument(name))
        except ValueError:
            raise HTTPError(400) from None
