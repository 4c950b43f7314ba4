"""How a metering file gets into the store: whole or not at all.

A file is read to its end before anything is written, so a mistake in its last line leaves no trace in the
database and no writer waits for a parser. What is held meanwhile is 4 bytes a reading and a little for each
day. A file that can't be taken is put aside with its reason; the same file given twice is loaded once.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import Clock
from portal_lib.metering import put_aside, storing
from portal_lib.metering.exceptions import FlowRefused, UnknownPoints, UnreadableFile, printable
from portal_lib.metering.flows.formats import reader_for
from portal_lib.metering.flows.reader import Flow, Known
from portal_lib.metering.gathering import Gathered
from portal_lib.metering.identifiers import normal_pod

#: Gives the supply point of each POD that is one of ours; this room does not know where those are kept.
Resolver = Callable[[Iterable[str]], Mapping[str, int]]

_PIECE = 1024 * 1024
_POD_SHOWN = 5


@dataclass(frozen=True)
class Loaded:
    """What became of a file that was taken."""

    file: str
    flow: str = ""  # "PDO", "CSV"; empty where the file was there already
    points: int = 0
    days: int = 0  # curves: one for each point, magnitude and day
    replaced: int = 0  # of these, how many put an earlier file's value out of force
    outdated: int = 0  # of these, how many were kept but are not in force, since a later file's value is there
    already: str | None = None  # the name under which the same content was loaded before; nothing was done


def load_file(
    engine: Engine,
    path: Path,
    *,
    resolve: Resolver,
    clock: Clock,
    put_aside_folder: Path | None = None,
    pod: str | None = None,
    supplier_vat: str | None = None,
    distributor_vats: tuple[str, ...] = (),
) -> Loaded:
    """Load one metering file into the store, in one transaction.

    ``pod`` is for an export that does not name its point; flows ignore it. Raises a ``FlowRefused`` (or
    ``BadPod`` for ``pod``) with the database untouched. A file that is itself at fault is first copied to
    ``put_aside_folder``, and a note on the exception says where.
    """
    known = Known(supplier_vat, distributor_vats, normal_pod(pod) if pod is not None else None)
    name = printable(path.name)
    if not path.is_file():
        raise UnreadableFile(file=name, reason="not a file" if path.exists() else "no such file")
    with _trouble_with_file(name), path.open("rb") as file:
        sha256 = _sha256(file)
    try:
        return _load(engine, path, sha256, known, resolve, clock)
    except FlowRefused as refusal:
        if put_aside_folder is not None and refusal.put_aside:
            _keep(path, sha256, refusal, put_aside_folder, clock)
        raise


def _load(engine: Engine, path: Path, sha256: str, known: Known, resolve: Resolver, clock: Clock) -> Loaded:
    name = printable(path.name)
    reader = reader_for(path)
    with db.reading(engine) as connection:
        before = storing.name_of_loaded(connection, sha256)
    if before is not None:
        return Loaded(name, already=before)

    gathered = Gathered()
    with _trouble_with_file(name), path.open("rb") as file:
        hashed = _Hashed(file)
        flow = reader.read(cast(BinaryIO, hashed), path.name, known, gathered)
        if hashed.sha256() != sha256:
            raise UnreadableFile(file=name, reason="it changed while it was read")

    pods = {curve.pod for curve in gathered.days}
    points = resolve(pods)
    unknown = sorted(pods - points.keys())
    if unknown:
        shown = ", ".join(unknown[:_POD_SHOWN]) + (", …" if len(unknown) > _POD_SHOWN else "")
        raise UnknownPoints(file=name, count=len(unknown), pods=shown)

    arrival = storing.Arrival(
        sha256=_identity(sha256, flow),
        flow=flow.flow,
        name=name,
        sent_at=flow.sent_at,
        sequence=flow.sequence,
        received_at=clock().astimezone(UTC).replace(tzinfo=None),
    )
    with engine.begin() as connection:
        storing.lock(connection)
        before = storing.name_of_loaded(connection, arrival.sha256)
        if before is not None:
            return Loaded(name, already=before)
        stored = storing.store(connection, arrival, gathered.days, points)
    return Loaded(
        name,
        flow=flow.flow,
        points=len(pods),
        days=len(gathered.days),
        replaced=stored.replaced,
        outdated=stored.outdated,
    )


@contextmanager
def _trouble_with_file(name: str) -> Iterator[None]:
    """What can't be opened or read is said of the file. Around nothing else: a database has troubles too."""
    try:
        yield
    except OSError as error:
        raise UnreadableFile(file=name, reason=error.strerror or type(error).__name__) from None


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


def _keep(path: Path, sha256: str, refusal: FlowRefused, folder: Path, clock: Clock) -> None:
    """Put a refused file aside. Failing at that must not hide why the file was refused."""
    try:
        kept = put_aside.put_aside(path, sha256, refusal, folder, clock().astimezone(UTC))
    except OSError as error:
        refusal.add_note(f"It could not be put aside in {folder}: {error.strerror or error}.")
    else:
        refusal.add_note(f"Put aside: {kept}")
