"""Deposited files and exports: each asked for by its owner, checked at the scoped door, logged or receipted."""

import asyncio
import re
from datetime import date
from typing import Any

import tornado.web
from sqlalchemy.engine import Engine
from tornado.web import HTTPError

from portal_lib.clock import system_clock
from portal_lib.dashboards.export import readings_csv
from portal_lib.deposit import handing
from portal_lib.refused import Refused
from portal_lib.visitor import Door, NotYours
from portal_lib.web.handlers import PortalHandler

_CHUNK = 256 * 1024
_TYPES = {
    "csv": "text/csv; charset=UTF-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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
    """``export/<POD>.csv?dal=2024-09-01&al=2024-09-30&dettaglio=hour``: what the chart shows, as CSV."""

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
