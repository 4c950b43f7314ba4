"""What the service does every few seconds beside its visitors: pings, ends pages, keeps kernels' zygote, counts."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from logging import Logger

from sqlalchemy.engine import Engine

from portal_lib.kernels import PAGE_KERNEL
from portal_lib.kernels.nursery import NoZygote
from portal_lib.kernels.specs import nursery_of
from portal_lib.web import holdings, lost_pages, metrics
from portal_lib.web.holdings import Holdings
from portal_lib.web.kernels import PageKernels

#: Where the zygote has died, the next page should not be the one to find out.
_ZYGOTE_SEEN_EVERY_SECONDS = 5

#: How often the event loop's delay is measured.
_MEASURED_EVERY_SECONDS = 0.25


def start(kernels: PageKernels, data: Engine, log: Logger) -> list["asyncio.Task[None]"]:
    """Begin all rounds on the running event loop; the caller keeps the tasks, and cancels them at the end."""

    async def lost() -> None:
        sockets, now = kernels.sockets(), time.monotonic()
        for socket in sockets:
            socket.look_after(now)
        await kernels.end_lost_pages()

    metrics.PAGES_OPEN.set_function(lambda: len(kernels.owners))
    metrics.SOCKETS_OPEN.set_function(lambda: len(kernels.sockets()))
    known = Holdings(data)

    async def holders() -> None:
        lost_by = await asyncio.to_thread(known.lost_by, kernels.owners.codes())
        for kernel_id in kernels.owners.showing(lost_by):
            await kernels.end_page(kernel_id, "supply point lost")

    of_pages = nursery_of(PAGE_KERNEL)

    async def zygote() -> None:
        with contextlib.suppress(NoZygote):
            of_pages.start()

    return [
        asyncio.create_task(_every(_ZYGOTE_SEEN_EVERY_SECONDS, zygote, log)),
        asyncio.create_task(_every(lost_pages.EVERY_SECONDS, lost, log)),
        asyncio.create_task(_every(holdings.EVERY_SECONDS, holders, log)),
        asyncio.create_task(_measure_delay()),
    ]


async def _every(seconds: float, work: Callable[[], Awaitable[None]], log: Logger) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception:
            # One kernel that can't be ended, or a database that is away, must not keep the next round from coming.
            log.exception("A round of the service failed; the next one tries again.")


async def _measure_delay() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _MEASURED_EVERY_SECONDS
        await asyncio.sleep(_MEASURED_EVERY_SECONDS)
        metrics.LOOP_DELAY.observe(max(0.0, loop.time() - due))
