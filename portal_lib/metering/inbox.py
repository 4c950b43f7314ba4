"""A folder into which metering files come by themselves: which of them are there, and wholly there.

Whoever sends them writes a while, and may stop half-way. A file is taken once its size and time have stood still and
it ends as its format does: an XML flow with its last tag, an archive with its table of contents, a CSV export with a
whole line. One that never comes to its end is taken in the end, too, so that its refusal tells somebody.
"""

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal_lib.clock import Clock
from portal_lib.metering import archives
from portal_lib.metering.deliveries import SUFFIXES
from portal_lib.metering.exceptions import AlreadyWatched, NotToBeWatched
from portal_lib.metering.filing import DONE

#: Seconds for which a file must not have changed.
STILL = 5.0

#: Seconds after which one without its end is taken as it is.
PATIENCE = 600.0

_LAST_TAG = re.compile(rb"</(?:[\w.-]+:)?FlussoMisure\s*>")
_TAIL = 4096


@dataclass(frozen=True)
class Arrival:
    """A file that has arrived, as it was when it was looked at."""

    path: Path
    state: tuple[int, ...]

    def is_unchanged(self) -> bool:
        """Whether it is still the same file with the same content, as far as its folder says."""
        try:
            return _state(self.path) == self.state
        except OSError:
            return False


class Inbox:
    """A watched folder, with what was seen in it so far."""

    def __init__(self, folder: Path, clock: Clock, *, still: float = STILL, patience: float = PATIENCE) -> None:
        self.folder = folder
        self.still = still
        self._clock = clock
        self._patience = patience
        self._seen: dict[Path, tuple[tuple[int, ...], float]] = {}
        self._left: dict[Path, tuple[int, ...]] = {}

    def look(self) -> tuple[list[Arrival], int]:
        """The files that can be taken now, in the order of their names, and how many are not ready yet.

        Files left before are not among either, until they change. Links are passed over: what they lead to is not in
        this folder. Raises :class:`NotToBeWatched` where the folder can't be read.
        """
        now = self._clock().timestamp()
        ready, waiting = [], 0
        seen: dict[Path, tuple[tuple[int, ...], float]] = {}
        for path in self._files():
            try:
                state = _state(path)
            except OSError:
                continue  # gone again
            if not stat.S_ISREG(state[0]) or self._left.get(path) == state:
                continue
            before = self._seen.get(path)
            since = before[1] if before is not None and before[0] == state else now
            seen[path] = (state, since)
            stood = max(now - since, now - state[3] / 1e9)
            if stood >= self.still and (stood >= self._patience or _is_complete(path)):
                ready.append(Arrival(path, state))
            else:
                waiting += 1
        self._seen = seen
        return ready, waiting

    def leave(self, arrival: Arrival) -> None:
        """Pass a file over from now on, until it changes."""
        self._left[arrival.path] = arrival.state

    def _files(self) -> Iterator[Path]:
        def cannot(error: OSError) -> None:
            raise NotToBeWatched(folder=error.filename or self.folder, reason=error.strerror or "")

        for place, folders, names in os.walk(self.folder, onerror=cannot):
            at_top = Path(place) == self.folder
            folders[:] = sorted(name for name in folders if not (name.startswith(".") or (at_top and name == DONE)))
            for name in sorted(names):
                path = Path(place, name)
                if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                    yield path


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Hold a folder against a second watcher; it is given back however this process ends.

    Raises :class:`AlreadyWatched`, or :class:`NotToBeWatched` where it is no folder, or one that files can't be moved
    about in.
    """
    done = folder / DONE
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise NotToBeWatched(folder=folder, reason=error.strerror or "") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyWatched(folder=folder) from None
        except OSError as error:
            raise NotToBeWatched(folder=folder, reason=f"it can't be locked: {error.strerror}") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise NotToBeWatched(folder=folder, reason="files can't be moved out of it")
        if done.is_symlink() or (done.exists() and not done.is_dir()):
            raise NotToBeWatched(folder=folder, reason=f"“{DONE}” in it is not a folder")
        yield
    finally:
        os.close(handle)


def _state(path: Path) -> tuple[int, ...]:
    found = path.lstat()
    return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_complete(path: Path) -> bool:
    """Whether a file ends as its format does. One that can't be read counts as whole: who loads it will say why."""
    try:
        if path.suffix.lower() == archives.SUFFIX:
            return archives.is_complete(path)
        with path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(0, length - _TAIL))
            tail = file.read()
    except OSError:
        return True
    if path.suffix.lower() == ".xml":
        return _LAST_TAG.search(tail) is not None
    return tail.endswith((b"\n", b"\r"))
