"""Memory of open pages after drawing: private (USS), with shares (PSS), page tables; forked against stock.

A page is open, has run the cells of GRAFICI AVANZATI on the sample supplier's readings and rests since three seconds.
The figure that counts is that of a page among ten, as a service has them: what all map from the database's file is
nobody's own then. (A page alone is printed, too.) What a thousand of them
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
        found: dict[tuple[str, int], list[dict[str, float]]] = {}
        for turn in range(ROUNDS):
            for kernel, counts in OPEN.items():
                for count in counts if turn == 0 else counts[:2]:
                    found.setdefault((kernel, count), []).append(asyncio.run(_open(kernel, settings, count)))
        page = {
            key: {name: statistics.median(each[name] for each in seen) for name in seen[0]}
            for key, seen in found.items()
        }
        for (kernel, count), each in page.items():
            print(
                f"memory:{count}-{'forked' if kernel == FORKED else 'stock'} a page: "
                f"USS {each['uss'] * _MB:.1f} MB, PSS {each['pss'] * _MB:.1f} MB, page tables {each['tables']:.0f} kB"
            )
        zygote = nursery_of(FORKED).zygote_pid
        assert zygote is not None
        each = page[FORKED, 100]
        thousand = _pages.memory(zygote)["pss"] + 1000 * (each["uss"] + each["tables"])
        tables = each["tables"] * 1000 * _MB / 1024
        print(f"memory:1000-forked reckoned: {thousand * _MB / 1024:.1f} GB, {tables:.1f} GB of it page tables")
    line("memory:alone", page[FORKED, 1]["uss"], page[STOCK, 1]["uss"], "MB", _MB)
    line("memory:10-pages-pss", page[FORKED, 10]["pss"], page[STOCK, 10]["pss"], "MB", _MB)
    ratio = line("memory:private", page[FORKED, 10]["uss"], page[STOCK, 10]["uss"], "MB", _MB)
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
        await asyncio.sleep(3)
        found = [_pages.memory(process) for process in pages]
        return {name: statistics.mean(each[name] for each in found) for name in found[0]}
