"""What jupyter_client calls to get a kernel's process: forked where that can be, launched where it can't.

A kernelspec asks for it by ``metadata.kernel_provisioner`` (name ``portal-fork``, an entry point of this
distribution); its ``config`` says what the zygote imports. Limits are traits, set by the configuration of whoever
starts kernels: ``Config({"ForkingProvisioner": {"memory_mb": 512}})``.
"""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Float, Integer, List, Unicode

from portal_lib.kernels.forked import Forked
from portal_lib.kernels.limits import Limits
from portal_lib.kernels.newborn import READ_AT_START
from portal_lib.kernels.nursery import NoZygote, nursery
from portal_lib.kernels.wire import Request

#: What a launch may be asked for that a fork can do, too.
_UNDERSTOOD = frozenset({"env", "cwd", "stdin", "stdout", "stderr", "kernel_id", "extra_arguments", "independent"})

#: Arguments that say what is so anyhow: the shell in the zygote keeps no history.
_TRUE_ANYHOW = ("--HistoryManager.",)

_SECONDS_TO_DIE = 5.0


class ForkingProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Forks a kernel from this process's zygote."""

    process: Any
    preload = List(Unicode(), help="Modules that the zygote imports, in this order.").tag(config=True)
    rehearsal = Unicode(
        help="Function (module:function) that the zygote calls after its imports, with a function that runs a cell."
    ).tag(config=True)
    memory_mb = Integer(0, help="Megabytes that a kernel may take on top of what it is born with. 0: any.").tag(
        config=True
    )
    cpu_seconds = Integer(0, help="Processor seconds that a kernel may use in its life. 0: any.").tag(config=True)
    open_files = Integer(0, help="Descriptors that a kernel may have open. 0: as its owner.").tag(config=True)
    patience = Float(30.0, help="Seconds to wait for a zygote and its child before launching instead.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel that answers already; launch one, with a line in the log, where that can't be."""
        limits = Limits(self.memory_mb, self.cpu_seconds, self.open_files)
        try:
            self._must_be_forkable(cmd, kwargs)
            forked = await self._fork(limits, kwargs)
        except NoZygote as why_not:
            self.log.warning("Kernel %s is launched and not forked: %s", self.kernel_id, why_not)
            info = await super().launch_kernel(cmd, **kwargs)
            limits.apply_to_launched(self.process.pid)
            return info
        self.process = forked
        self.pid = self.pgid = forked.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group, unless the kernel has ended: its number may be another's by now."""
        if isinstance(self.process, Forked) and self.process.poll() is not None:
            return
        await super().send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel's process group, and wait here: jupyter_client would look only ten times a second."""
        await super().kill(restart)
        if isinstance(self.process, Forked):
            await self.process.ended(_SECONDS_TO_DIE)

    def _must_be_forkable(self, cmd: list[str], kwargs: dict[str, Any]) -> None:
        """:class:`NoZygote` where a fork could not do what a launch is asked for."""
        strange = sorted(set(kwargs) - _UNDERSTOOD)
        if strange:
            raise NoZygote(f"a fork knows no option {strange[0]}")
        if any(kwargs.get(name) == subprocess.PIPE for name in ("stdin", "stdout", "stderr")):
            raise NoZygote("a fork makes no pipes")
        read_at_start = sorted(READ_AT_START & set(kwargs.get("env") or ()))
        if read_at_start:
            raise NoZygote(f"{read_at_start[0]} is read when Python starts")
        for argument in cmd[len(self.kernel_spec.argv) :]:
            if not argument.startswith(_TRUE_ANYHOW):
                raise NoZygote(f"the shell is made already, without {argument}")

    async def _fork(self, limits: Limits, kwargs: dict[str, Any]) -> Forked:
        request = Request(
            connection_file=os.path.realpath(self.parent.connection_file),
            environment=dict(os.environ if kwargs.get("env") is None else kwargs["env"]),
            folder=str(Path(kwargs.get("cwd") or Path.cwd()).expanduser().absolute()),
            limits=limits,
        )
        with ExitStack() as opened:
            stdio = [
                _descriptor(kwargs.get("stdin"), opened, None),
                _descriptor(kwargs.get("stdout"), opened, 1),
                _descriptor(kwargs.get("stderr"), opened, 2),
            ]
            return await nursery(self.preload, self.rehearsal).fork(request, stdio, self.patience)


def _descriptor(given: Any, opened: ExitStack, inherited: int | None) -> int:
    """A descriptor for what a launch was given: a number, a file, DEVNULL, or nothing."""
    if given is None and inherited is not None:
        return inherited
    if given is None or given == subprocess.DEVNULL:
        return opened.enter_context(Path(os.devnull).open("r+b")).fileno()
    if isinstance(given, int):
        return given
    number: int = given.fileno()
    return number
