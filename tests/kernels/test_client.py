"""A kernel counts as ready once it answers and is heard, and not later."""

import asyncio
import os
from pathlib import Path
from queue import Empty

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from traitlets.config import Config

from portal_lib.kernels.client import ForkedKernelClient
from portal_lib.kernels.specs import ForkedKernelManager
from tests.awaiting import awaited
from tests.kernels.running import Place


class Kernel:
    """A kernel of ``place``, its manager and a client of it, inside one event loop."""

    def __init__(self, place: Place, folder: Path, **environment: str) -> None:
        self.manager = ForkedKernelManager(
            kernel_name=place.name,
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(place.specs)]),
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"/tmp/c-{os.getpid()}"}}),
        )
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
        self._folder = folder

    async def __aenter__(self) -> "Kernel":
        await self.manager.start_kernel(env=self._environment, cwd=str(self._folder))
        self.client = self.manager.client()
        assert isinstance(self.client, ForkedKernelClient)
        self.client.start_channels()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.client.stop_channels()
        await self.manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("environment", [{}, {"PYTHONHASHSEED": "0"}], ids=["forked", "launched"])
def test_what_it_says_first_is_heard(place: Place, tmp_path: Path, environment: dict[str, str]) -> None:
    async def visit() -> str:
        async with Kernel(place, tmp_path, **environment) as kernel:
            await kernel.client.wait_for_ready(timeout=60)
            asked = kernel.client.execute("print('buongiorno')")
            while True:
                told = await kernel.client.get_iopub_msg(timeout=30)
                if told["parent_header"].get("msg_id") == asked and told["msg_type"] == "stream":
                    return str(told["content"]["text"])

    assert awaited(visit()) == "buongiorno\n"


def test_nothing_of_the_question_is_left_to_be_read(place: Place, tmp_path: Path) -> None:
    async def visit() -> None:
        async with Kernel(place, tmp_path) as kernel:
            await kernel.client.wait_for_ready(timeout=60)
            with pytest.raises(Empty):
                await kernel.client.get_shell_msg(timeout=0.5)
            with pytest.raises(Empty):
                await kernel.client.get_iopub_msg(timeout=0.5)

    awaited(visit())


def test_one_that_has_died_and_one_that_does_not_answer_are_told_apart(place: Place, tmp_path: Path) -> None:
    async def visit() -> None:
        async with Kernel(place, tmp_path) as kernel:
            os.kill(kernel.manager.provisioner.pid, 19)  # SIGSTOP
            with pytest.raises(RuntimeError, match="didn't respond in 1 seconds"):
                await kernel.client.wait_for_ready(timeout=1)
            await kernel.manager.provisioner.kill()
            await asyncio.sleep(0.2)
            with pytest.raises(RuntimeError, match="died"):
                await kernel.client.wait_for_ready(timeout=30)

    awaited(visit())
