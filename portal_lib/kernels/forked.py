"""A forked kernel's process as its owner holds it: by pidfd, which can't come to mean another process.

It looks like a :class:`subprocess.Popen` to jupyter_client. The process is the zygote's child and not the owner's, so
its exit code comes from the zygote; where that has died, the code is :data:`UNKNOWN`.
"""

import asyncio
import contextlib
import os
import select
import signal
from collections.abc import Callable

UNKNOWN = 255


class Forked:
    """A process that somebody else has forked for us."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pidfd: int, code_of: Callable[[int], int | None]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._pidfd: int | None = pidfd
        self._code_of = code_of

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        if self.returncode is None and self._ended_within(0):
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. TimeoutError after ``timeout`` seconds."""
        if self.returncode is None:
            if not self._ended_within(timeout):
                raise TimeoutError(f"process {self.pid} still runs")
            self._end()
        assert self.returncode is not None
        return self.returncode

    async def ended(self, seconds: float) -> bool:
        """Whether it ended within so many seconds, without holding up the event loop."""
        if self.poll() is not None:
            return True
        assert self._pidfd is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(readable(self._pidfd), seconds)
        return self.poll() is not None

    def send_signal(self, number: int) -> None:
        """ProcessLookupError where it has ended, whoever has its number now."""
        if self._pidfd is None:
            raise ProcessLookupError(f"process {self.pid} has ended")
        signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _ended_within(self, seconds: float | None) -> bool:
        if self._pidfd is None:
            return True
        watched = select.poll()  # and not select(): a busy server has descriptors over 1,023
        watched.register(self._pidfd, select.POLLIN)
        return bool(watched.poll(None if seconds is None else seconds * 1000))

    def _end(self) -> None:
        code = self._code_of(self.pid)
        self.returncode = UNKNOWN if code is None else code
        self._close()

    def _close(self) -> None:
        descriptor, self._pidfd = self._pidfd, None
        if descriptor is not None:
            os.close(descriptor)

    def __del__(self) -> None:
        self._close()


async def readable(descriptor: int) -> None:
    """Wait until there is something to read, in the running loop."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
