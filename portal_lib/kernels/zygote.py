"""The warm process: imports once, makes a shell once, then only forks. ``python -m portal_lib.kernels.zygote``.

It has one thread (a fork copies only the calling one, and locks that others hold stay locked for ever), no event loop,
no ZeroMQ context, no connection, no secret: :func:`assert_forkable` looks before the first fork. It serves the process
that started it and ends with it.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from portal_lib.kernels import newborn, wire

if TYPE_CHECKING:
    from portal_lib.kernels.inside import ForkedApp


_MODULE = "portal_lib.kernels.zygote"


class NotForkable(Exception):
    """The zygote holds what no child may share; the message says what."""


def main(end: socket.socket, lifeline: int, rehearsal: str, preload: list[str]) -> NoReturn:
    """Prepare, say so, and fork for the owner until it has gone."""
    process, user = wire.peer_of(end)
    if process != os.getppid() or user != os.geteuid():
        raise NotForkable(f"asked to serve process {process} of user {user}, which did not start it")
    open_before = _open_descriptors()
    app = _prepare(preload)
    assert_forkable(open_before)
    if rehearsal:
        _rehearse(app, rehearsal)
        try:
            assert_forkable(open_before)
        except NotForkable as left_over:
            _say(f"The rehearsal {rehearsal} can't be used, it left something behind ({left_over}); without it, then.")
            for passed_on in (end.fileno(), lifeline):
                os.set_inheritable(passed_on, True)
            same = [sys.executable, "-m", _MODULE, str(end.fileno()), str(lifeline), "", *preload]
            os.execv(sys.executable, same)  # noqa: S606 - no shell is wanted
    gc.collect()
    gc.freeze()
    _Zygote(app, end, lifeline).serve()


def _prepare(preload: list[str]) -> "ForkedApp":
    with tempfile.TemporaryDirectory(prefix="zygote-") as home:  # ipykernel wants a profile folder; children get theirs
        os.environ |= {"HOME": home, "IPYTHONDIR": f"{home}/ipython", "MPLCONFIGDIR": f"{home}/matplotlib"}
        _import(preload[:1])
        from portal_lib.kernels.inside import ForkedApp

        app: ForkedApp = ForkedApp.instance()
        app.prepare()  # before the imports: ipywidgets looks for a shell when it is imported
        _import(preload[1:])
    return app


def _import(modules: list[str]) -> None:
    """A module that can't be imported is the kernels' to import, and to say why."""
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception:
            _say(f"The zygote of kernels can't import {module}:")
            traceback.print_exc()


def _rehearse(app: "ForkedApp", rehearsal: str) -> None:
    """Call ``module:function`` with a function that runs a cell: what is done now is done for every child."""
    module, _, name = rehearsal.partition(":")
    try:
        with app.rehearsing() as run:
            getattr(importlib.import_module(module), name)(run)
    except Exception:
        _say(f"The rehearsal {rehearsal} stopped:")
        traceback.print_exc()
    gc.collect()


def _say(sentence: str) -> None:
    """To the owner's log."""
    print(sentence, file=sys.stderr, flush=True)


def assert_forkable(open_before: dict[int, str]) -> None:
    """:class:`NotForkable` where there is a second thread, or a descriptor that was opened meanwhile."""
    for _ in range(20):  # one that has just been joined is there for a moment still
        threads = len(list(Path("/proc/self/task").iterdir()))
        if threads == 1:
            break
        time.sleep(0.05)
    else:
        raise NotForkable(f"{threads} threads: what was imported has started some")
    opened = {number: kind for number, kind in _open_descriptors().items() if number not in open_before}
    if opened:
        raise NotForkable(f"descriptors were opened and not closed: {sorted(opened.values())}")


def _open_descriptors() -> dict[int, str]:
    found = {}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - one descriptor less than iterdir holds open
        with contextlib.suppress(OSError):  # the one that was reading the folder
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115
    return found


class _Zygote:
    def __init__(self, app: "ForkedApp", end: socket.socket, lifeline: int) -> None:
        self.app = app
        self.end = end
        self.lifeline = lifeline
        self.woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.waker = waker

    def serve(self) -> NoReturn:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)
        waiting = select.poll()
        waiting.register(self.end, select.POLLIN)
        waiting.register(self.woken, select.POLLIN)
        wire.send(self.end, json.dumps({"ready": os.getpid()}).encode())
        while True:
            for descriptor, _ in waiting.poll():
                if descriptor == self.woken:
                    self._reap()
                else:
                    self._answer()

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self.woken, 4096)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                told = json.dumps({"ended": ended[0], "code": os.waitstatus_to_exitcode(ended[1])}).encode()
                with contextlib.suppress(OSError):  # nobody reads: its owner will see the pidfd
                    wire.send(self.end, told, flags=socket.MSG_DONTWAIT)

    def _answer(self) -> None:
        try:
            told, descriptors = wire.receive(self.end, most_descriptors=4)
        except OSError:
            told, descriptors = b"", []
        if not told:  # the owner has gone
            os._exit(0)
        try:
            self._fork(told, descriptors)
        except Exception:
            traceback.print_exc()
        finally:
            wire.close_all(descriptors)

    def _fork(self, told: bytes, descriptors: list[int]) -> None:
        request = wire.Request.from_bytes(told)
        answer, *stdio = descriptors
        child = os.fork()
        if child == 0:
            self._be_born(request, answer, stdio)
        with socket.socket(fileno=os.dup(answer)) as end:
            pidfd = os.pidfd_open(child)
            try:
                wire.send(end, json.dumps({"pid": child}).encode(), [pidfd])
            except OSError:  # the owner no longer wants it
                os.kill(child, signal.SIGKILL)
            finally:
                os.close(pidfd)

    def _be_born(self, request: wire.Request, answer: int, stdio: list[int]) -> NoReturn:
        """In the child; never returns."""
        status = 1
        try:
            newborn.own_session()
            newborn.own_signals()
            self.end.close()
            wire.close_all([self.woken, self.waker])
            newborn.own_stdio(stdio)
            newborn.own_environment(request.environment)
            os.chdir(request.folder)
            newborn.own_chance()
            sys.argv[:] = ["ipykernel_launcher", "-f", request.connection_file]
            self.app.be_born(request.connection_file)
            request.limits.apply_to_child()  # now that its threads have their stacks
            self.app.when_cut(self.lifeline, lambda: os.killpg(0, signal.SIGKILL))  # what it has started, too

            def born() -> None:
                with socket.socket(fileno=answer) as end:
                    wire.send(end, wire.BORN)

            self.app.serve(born)
            self.app.drain()
            status = 0
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(status)


if __name__ == "__main__":
    for passed_on in sys.argv[1:3]:
        os.set_inheritable(int(passed_on), False)
    sys.path.pop(0)  # the folder it was started in; a kernel adds its own
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
