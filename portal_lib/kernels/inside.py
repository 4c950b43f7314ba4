"""All that leans on ipykernel's inside: its application cut in two, before the fork and after it.

ipykernel's ``IPKernelApp.initialize()`` makes sockets and threads first and the shell last. A fork wants it the other
way round: the shell, which costs a tenth of a second and some ten megabytes, is made once in the zygote; sockets,
threads and event loops, which no fork carries over, are made in every child. So :meth:`ForkedApp.prepare` is the first
half and :meth:`ForkedApp.be_born` the second, made of ipykernel's own steps in ipykernel's own order.

What is assumed, each held by a test in ``tests/kernels/test_inside.py`` (ipykernel is pinned below its next minor
version for this file's sake):

1. ``initialize()`` is the list of steps that :meth:`ForkedApp.be_born` repeats.
2. Making kernel and shell without sockets starts no thread and opens no descriptor.
3. ``init_kernel()`` asks ``kernel_class.instance(**traits)`` for the kernel and hands over streams and threads there.
4. The shell publishes by ``displayhook`` and ``display_pub``, whose ``pub_socket`` and ``topic`` can be set.
5. The debugger holds its stream in ``debugpy_client`` and its socket in ``shell_socket``.
6. ``Session`` takes a new ``session``, ``key`` and ``pid`` after it was made, and counts messages in ``message_count``.
7. The event loop's end is the end of ``start()``, and ``OutStream.flush`` waits until the IOPub thread has sent.
8. The control thread's event loop exists before the thread runs.
9. ``post_handler_hook()`` is called after each message, in the thread that handled it.
10. ``shell.reset(new_session=True)`` leaves no name of a cell's and counts cells from 1 again. (It takes away a
    module's own names, such as ``__doc__``, which come back here.)
"""

import contextlib
import ctypes
import faulthandler  # noqa: F401
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import ipykernel.debugger  # noqa: F401 - these are imported late otherwise, by every child for itself
import tornado.platform.asyncio  # noqa: F401
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import new_id
from traitlets import Type

#: What init_kernel() hands over that belongs to one process only.
_OF_THIS_PROCESS = (
    "control_stream",
    "debugpy_stream",
    "debug_shell_socket",
    "shell_stream",
    "control_thread",
    "shell_channel_thread",
    "iopub_thread",
    "iopub_socket",
    "stdin_socket",
    "profile_dir",
)

#: After so long without a message a kernel gives back what it can. A gibibyte of freed frames helps nobody.
_SECONDS_TO_REST = 1.5

#: glibc's; elsewhere there is nothing to do.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", lambda _keep: 0)

#: The last messages leave within milliseconds; a client that has gone is not waited for longer.
_SECONDS_TO_DRAIN = 1.0


class PreparedKernel(IPythonKernel):  # type: ignore[misc]
    """A kernel made without sockets, which takes those of its process when it is asked for again."""

    _resting: Any = None

    @classmethod
    def instance(cls, *args: Any, **kwargs: Any) -> Any:
        made = cls.initialized()
        kernel = super().instance(*args, **kwargs)
        if made and "shell_stream" in kwargs:
            kernel.be_born({name: kwargs[name] for name in _OF_THIS_PROCESS})
        return kernel

    def be_born(self, own: dict[str, Any]) -> None:
        """Take this process's streams, threads and identity."""
        for name, value in own.items():
            setattr(self, name, value)
        self.ident = self._default_ident()
        self._stdout, self._stderr = sys.stdout, sys.stderr
        self._shell_context = copy_context()
        self.debugger.debugpy_client.debugpy_stream = self.debugpy_stream
        self.debugger.shell_socket = self.debug_shell_socket
        shell = self.shell
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        shell.displayhook.topic = self._topic("execute_result")
        shell.profile_dir = self.profile_dir
        shell.starting_dir = str(Path.cwd())
        shell.user_ns["_dh"][:] = [shell.starting_dir]
        shell.init_environment()

    def post_handler_hook(self) -> None:
        """After each message: rest, unless another one comes."""
        super().post_handler_hook()
        if threading.current_thread() is threading.main_thread():
            if self._resting is not None:
                self.io_loop.remove_timeout(self._resting)
            self._resting = self.io_loop.call_later(_SECONDS_TO_REST, self._rest)

    def _rest(self) -> None:
        """Give freed memory back to the system: a few milliseconds, when nobody waits."""
        self._resting = None
        gc.collect()
        _trim(0)


class _Nowhere:
    """A socket that takes everything and sends nothing."""

    def send_multipart(self, *_: Any, **__: Any) -> None:
        pass


class ForkedApp(IPKernelApp):  # type: ignore[misc]
    """ipykernel's application in two halves."""

    profile_dir: ProfileDir
    kernel_class = Type(PreparedKernel, klass="ipykernel.kernelbase.Kernel")

    def prepare(self) -> None:
        """Everything that children share: configuration, kernel, shell. In the zygote."""
        self.parent_handle = 1  # nobody to poll, and no advice on the terminal: here the lifeline tells
        self.config.HistoryManager.enabled = False
        super(IPKernelApp, self).initialize([])
        self.init_pdb()
        self.kernel = self.kernel_class.instance(
            parent=self, session=self.session, log=self.log, profile_dir=self.profile_dir, user_ns=self.user_ns
        )
        self.init_path()
        self.init_shell()
        self.init_gui_pylab()
        self.init_extensions()
        self.init_code()

    @contextlib.contextmanager
    def rehearsing(self) -> Iterator[Callable[[str], None]]:
        """A function that runs a cell in the shell, in the zygote; what it sends goes nowhere, and no name stays."""
        kernel, shell = self.kernel, self.kernel.shell
        names, hidden = dict(shell.user_ns), dict(shell.user_ns_hidden)
        kernel.iopub_socket = shell.displayhook.pub_socket = shell.display_pub.pub_socket = _Nowhere()

        def run(cell: str) -> None:
            shell.run_cell(cell, store_history=False).raise_error()

        try:
            yield run
        finally:
            kernel.iopub_socket = shell.displayhook.pub_socket = shell.display_pub.pub_socket = None
            shell.reset(new_session=True)
            shell.user_ns.update({name: value for name, value in names.items() if name not in shell.user_ns})
            shell.user_ns_hidden.update(hidden)

    def be_born(self, connection_file: str) -> None:
        """Everything that a child has of its own: identity, sockets, threads. In the child."""
        self._renew_session()
        self._renew_profile()
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        self.connection_file = connection_file
        self.init_blackhole()
        self.init_connection_file()
        self.init_poller()
        self.init_sockets()
        self.init_heartbeat()
        self.write_connection_file()
        self.log_connection_info()
        self.init_io()
        self.init_signal()
        self.init_kernel()
        sys.stdout.flush()
        sys.stderr.flush()

    def when_cut(self, lifeline: int, end: Callable[[], None]) -> None:
        """Call ``end`` in the control thread once the other end of ``lifeline`` has been closed."""
        loop = self.control_thread.io_loop
        loop.add_callback(loop.add_handler, lifeline, lambda *_: end(), loop.READ)

    def serve(self, born: Callable[[], None]) -> None:
        """Answer requests until the kernel is shut down; ``born`` is called once it can."""
        self.kernel.start()
        born()
        self.kernel.io_loop.start()

    def drain(self) -> None:
        """Send what is still to be sent; the process may end then, without anything else being tidied up.

        Tidying up the ordinary way (``close()``, and whatever was registered with atexit) takes seconds, for
        descriptors and memory that the system takes back at once.
        """
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
            self.iopub_thread.stop()
            for thread in (self.control_thread, self.shell_channel_thread):
                thread.join(_SECONDS_TO_DRAIN)
            last = threading.Thread(target=self.context.destroy, args=[int(_SECONDS_TO_DRAIN * 1000)], daemon=True)
            last.start()
            last.join(_SECONDS_TO_DRAIN)

    def _renew_session(self) -> None:
        session = self.session
        session.pid = os.getpid()
        session.session = new_id()
        session.message_count = 0
        session.digest_history = set()
        session.username = os.environ.get("USER", "username")

    def _renew_profile(self) -> None:
        own = Path(os.environ.get("IPYTHONDIR") or Path("~/.ipython").expanduser()) / "profile_default"
        own.parent.mkdir(parents=True, exist_ok=True)
        self.ipython_dir = self.kernel.shell.ipython_dir = str(own.parent)
        self.profile_dir = ProfileDir.create_profile_dir(str(own))
