"""Memory of open pages after drawing: private (USS), with shares (PSS), page tables; forked against stock.

A page is open and has run the cells of GRAFICI AVANZATI on the sample supplier's readings. What a thousand of them
take is reckoned from what a hundred do: the zygote once, and a page's private memory and page tables a thousand times.
"""

import asyncio
import statistics
from contextlib import AsyncExitStack

from benchmarks import _pages
from benchmarks._pages import FORKED, STOCK
from benchmarks._timing import line
from portal_lib.kernels.specs import nursery_of
from portal_lib.settings import Settings

ROUNDS = 5
OPEN = {FORKED: (1, 10, 100), STOCK: (1, 10)}
_MB = 1 / 1024


def run() -> None:
    with _pages.sample() as settings:
        alone: dict[str, list[float]] = {FORKED: [], STOCK: []}
        for _ in range(ROUNDS):
            for kernel, found in alone.items():
                found.append(asyncio.run(_open(kernel, settings, 1))["uss"])
        many = {
            (kernel, count): asyncio.run(_open(kernel, settings, count)) for kernel in OPEN for count in OPEN[kernel]
        }
        for (kernel, count), each in many.items():
            print(
                f"memory:{count}-{'forked' if kernel == FORKED else 'stock'} a page: "
                f"USS {each['uss'] * _MB:.1f} MB, PSS {each['pss'] * _MB:.1f} MB, page tables {each['tables']:.0f} kB"
            )
        zygote = nursery_of(FORKED).zygote_pid
        assert zygote is not None
        base, each = _pages.memory(zygote), many[FORKED, 100]
        thousand = base["pss"] + 1000 * (each["uss"] + each["tables"])
        print(
            f"memory:1000-forked reckoned: {thousand * _MB / 1024:.1f} GB, of it page tables "
            f"{each['tables'] * _MB * 1000 / 1024:.1f} GB"
        )
    line("memory:10-pages-pss", many[FORKED, 10]["pss"], many[STOCK, 10]["pss"], "MB", _MB)
    ratio = line("memory:private", statistics.median(alone[FORKED]), statistics.median(alone[STOCK]), "MB", _MB)
    print(f"memory ratio={ratio:.2f}")


async def _open(kernel: str, settings: Settings, count: int) -> dict[str, float]:
    """Open so many pages, let each draw, and give the mean of what one takes, in kB."""
    async with AsyncExitStack() as opened:
        pages = []
        for _ in range(count):
            process, client = await opened.enter_async_context(_pages.kernel_of_a_page(kernel, settings))
            for cell in _pages.cells():
                await _pages.run(client, cell)
            pages.append(process)
        found = [_pages.memory(process) for process in pages]
        return {name: statistics.mean(each[name] for each in found) for name in found[0]}
