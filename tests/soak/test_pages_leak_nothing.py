"""Pages opened and closed over and over: no process, file, owner's entry, connection file or memory stays behind."""

import asyncio
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.awaiting import awaited
from tests.soak.length import LONG, PAGES
from tests.web.open_page import ask, open_page
from tests.web.service import empty, running

AT_ONCE = 4
SAMPLES = 40
#: A page leaves less than so many bytes in the service and in the process that kernels are forked from.
MOST_LEFT_A_PAGE = 4096


async def farewell(service, page):
    await ask(service.address, page.token, f"pagine/{page.kernel_id}/chiusa", method="POST", body="")
    page.close()


async def vanish(service, page):
    page.close()


async def end_of_the_session(service, page):
    body = json.dumps({"name": page.token.partition(".")[0], "session": None})
    await ask(service.address, service.token, "internal/end", method="POST", body=body)


async def death_of_the_kernel(service, page):
    psutil.Process(page.pid).kill()


ENDS = (farewell, end_of_the_session, farewell, death_of_the_kernel, vanish)


async def one_page(service, number):
    page = await open_page(service.address, f"c-{number}.10002003")
    await page.click()
    await ENDS[number % len(ENDS)](service, page)


async def pages_open(service):
    text = (await ask(service.address, service.token, "internal/metrics")).body.decode()
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("portale_pages_open "))


async def visits(service, pages, sampled):
    """Open and close so many pages, a few at a time; ``sampled`` is called between."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number):
        async with turns:
            await one_page(service, number)
        if number % max(1, pages // SAMPLES) == 0:
            sampled(number)

    await asyncio.gather(*(one(number) for number in range(pages)))
    deadline = time.monotonic() + 90
    while await pages_open(service) and time.monotonic() < deadline:
        await asyncio.sleep(1)


def state(service, folder):
    return {
        "processes": len(service.family()),
        "files": psutil.Process(service.pid).num_fds(),
        "connection files": len([path for path in folder.rglob("*") if not path.is_dir()]),
        "pages": awaited(pages_open(service)),
    }


async def calm(service, folder, before):
    """What is there once all has ended that was about to: kernels and their sockets take a moment, or a minute."""
    for _ in range(60):
        now = await asyncio.to_thread(state, service, folder)
        if not now["pages"] and all(now[what] <= before[what] for what in before):
            break
        await asyncio.sleep(1)
    return now


@pytest.mark.timeout(7200 if LONG else 600)
def test_pages_that_came_and_went_leave_nothing(tmp_path_factory):
    # A short name: a socket's path may be no longer than 107 characters.
    folder = Path("/tmp") / f"soak-{tmp_path_factory.mktemp('soak').parent.name}"
    folder.mkdir(exist_ok=True)
    with running(empty(tmp_path_factory.mktemp("var")), TMPDIR=str(folder), PORTAL_PAGE_LOST_SECONDS="20") as service:
        awaited_for_long(
            visits(service, 2 * len(ENDS), lambda _: None)
        )  # what is kept on purpose is there from here on
        time.sleep(6)
        before = state(service, folder)
        memory = []

        def sample(number):
            memory.append((number, psutil.Process(service.pid).memory_full_info().uss))

        awaited_for_long(visits(service, PAGES, sample))
        after = awaited_for_long(calm(service, folder, before))
    assert after["pages"] == 0
    assert after["processes"] <= before["processes"], (before, after)
    assert after["connection files"] <= before["connection files"], (before, after)
    assert after["files"] <= before["files"] + 5, (before, after)
    if LONG:
        memory = memory[len(memory) // 3 :]  # caches have filled by then
        numbers, taken = zip(*sorted(memory), strict=True)
        slope = statistics.linear_regression(numbers, taken).slope
        print(f"memory: {slope:.0f} bytes a page over the last {len(numbers)} samples")
        assert slope < MOST_LEFT_A_PAGE


def awaited_for_long(work):
    """As :func:`tests.awaiting.awaited`, with no end to its patience: the test has a time limit of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
