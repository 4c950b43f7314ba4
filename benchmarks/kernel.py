"""A page's kernel from the start to ready, and to the page's last cell: forked against stock.

Ready: pandas, ipywidgets, bqplot and SQLAlchemy are imported and a cell has answered. Drawn: the cells of GRAFICI
AVANZATI have run on the sample supplier's readings. Both with the environment that the service gives them, over ipc
sockets, without jupyter_client's fixed wait of 200 ms for outputs; stock is ipykernel as it is launched. In turn.
"""

import asyncio
import statistics

from benchmarks import _pages
from benchmarks._pages import FORKED, STOCK
from benchmarks._timing import line

ROUNDS = 9


def run() -> None:
    taken: dict[str, list[tuple[float, float]]] = {FORKED: [], STOCK: []}
    with _pages.sample() as settings:
        for _ in range(ROUNDS):
            for kernel, times in taken.items():
                times.append(asyncio.run(_pages.seconds(kernel, settings)))
    ready, drawn = (
        [statistics.median(times[figure] for times in taken[kernel]) for kernel in (FORKED, STOCK)] for figure in (0, 1)
    )
    line("kernel:start-and-cells", *drawn)
    ratio = line("kernel:ready", *ready)
    print(f"kernel ratio={ratio:.2f}")
