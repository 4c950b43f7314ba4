"""Deposited files: each asked for by its owner, checked at the scoped door, receipted."""

import asyncio
import re

import tornado.web
from sqlalchemy.engine import Engine
from tornado.web import HTTPError

from portal_lib.clock import system_clock
from portal_lib.deposit import handing
from portal_lib.visitor import Door, NotYours
from portal_lib.web.handlers import PortalHandler

_CHUNK = 256 * 1024
TYPES = {
    "csv": "text/csv; charset=UTF-8",
    "json": "application/json; charset=UTF-8",
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
        self.save_as(deposited.name, TYPES.get(deposited.format, "application/octet-stream"))
        self.set_header("Content-Length", str(deposited.size))
        self.set_header("X-Checksum-Sha256", deposited.sha256)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                self.write(chunk)
                await self.flush()
