"""Pages to measure on: the kernel of GRAFICI AVANZATI, stock or forked, over the sample supplier's readings."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import portal_lib.fast_imports  # noqa: F401  # isort: skip (before anything of Jupyter)
from demo.prepare import prepare
from portal_lib.kernels import PAGE_KERNEL
from portal_lib.kernels.nursery import close_all
from portal_lib.kernels.specs import ForkedKernelManager, nursery_of
from portal_lib.settings import Settings
from portal_lib.visitor import Visitor
from portal_lib.web.kernels import kernel_environment
from portal_lib.web.visitors import Guest

STOCK, FORKED = "python3", PAGE_KERNEL

#: The municipality of the sample supplier, with most points.
_VISITOR = Visitor(name="c-benchmark", codes=frozenset({"10002002"}))

_NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "grafici_avanzati.ipynb"

IMPORTS = "import pandas, ipywidgets, bqplot, sqlalchemy"


def cells() -> list[str]:
    """The page's code cells."""
    found = json.loads(_NOTEBOOK.read_text())["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


@contextmanager
def sample() -> Iterator[Settings]:
    """A portal with the sample supplier's readings and a warm zygote; both gone in the end."""
    with TemporaryDirectory(prefix="portal-benchmark-") as folder:
        settings = Settings(var=Path(folder), supplier_vat="99999999990", distributor_vats=("99999990990",))
        prepare(settings)
        (settings.var / "kernels").mkdir(exist_ok=True)
        nursery_of(FORKED).start()
        asyncio.run(_once(settings))
        try:
            yield settings
        finally:
            close_all()


async def _once(settings: Settings) -> None:
    """Let the zygote finish its imports, and both find their files in memory."""
    for kernel in (STOCK, FORKED):
        async with kernel_of_a_page(kernel, settings) as (_, client):
            for cell in cells():
                await run(client, cell)


@asynccontextmanager
async def kernel_of_a_page(kernel: str, settings: Settings) -> AsyncIterator[tuple[int, Any]]:
    """A page's kernel as the service starts it: its process id and a client. Channels are open, no cell has run."""
    folder = Path(await asyncio.to_thread(_short_folder))
    manager = ForkedKernelManager(
        kernel_name=kernel, transport="ipc", connection_file=str(folder / "k.json"), autorestart=False
    )
    environment = kernel_environment(settings, Guest(_VISITOR, staff=False))
    await manager.start_kernel(env=environment, cwd=str(settings.var / "kernels"))
    client = manager.client()
    client.start_channels(stdin=False, hb=False)
    try:
        yield manager.provisioner.pid, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        shutil.rmtree(folder, ignore_errors=True)


async def run(client: Any, code: str) -> None:
    """Run a cell to its end. RuntimeError where it failed."""
    asked = client.execute(code, store_history=False)
    while True:
        reply = await client.get_shell_msg(timeout=120)
        if reply["parent_header"].get("msg_id") == asked:
            if reply["content"]["status"] != "ok":
                raise RuntimeError("\n".join(reply["content"].get("traceback", ["aborted"])))
            return


async def seconds(kernel: str, settings: Settings) -> tuple[float, float]:
    """From the start to ready (its imports done), and to the page's last cell; each in a kernel of its own."""
    started = time.perf_counter()
    async with kernel_of_a_page(kernel, settings) as (_, client):
        await run(client, IMPORTS)
        ready = time.perf_counter() - started
    started = time.perf_counter()
    async with kernel_of_a_page(kernel, settings) as (_, client):
        for cell in cells():
            await run(client, cell)
        drawn = time.perf_counter() - started
    return ready, drawn


def memory(process: int) -> dict[str, int]:
    """Kilobytes of one process: ``uss`` (private), ``pss`` (with its share of what is shared), page ``tables``."""
    found = {"uss": 0, "pss": 0, "tables": 0}
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith(("Private_Clean:", "Private_Dirty:")):
            found["uss"] += int(line.split()[1])
        elif line.startswith("Pss:"):
            found["pss"] = int(line.split()[1])
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmPTE:"):
            found["tables"] = int(line.split()[1])
    return found


def _short_folder() -> str:
    """A socket's path may be no longer than 107 characters."""
    folder = f"/tmp/pk-{os.getpid()}-{time.monotonic_ns()}"  # noqa: S108
    Path(folder).mkdir(mode=0o700)
    return folder
