"""Kernels started as any client of jupyter_client starts them, and asked by real messages."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from traitlets.config import Config

from portal_lib.kernels.forked import Forked

#: What ipykernel itself puts into the environment of every kernel, launched or forked.
OF_IPYKERNEL = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


class CellFailed(Exception):
    """A cell raised; the message is the name of what it raised, and its text."""


class Running:
    """A kernel and a client of it."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels(hb=False)
        self._wait_until_it_is_heard()

    def _wait_until_it_is_heard(self) -> None:
        """Ask until it is heard: what a kernel publishes before the subscription has reached it is lost."""
        for _ in range(120):
            self.client.kernel_info()
            with suppress(Empty):
                self.client.get_iopub_msg(timeout=0.5)
                break
        asked = self.client.kernel_info()
        self.reply_to(asked)
        self.heard(asked)

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)

    @property
    def is_forked(self) -> bool:
        return isinstance(self.manager.provisioner.process, Forked)

    @property
    def process(self) -> Any:
        return self.manager.provisioner.process

    def ask(self, code: str) -> str:
        """Send a cell without waiting; gives the message's id."""
        return str(self.client.execute(code))

    def reply_to(self, message: str, timeout: float = 60) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == message:
                return dict(reply)

    def heard(self, message: str) -> list[dict[str, Any]]:
        """What was published because of a message, until the kernel was idle again."""
        found = []
        while True:
            told = self.client.get_iopub_msg(timeout=60)
            if told["parent_header"].get("msg_id") != message:
                continue
            if told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
                return found
            found.append(told)

    def run(self, code: str) -> str:
        """Run a cell; gives what it printed and its last value. :class:`CellFailed` where it raised."""
        asked = self.ask(code)
        reply = self.reply_to(asked)
        text = "".join(
            told["content"]["text"] if told["msg_type"] == "stream" else told["content"]["data"]["text/plain"]
            for told in self.heard(asked)
            if told["msg_type"] in ("stream", "execute_result", "display_data")
        )
        if reply["content"]["status"] != "ok":
            raise CellFailed(f"{reply['content'].get('ename')}: {reply['content'].get('evalue')}")
        return text

    def nothing_more(self) -> bool:
        try:
            self.client.get_iopub_msg(timeout=0.3)
        except Empty:
            return True
        return False


class Place:
    """Where kernels of one kernelspec are started."""

    def __init__(self, specs: Path, name: str) -> None:
        self.specs = specs
        self.name = name

    @contextmanager
    def kernel(self, config: dict[str, Any] | None = None, log: Any = None, **launch: Any) -> Iterator[Running]:
        """A kernel; ``config`` are traits of the provisioner, ``launch`` what jupyter_client starts it with."""
        with tempfile.TemporaryDirectory(prefix="k-") as folder:
            given: dict[str, Any] = {"log": log} if log is not None else {}
            manager = KernelManager(
                kernel_name=self.name,
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(self.specs)]),
                transport="ipc",
                connection_file=f"{folder}/k.json",
                config=Config({"ForkingProvisioner": config or {}}),
                **given,
            )
            launch.setdefault("env", {"PATH": os.environ["PATH"], "HOME": folder, "IPYTHONDIR": f"{folder}/ipython"})
            launch.setdefault("cwd", folder)
            manager.start_kernel(**launch)
            running = None
            try:
                running = Running(manager)
                yield running
            finally:
                if running is not None:
                    running.client.stop_channels()
                manager.shutdown_kernel(now=True)
                manager.context.destroy(linger=0)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_running(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descriptors(pid: int | str = "self") -> list[str]:
    """What a process has open."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:  # the one that was reading the folder
            continue
    return sorted(found)
