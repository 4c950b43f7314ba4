"""Folders that are gone when their work is done, also the work of a process that was killed.

Each is locked by whoever works in it; a folder that nobody holds any more is swept away by the next one to look.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Between making a folder and locking it lies an instant; a folder this young is left alone.
_YOUNG_SECONDS = 60.0


@contextmanager
def temporary_folder(below: Path, prefix: str) -> Iterator[Path]:
    """A new folder ``below``, removed at the end whatever happens; abandoned ones of the same prefix go first."""
    below.mkdir(parents=True, exist_ok=True)
    sweep(below, prefix)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=below))
    handle = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield made
    finally:
        os.close(handle)
        shutil.rmtree(made, ignore_errors=True)


def sweep(below: Path, prefix: str, *, young_seconds: float = _YOUNG_SECONDS) -> list[Path]:
    """Remove the folders of that prefix that nobody holds; gives back which."""
    removed = []
    for path in sorted(below.glob(f"{prefix}*")):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < young_seconds:
                continue
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
                removed.append(path)
            finally:
                os.close(handle)
    return removed
