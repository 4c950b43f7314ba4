"""What is handed over at once: files, folders with their subfolders, ZIP archives; and what became of each file in it.

The files of a delivery are loaded one after the other, or by several processes, each parsing into a spool of its own
and taking turns to write. Whatever ends them, each file is wholly in or wholly out.
"""

import errno
import fcntl
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection as process_connection
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import Clock
from portal_lib.metering import archives, put_aside
from portal_lib.metering.exceptions import FlowRefused, StoreFull, UnreadableFile, printable
from portal_lib.metering.loading import Loaded, load_file, sha256_of
from portal_lib.metering.storing import Resolver, Waiting

SUFFIXES = (".xml", ".csv", archives.SUFFIX)

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: Files given to each process ahead of those it works on.
_AHEAD = 2


@dataclass(frozen=True)
class Loading:
    """How files are loaded; can be handed to another process."""

    database: str  # URL
    resolve: Resolver
    clock: Clock
    work: Path  # where members of archives are extracted to, a folder that is there
    waiting: Waiting | None = None
    put_aside_folder: Path | None = None
    pod: str | None = None
    supplier_vat: str | None = None
    distributor_vats: tuple[str, ...] = ()
    unscaled_distributors: tuple[str, ...] = ()
    #: Put aside also what only the call is at fault for, such as an export that needs a POD: nobody made the call.
    nobody_calls: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one file: it was loaded, or it was refused with a sentence."""

    file: str  # its name; "archive.zip: member" where it lay in one
    loaded: Loaded | None = None
    sentence: str = ""  # English, with where the file was put aside
    kept: bool = False  # a refused file lies with those put aside
    full: bool = False  # the store's disk is full: the delivery was not gone on with


@dataclass(frozen=True)
class Item:
    """A file of a delivery, or why a part of it can't be one."""

    path: Path
    member: archives.Member | None = None
    refusal: FlowRefused | None = None

    @property
    def name(self) -> str:
        name = printable(self.path.name)
        return f"{name}: {printable(self.member.name)}" if self.member is not None else name


def items_in(paths: Iterable[Path]) -> Iterator[Item]:
    """Every file to load among ``paths``, in the order of their names where they lie in folders.

    Of folders, the .xml, .csv and .zip files at any depth; hidden files and folders are passed over, and links to
    folders are not followed. Raises :class:`UnreadableFile` for a folder that can't be read.
    """
    for path in paths:
        for file in _files_in(path) if path.is_dir() else (path,):
            if file.suffix.lower() != archives.SUFFIX or not file.is_file():
                yield Item(file)
                continue
            try:
                members, refused = archives.members(file)
            except FlowRefused as refusal:
                yield Item(file, refusal=refusal)
                continue
            yield from (Item(file, refusal=refusal) for refusal in refused)
            yield from (Item(file, member) for member in members)


def _files_in(folder: Path) -> Iterator[Path]:
    def cannot(error: OSError) -> None:
        raise UnreadableFile(file=str(error.filename or folder), reason=error.strerror or "") from None

    for place, folders, names in os.walk(folder, onerror=cannot):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                yield path


def load_all(items: Iterable[Item], loading: Loading, *, jobs: int = 1) -> Generator[Outcome, None, None]:
    """Load the files of a delivery; what became of each, in their order.

    Ends after the first that finds the store's disk full. Close the iterator to stop early: files that are being
    loaded are finished, no other is begun. Raises whatever the database raises, and ``BrokenProcessPool`` where one of
    several processes was ended from outside.
    """
    if jobs == 1:
        engine = db.open_engine(loading.database)
        try:
            for item in items:
                outcome = load_item(engine, item, loading)
                yield outcome
                if outcome.full:
                    return
        finally:
            engine.dispose()
        return
    with closing(_by_processes(items, loading, jobs)) as outcomes:
        yield from outcomes


def load_item(
    engine: Engine, item: Item, loading: Loading, turn: AbstractContextManager[object] | None = None
) -> Outcome:
    """Load one file of a delivery."""
    try:
        if item.refusal is not None:
            refusal = item.refusal
            if loading.put_aside_folder is not None and refusal.put_aside:
                put_aside.keep(item.path, sha256_of(item.path), refusal, loading.put_aside_folder, loading.clock())
            raise refusal
        if item.member is None:
            return Outcome(item.name, _load(engine, item.path, loading, turn))
        with tempfile.TemporaryDirectory(dir=loading.work) as folder:
            path = archives.extract(item.member, Path(folder))
            return Outcome(item.name, _load(engine, path, loading, turn))
    except FlowRefused as refusal:
        notes = getattr(refusal, "__notes__", [])
        of_archive = f"{printable(item.path.name)}: " if item.member is not None else ""
        kept = any(note.startswith(put_aside.KEPT) for note in notes)
        return Outcome(item.name, sentence=" ".join([f"{of_archive}{refusal}", *notes]), kept=kept)
    except StoreFull as refusal:
        return Outcome(item.name, sentence=str(refusal), full=True)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        return Outcome(item.name, sentence=str(StoreFull(file=item.name)), full=True)  # while it was extracted


def _load(engine: Engine, path: Path, loading: Loading, turn: AbstractContextManager[object] | None) -> Loaded:
    try:
        return load_file(
            engine,
            path,
            resolve=loading.resolve,
            clock=loading.clock,
            waiting=loading.waiting,
            put_aside_folder=loading.put_aside_folder,
            pod=loading.pod,
            supplier_vat=loading.supplier_vat,
            distributor_vats=loading.distributor_vats,
            unscaled_distributors=loading.unscaled_distributors,
            turn=turn,
        )
    except UnreadableFile:
        raise  # there is nothing to keep
    except FlowRefused as refusal:
        if loading.nobody_calls and loading.put_aside_folder is not None and not refusal.put_aside:
            put_aside.keep(path, sha256_of(path), refusal, loading.put_aside_folder, loading.clock())
        raise


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A folder of this load's own in ``folder``, for what is extracted; it goes at the end.

    What loads that were killed have left there is removed: nobody holds a lock on it any more.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.iterdir():
        with suppress(OSError), _locked(left):
            shutil.rmtree(left)
    own = Path(tempfile.mkdtemp(dir=folder))
    try:
        with _locked(own):
            yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """``OSError`` where another process has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


# Several processes


class _Process:
    """What a process of a pool keeps between files."""

    engine: Engine
    loading: Loading
    turn: AbstractContextManager[object]


def _by_processes(items: Iterable[Item], loading: Loading, jobs: int) -> Generator[Outcome, None, None]:
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_begin, initargs=(loading, spawn.Lock()))
    under_way: deque[Future[Outcome]] = deque()
    try:
        for item in items:
            under_way.append(pool.submit(_do, item.path, item.member, _sayable(item.refusal)))
            if len(under_way) >= jobs * _AHEAD:
                outcome = under_way.popleft().result()
                yield outcome
                if outcome.full:
                    return
        while under_way:
            outcome = under_way.popleft().result()
            yield outcome
            if outcome.full:
                return
    finally:
        pool.shutdown(cancel_futures=True)


def _sayable(refusal: FlowRefused | None) -> tuple[type[FlowRefused], dict[str, Any]] | None:
    """A refusal as it can be handed to another process, which makes it anew."""
    return None if refusal is None else (type(refusal), refusal.facts)


def _begin(loading: Loading, turn: AbstractContextManager[object]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches them all; the first process decides
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _Process.engine = db.open_engine(loading.database)
    _Process.loading = loading
    _Process.turn = turn


def _end_with(sentinel: int) -> None:
    """A process whose parent was killed would wait for work for ever; what it had begun to write is rolled back."""
    process_connection.wait([sentinel])
    os._exit(1)


def _do(
    path: Path, member: archives.Member | None, refusal: tuple[type[FlowRefused], dict[str, Any]] | None
) -> Outcome:
    item = Item(path, member, None if refusal is None else refusal[0](**refusal[1]))
    return load_item(_Process.engine, item, _Process.loading, _Process.turn)
