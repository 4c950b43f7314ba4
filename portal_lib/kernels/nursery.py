"""The owner's side: starts a zygote, asks it for kernels, starts another when it died.

One nursery stands for each list of imports in a process. Zygote and kernels end with the process that owns them,
however that ends: the zygote sees its socket close, the kernels their lifeline, a pipe whose other end only the owner
holds. Kernels outlive their zygote: a page stays open while a new one starts.
"""

import asyncio
import atexit
import contextlib
import errno
import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from portal_lib.kernels import wire
from portal_lib.kernels.forked import Forked, readable

logger = logging.getLogger(__name__)

#: What a zygote sees of its owner's environment: nothing that could be a secret.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")

#: A library that starts a thread when it is imported can't be forked: pools of one, and no housekeeping in pyarrow's
#: allocator. And debugpy is not to say on stderr that modules of the standard library have no breakpoints, nor is
#: ipywidgets to repeat what a browser sent: a forked kernel has one browser, or none.
_FORKABLE = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "JUPYTER_WIDGETS_ECHO": "0",
}

_LONGEST_REST = 60.0

#: The zygote tells exit codes a moment after the system does.
_SECONDS_FOR_A_CODE = 0.02


class NoZygote(Exception):
    """No kernel was forked; the message says why, in a few words."""


class Nursery:
    """A zygote and what it has forked."""

    def __init__(self, preload: Sequence[str], rehearsal: str = "") -> None:
        self.preload = tuple(preload)
        self.rehearsal = rehearsal
        self._lock = threading.RLock()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._end: socket.socket | None = None
        self._was_ready = False
        self._failures = 0
        self._rests_until = 0.0
        self._codes: dict[int, int] = {}
        self._living: set[int] = set()
        #: Its first end is the zygote's; the zygote and its kernels end when the second closes, with this process.
        self._lifeline: tuple[int, ...] = os.pipe()

    @property
    def zygote_pid(self) -> int | None:
        """The zygote's process id, None where none runs."""
        with self._lock:
            return self._zygote.pid if self._zygote is not None and self._zygote.poll() is None else None

    def start(self) -> None:
        """Have a zygote, without waiting for its imports. :class:`NoZygote` where the last ones failed just now."""
        with self._lock:
            if self.zygote_pid is not None:
                return
            if self._zygote is not None:
                self._mourn()
            if time.monotonic() < self._rests_until:
                raise NoZygote("the last zygote did not come up")
            self._launch()

    async def fork(self, request: wire.Request, stdio: Sequence[int], patience: float) -> Forked:
        """A new kernel, its sockets bound. :class:`NoZygote` where there is none after ``patience`` seconds."""
        mine, theirs = wire.pair()
        try:
            with theirs:
                await self._ask(request, [theirs.fileno(), *stdio], patience)
            return await asyncio.wait_for(self._born(mine), patience)
        except TimeoutError as error:
            raise NoZygote(f"no kernel was born within {patience:g} seconds") from error
        finally:
            mine.close()

    def close(self) -> None:
        """End the zygote and every kernel that it has forked, for good."""
        with self._lock:
            if self._zygote is not None:
                self._bury()
            wire.close_all(self._lifeline)
            self._lifeline = ()  # once: the numbers may be somebody else's by the next time

    async def _ask(self, request: wire.Request, descriptors: list[int], patience: float) -> None:
        told = request.to_bytes()
        if len(told) > wire.LARGEST_MESSAGE:
            raise NoZygote("its environment is too large")
        deadline = time.monotonic() + patience
        while True:
            try:
                with self._lock:
                    if self._zygote is not None and self.zygote_pid is None:
                        raise BrokenPipeError
                    self.start()
                    assert self._end is not None
                    wire.send(self._end, told, descriptors, socket.MSG_DONTWAIT)
                    return
            except BlockingIOError as error:  # many asked at once
                if time.monotonic() > deadline:
                    raise NoZygote("the zygote does not listen") from error
                await asyncio.sleep(0.01)
            except OSError as error:
                if error.errno == errno.EMSGSIZE:
                    raise NoZygote("its environment is too large") from error
                self._replace()
                raise NoZygote("the zygote has died") from error

    async def _born(self, mine: socket.socket) -> Forked:
        """Wait for the child's pidfd and for its word; in either order."""
        mine.setblocking(False)
        forked, born = None, False
        try:
            while forked is None or not born:
                await readable(mine.fileno())
                told, descriptors = wire.receive(mine, most_descriptors=1)
                if not told:
                    break
                if told == wire.BORN:
                    born = True
                else:
                    pid = json.loads(told)["pid"]
                    forked = Forked(pid, descriptors[0], self._code_of)
                    with self._lock:
                        self._living.add(pid)
        except BaseException:
            if forked is not None:
                forked.kill()
            raise
        if forked is None:
            self._replace()
            raise NoZygote("the zygote has died")
        if not born:
            with contextlib.suppress(ProcessLookupError):
                forked.kill()
            raise NoZygote("the forked kernel died while it started; the log says why")
        with self._lock:
            self._was_ready, self._failures = True, 0
        return forked

    def _launch(self) -> None:
        if not self._lifeline:
            raise NoZygote("its owner has ended it")
        mine, theirs = wire.pair()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _FORKABLE
        with theirs:
            passed = theirs.fileno(), self._lifeline[0]
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.zygote", *map(str, passed), self.rehearsal, *self.preload],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                pass_fds=passed,
                start_new_session=True,
            )
        mine.setblocking(False)
        self._end, self._was_ready = mine, False

    def _replace(self) -> None:
        """Bury a dead zygote and start another, for the next who asks."""
        with self._lock:
            if self._zygote is None:
                return
            with contextlib.suppress(subprocess.TimeoutExpired):  # its sockets close a moment before it ends
                self._zygote.wait(1)
            with contextlib.suppress(NoZygote):
                self.start()

    def _mourn(self) -> None:
        """A zygote has died of itself: say so, and rest where it never came up."""
        assert self._zygote is not None
        code = self._zygote.wait()
        self._bury()
        if self._was_ready:
            logger.warning("The zygote of kernels has died (%s); another starts", code)
            return
        self._failures += 1
        rest = min(2.0**self._failures, _LONGEST_REST)
        self._rests_until = time.monotonic() + rest
        logger.error(
            "The zygote of kernels did not come up (%s); tried again in %g seconds at the earliest", code, rest
        )

    def _bury(self) -> None:
        """Let the zygote go: it ends when its socket closes."""
        assert self._zygote is not None
        if self._end is not None:
            self._hear()
            self._end.close()
            self._end = None
        try:
            self._zygote.wait(2)
        except subprocess.TimeoutExpired:
            self._zygote.kill()
            self._zygote.wait()
        self._zygote = None

    def _code_of(self, pid: int) -> int | None:
        """What a kernel that has ended said last; None where its zygote took that with it."""
        with self._lock:
            if self._end is not None and pid not in self._codes:
                self._hear()
                if pid not in self._codes:
                    listening = select.poll()
                    listening.register(self._end, select.POLLIN)
                    listening.poll(_SECONDS_FOR_A_CODE * 1000)
                    self._hear()
            self._living.discard(pid)
            return self._codes.pop(pid, None)

    def _hear(self) -> None:
        """Take in what the zygote has said unasked."""
        assert self._end is not None
        with contextlib.suppress(OSError):
            while told := wire.receive(self._end, flags=socket.MSG_DONTWAIT)[0]:
                said = json.loads(told)
                if "ready" in said:
                    self._was_ready = True
                elif said["ended"] in self._living:
                    self._codes[said["ended"]] = said["code"]


_nurseries: dict[tuple[int, str, tuple[str, ...]], Nursery] = {}
_making = threading.Lock()


def nursery(preload: Sequence[str], rehearsal: str = "") -> Nursery:
    """This process's nursery for these imports and this rehearsal (``module:function``)."""
    with _making:
        key = os.getpid(), rehearsal, tuple(preload)  # a forked owner has no claim on its parent's zygote
        if key not in _nurseries:
            _nurseries[key] = Nursery(preload, rehearsal)
        return _nurseries[key]


@atexit.register
def close_all() -> None:
    """End every zygote of this process, and their kernels."""
    for key, own in list(_nurseries.items()):
        if key[0] == os.getpid():
            own.close()
            del _nurseries[key]
