"""Runs a few programs as siblings, restarts what dies, and takes everything down at the end.

Every descendant is a child of this process for the purpose of the end (Linux ``PR_SET_CHILD_SUBREAPER``), so a
grandchild whose parent died first is found and ended too: nothing is left running.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from portal_lib.serving.places import open_log

#: How long a program may take to end politely. The whole must be down within five seconds.
PATIENCE_SECONDS = 2.5

#: Waits before a program that died is started again: at once, then ever longer, never longer than half a minute.
BACK_OFF_SECONDS = (0.2, 1.0, 3.0, 10.0, 30.0)

#: A program that stayed up this long starts again at the first wait.
STEADY_SECONDS = 60.0

#: How often orphans that ended are collected: the service's kernels, where the service was killed.
ORPHANS_EVERY_SECONDS = 2.0

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Program:
    """One sibling: what to run, with which environment, and where its output goes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path


@dataclass
class Supervisor:
    """Keeps ``programs`` running until :meth:`stop`. ``say`` gets a sentence for each thing an operator should know."""

    programs: Sequence[Program]
    say: Callable[[str], None]
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[int] = field(default_factory=set)

    def stop(self) -> None:
        """Ask for the end; :meth:`run` returns when everything is down."""
        self._stopping.set()

    async def run(self, when_started: Callable[[], Awaitable[None]]) -> None:
        """Start everything, await ``when_started`` beside it, and stay until :meth:`stop` is called."""
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(ending, self.stop)
        keepers = [asyncio.create_task(self._keep(program)) for program in self.programs]
        beside = [asyncio.ensure_future(when_started()), asyncio.create_task(self._collect_orphans())]
        try:
            await self._stopping.wait()
        finally:
            for task in beside:
                task.cancel()
            await self._end(keepers)
            await asyncio.gather(*beside, *keepers, return_exceptions=True)

    async def _end(self, keepers: "list[asyncio.Task[None]]") -> None:
        """Ask every descendant to end, wait a while, and kill what is left, orphans included."""
        for process in _descendants():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        await asyncio.wait(keepers, timeout=PATIENCE_SECONDS)
        while _descendants() and asyncio.get_running_loop().time() < deadline:
            _reap_orphans(keepers)
            await asyncio.sleep(0.02)
        for _ in range(50):  # what is killed may leave children to us: look again until there are none
            rest = _descendants()
            for process in rest:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            if not rest:
                return
            await asyncio.wait(keepers, timeout=0.02)
            _reap_orphans(keepers)

    async def _collect_orphans(self) -> None:
        """Let go of descendants whose parent died before them and that have ended since.

        One round is waited: a program of ours that ended while it was being started is asyncio's to collect.
        """
        before: set[int] = set()
        while True:
            await asyncio.sleep(ORPHANS_EVERY_SECONDS)
            ended = {child.pid for child in psutil.Process().children() if _has_ended(child)} - self._running
            for pid in ended & before:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            before = ended

    async def _keep(self, program: Program) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._stopping.is_set():
            started = loop.time()
            with open_log(program.log) as log:
                process = await asyncio.create_subprocess_exec(
                    *program.command,
                    env=dict(program.environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the others in order
                    preexec_fn=_end_with_parent,
                )
            self._running.add(process.pid)
            code = await process.wait()
            self._running.discard(process.pid)
            if self._stopping.is_set():
                return
            if loop.time() - started > STEADY_SECONDS:
                failures = 0
            wait = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
            failures += 1
            self.say(f"{program.name} ended with {_ending(code)}; starting it again in {wait:g} s (log: {program.log})")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)


def _descendants() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))


def _has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _reap_orphans(keepers: "list[asyncio.Task[None]]") -> None:
    """Collect orphans that have ended. Only once no program is left, whose exit codes are asyncio's to collect."""
    if all(keeper.done() for keeper in keepers):
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _ending(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _end_with_parent() -> None:
    """In the child, before it becomes its program: end when the supervisor is killed outright."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
