"""A process that makes reports, and the eye on it: what takes too long or too much ends, with its kernels."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import psutil

from portal_lib.language import Said
from portal_lib.refused import Refused
from portal_lib.reporting.owed import Piece
from portal_lib.reporting.running_child import Made, Task

#: Not by ``-m``: what goes over the socket would be of a module called ``__main__``.
_PROGRAM = "from portal_lib.reporting import running_child; running_child.main"

#: How often a working process is looked at.
_LOOK_SECONDS = 0.25

#: What a report may take beyond its notebook's own time: checking and depositing.
_GRACE_SECONDS = 60.0

#: After so many reports a process is replaced: whatever they leave behind in it stays small.
_REPORTS_A_PROCESS = 200


class TooLarge(Refused):
    it = (
        "{piece}: il report ha preso {used} MiB di memoria, più dei {most} ammessi, ed è stato interrotto. Non è stato "
        "depositato nulla. Alza report_memory_mb o riduci il lavoro del notebook."
    )
    en = (
        "{piece}: the report took {used} MiB of memory, more than the {most} it may, and was ended. Nothing was "
        "deposited. Raise report_memory_mb, or give its notebook less to do."
    )


class NeverEnds(Refused):
    it = (
        "{piece}: il report non è finito entro {seconds} secondi ed è stato interrotto. Non è stato depositato nulla. "
        "Alza report_timeout_minutes o riduci il lavoro del notebook."
    )
    en = (
        "{piece}: the report was not done within {seconds} seconds and was ended. Nothing was deposited. Raise "
        "report_timeout_minutes, or give its notebook less to do."
    )


class Died(Refused):
    it = "{piece}: il processo che lo produceva è terminato ({how}). Non è stato depositato nulla; si riproverà."
    en = "{piece}: the process that made it ended ({how}). Nothing was deposited; it is tried again."


class Broken(Refused):
    it = "{piece}: non è stato depositato nulla ({reason}). Controlla disco, banca dati e registro, poi si riproverà."
    en = "{piece}: nothing was deposited ({reason}). Check disk, database and log; it is tried again."


class Hands:
    """One process that makes one document at a time; started when first needed, and again after it had to be ended.

    To be used by one thread, which must outlive it: Linux ends a child with the thread that started it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Task, Made] | None = None
        self._made = 0

    def make(self, task: Task, alive: Callable[[], object]) -> Made:
        """Have one document made; ``alive`` is called again and again meanwhile.

        Raises :class:`TooLarge`, :class:`NeverEnds` or :class:`Died`.
        """
        if self._made >= _REPORTS_A_PROCESS:
            self.close()
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._process is not None and self._connection is not None
        self._made += 1
        seconds = task.settings.report_timeout_minutes * 60 + _GRACE_SECONDS
        deadline = time.monotonic() + seconds
        try:
            self._connection.send(task)
            while not self._connection.poll(_LOOK_SECONDS):
                alive()
                used = _megabytes(self._process)
                if used > task.settings.report_memory_mb:
                    raise TooLarge(piece=task.piece, used=used, most=task.settings.report_memory_mb)
                if time.monotonic() > deadline:
                    raise NeverEnds(piece=task.piece, seconds=round(seconds))
            return self._connection.recv()
        except (EOFError, OSError):
            self.close()
            raise Died(piece=task.piece, how=_ending(self._last_code)) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process and all that it has started."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            _end(self._process)
            self._last_code = self._process.returncode
            self._process = None
        self._made = 0

    _last_code: int | None = None

    def _start(self) -> None:
        self.close()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"{_PROGRAM}({theirs.fileno()}, {os.getpid()})"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())


@contextmanager
def hands() -> Iterator[Hands]:
    """A process that ends with the block."""
    made = Hands()
    try:
        yield made
    finally:
        made.close()


def _descendants(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(process.pid)
        return [top, *top.children(recursive=True)]
    return []


def _megabytes(process: "subprocess.Popen[bytes]") -> int:
    """What the process and its kernels have for themselves: a forked kernel shares the rest with its parent."""
    used = 0
    for one in _descendants(process):
        with contextlib.suppress(psutil.Error):
            memory = one.memory_info()
            used += max(0, memory.rss - memory.shared)
    return used // (1024 * 1024)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and its descendants, whatever sessions they are in; what one starts meanwhile is found too."""
    for _ in range(20):
        found = [one for one in _descendants(process) if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        if not found:
            break
        for one in reversed(found):  # kernels before the process by which they are found
            with contextlib.suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(found[1:], timeout=1)
    process.wait()


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def reason(made: Made, piece: Piece) -> Refused | Said:
    """Why a document was not made, in both languages."""
    if made.outcome == "broken":
        return Broken(piece=piece, reason=made.en)
    return Said(made.it, made.en)
