"""How a metering file gets into the store: whole or not at all.

A file is read to its end into a spool before the store is touched, so a mistake in its last line leaves no trace
there, no writer waits for a parser, and memory does not grow with the file. One transaction then moves it into the
store. A file that can't be taken is put aside with its reason; the same file given twice is loaded once.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from portal_lib import db
from portal_lib.clock import Clock
from portal_lib.metering import put_aside, spool, storing
from portal_lib.metering.exceptions import FlowRefused, StoreFull, UnreadableFile, printable
from portal_lib.metering.flows.formats import reader_for
from portal_lib.metering.flows.reader import Flow, Known
from portal_lib.metering.identifiers import normal_pod
from portal_lib.metering.storing import Resolver, Waiting

_PIECE = 1024 * 1024
_SQLITE_FULL, _POSTGRESQL_FULL = 13, "53100"


@dataclass(frozen=True)
class Loaded:
    """What became of a file that was taken."""

    file: str
    flow: str = ""  # "PDO", "CSV"; empty where the file was there already
    points: int = 0
    days: int = 0  # curves: one for each point, magnitude and day
    registers: int = 0  # readings of registers
    cancelled: int = 0  # points and stretches of days whose readings the file takes back
    replaced: int = 0  # earlier files' values (of days and registers) that the file put out of force
    outdated: int = 0  # values kept but not in force, since a later file says something else
    waiting: int = 0  # of the points, how many nobody has announced yet: their readings wait
    already: str | None = None  # the name under which the same content was loaded before; nothing was done


def load_file(
    engine: Engine,
    path: Path,
    *,
    resolve: Resolver,
    clock: Clock,
    waiting: Waiting | None = None,
    put_aside_folder: Path | None = None,
    pod: str | None = None,
    supplier_vat: str | None = None,
    distributor_vats: tuple[str, ...] = (),
    unscaled_distributors: tuple[str, ...] = (),
    turn: AbstractContextManager[object] | None = None,
) -> Loaded:
    """Load one metering file into the store, in one transaction.

    ``pod`` is for an export that does not name its point; flows ignore it. ``turn`` is entered around the writing
    transaction, for loaders that take turns. Raises a ``FlowRefused`` (or ``BadPod`` for ``pod``, or ``StoreFull``)
    with the store untouched. A file that is itself at fault is first copied to ``put_aside_folder``, and a note on
    the exception says where; that copy goes once the same content is loaded.
    """
    known = Known(
        supplier_vat=supplier_vat,
        distributor_vats=distributor_vats,
        pod=normal_pod(pod) if pod is not None else None,
        unscaled_distributors=unscaled_distributors,
    )
    name = printable(path.name)
    if not path.is_file():
        raise UnreadableFile(file=name, reason="not a file" if path.exists() else "no such file")
    sha256 = sha256_of(path)
    try:
        with _room_for(name):
            loaded = _load(engine, path, sha256, known, resolve, waiting, clock, turn or nullcontext())
    except FlowRefused as refusal:
        if put_aside_folder is not None and refusal.put_aside:
            put_aside.keep(path, sha256, refusal, put_aside_folder, clock())
        raise
    if put_aside_folder is not None:
        put_aside.forget(put_aside_folder, sha256)
    return loaded


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal. Raises :class:`UnreadableFile`."""
    with _trouble_with_file(printable(path.name)), path.open("rb") as file:
        return _sha256(file)


def _load(
    engine: Engine,
    path: Path,
    sha256: str,
    known: Known,
    resolve: Resolver,
    waiting: Waiting | None,
    clock: Clock,
    turn: AbstractContextManager[object],
) -> Loaded:
    name = printable(path.name)
    with _trouble_with_file(name):
        reader = reader_for(path)
    with db.reading(engine) as connection:
        before = storing.name_of_loaded(connection, sha256)
    if before is not None:
        return Loaded(name, already=before)

    with spool.connect(engine) as connection:
        found = spool.Spool(connection)
        with _trouble_with_file(name), path.open("rb") as file:
            hashed = _Hashed(file)
            flow = reader.read(cast(BinaryIO, hashed), path.name, known, found)
            if hashed.sha256() != sha256:
                raise UnreadableFile(file=name, reason="it changed while it was read")
        spooled = found.finish(name)
        connection.commit()

        arrival = storing.Arrival(
            sha256=_identity(sha256, flow),
            flow=flow.flow,
            name=name,
            sent_at=flow.sent_at,
            sequence=flow.sequence,
            received_at=clock().astimezone(UTC).replace(tzinfo=None),
        )
        with turn, _writing(connection):
            before = storing.name_of_loaded(connection, arrival.sha256)
            if before is not None:
                return Loaded(name, already=before)
            stored = storing.store(connection, arrival, spooled, resolve, waiting)
    return Loaded(
        name,
        flow=flow.flow,
        points=spooled.points,
        days=spooled.days,
        registers=spooled.registers,
        cancelled=spooled.cancelled,
        replaced=stored.replaced,
        outdated=stored.outdated,
        waiting=stored.waiting,
    )


@contextmanager
def _writing(connection: Connection) -> Iterator[None]:
    """One writing transaction on the connection that has the spool."""
    connection.execution_options(read_only=False)
    with connection.begin():
        yield


@contextmanager
def _trouble_with_file(name: str) -> Iterator[None]:
    """What can't be opened or read is said of the file. Around nothing else: a database has troubles too."""
    try:
        yield
    except OSError as error:
        raise UnreadableFile(file=name, reason=error.strerror or type(error).__name__) from None


@contextmanager
def _room_for(name: str) -> Iterator[None]:
    """A full disk is said in a sentence: the store is as it was before this file."""
    try:
        yield
    except DBAPIError as error:
        driver = error.orig
        full = (
            getattr(driver, "sqlite_errorcode", None) == _SQLITE_FULL
            or getattr(driver, "sqlstate", None) == _POSTGRESQL_FULL
        )
        if not full:
            raise
        raise StoreFull(file=name) from None


def _identity(sha256: str, flow: Flow) -> str:
    """What may be loaded once: the content, and the POD where the content does not say it.

    Two vacant points have the same export full of zeros; the second is not a repetition of the first.
    """
    if flow.told_pod is None:
        return sha256
    return hashlib.sha256(f"{sha256} {flow.told_pod}".encode()).hexdigest()


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


class _Hashed:
    """A file that is hashed as it is read, so that one still being written is not taken for what it was."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._digest.update(piece)
        return piece

    def sha256(self) -> str:
        """Of the whole file, whatever part of it has been read so far."""
        while self.read(_PIECE):
            pass
        return self._digest.hexdigest()
