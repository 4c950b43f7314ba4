"""Deposited files: each asked for by its owner, checked at the scoped door, receipted."""

import asyncio
import re
import sys
from http import HTTPStatus
from pathlib import Path

import tornado.web
from sqlalchemy.engine import Engine
from tornado.web import HTTPError

from portal_lib.clock import rome_day, system_clock
from portal_lib.deposit import bundle, handing
from portal_lib.deposit.catalogue import DepositedFile
from portal_lib.refused import Refused
from portal_lib.visitor import Door, NotYours
from portal_lib.visitor.exceptions import NotYourFile
from portal_lib.web.handlers import PortalHandler

_CHUNK = 256 * 1024

#: Files in one archive.
MOST_CHOSEN = 500

TYPES = {
    "csv": "text/csv; charset=UTF-8",
    "csv_iso": "text/csv; charset=UTF-8",
    "pdf": "application/pdf",
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
            path = await self._verified(deposited)
        except NotYours:
            raise HTTPError(404) from None
        except Refused as refusal:
            self.send_error(_status_of(refusal), exc_info=sys.exc_info())
            return
        await self._receipts([deposited])
        self.save_as(deposited.name, TYPES.get(deposited.format, "application/octet-stream"))
        self.set_header("Content-Length", str(deposited.size))
        self.set_header("X-Checksum-Sha256", deposited.sha256)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                self.write(chunk)
                await self.flush()

    async def _verified(self, deposited: DepositedFile) -> Path:
        folder = self.settings["portal_settings"].deposit_folder
        return await asyncio.to_thread(handing.verified_path, folder, deposited)

    async def _receipts(self, files: list[DepositedFile]) -> None:
        ids = [file.id for file in files]
        await asyncio.to_thread(handing.record_receipts, self.data, ids, self.guest.visitor.name, system_clock)


class ChosenFiles(DepositedFileHandler):
    """``files/scelti.zip?id=1,2&id=3``: several deposited files in one archive, each with its receipt.

    Where one of them is not the visitor's, or no longer what was deposited, there is no archive at all.
    """

    @tornado.web.authenticated
    async def get(self, _file_id: str = "") -> None:
        try:
            files = [
                await asyncio.to_thread(self.door.deposited_file, file_id)
                for file_id in _chosen(self.get_query_arguments("id"))
            ]
            paths = [await self._verified(file) for file in files]
        except Refused as refusal:
            self.send_error(_status_of(refusal), exc_info=sys.exc_info())
            return
        await self._receipts(files)
        today = rome_day(system_clock())
        self.save_as(f"documenti_{today}.zip", "application/zip")
        chunks = bundle.zipped(list(zip(files, paths, strict=True)))
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            self.write(chunk)
            await self.flush()


class NothingChosen(Refused):
    it = "Non hai selezionato alcun documento: torna all'elenco, selezionane almeno uno e riprova."
    en = "You have chosen no document: go back to the list, choose at least one and try again."


class TooManyChosen(Refused):
    it = "Hai selezionato troppi documenti: al massimo {most} per volta. Restringi l'elenco e riprova."
    en = "You have chosen too many documents: {most} at a time at most. Narrow the list down and try again."


def _chosen(texts: list[str]) -> list[int]:
    """The files' numbers, each once, in the order in which they were chosen; one text may name several: ``1,2``."""
    texts = [part for text in texts for part in text.split(",") if part]
    if not texts:
        raise NothingChosen()
    if len(texts) > MOST_CHOSEN:
        raise TooManyChosen(most=MOST_CHOSEN)
    if not all(re.fullmatch(r"[0-9]{1,12}", text) for text in texts):
        raise NotYourFile()
    return list(dict.fromkeys(map(int, texts)))


def _status_of(refusal: Refused) -> int:
    if isinstance(refusal, NotYours):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.BAD_REQUEST if isinstance(refusal, NothingChosen | TooManyChosen) else HTTPStatus.CONFLICT
