"""Many open pages, and a client that means harm: what other visitors notice of it.

A click counts from the message that a browser sends until the kernel says that all which follows is done. Pages are
opened by a client that speaks the browser's protocol and draws nothing (``tests/web/open_page.py``), on the page
GRAFICI AVANZATI and the sample supplier's readings. ``LOAD_PAGES`` says how many; 300 where nothing does.
"""

import asyncio
import math
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks._timing import line
from demo.prepare import prepare
from portal_lib.settings import Settings
from tests.web.open_page import OpenPage, ask, open_page
from tests.web.service import CHECKOUT, Service

PAGE, CODE = "grafici-avanzati", "10002003"
PAGES = int(os.environ.get("LOAD_PAGES", "300"))
ROUNDS, CLICKS, VISITORS = 5, 15, 3
#: Pages asked for, and clicks made, in a second of the steady part.
PAGES_A_SECOND, CLICKS_A_SECOND, STEADY_SECONDS = 2.0, 4.0, 30


def run() -> None:
    with TemporaryDirectory(prefix="portal-benchmark-") as folder:
        settings = Settings(var=Path(folder), supplier_vat="99999999990", distributor_vats=("99999990990",))
        prepare(settings)
        service = Service(settings.var, {"PORTAL_PAGES_IN_ALL": str(PAGES + 50)}, command=["-m", "portal_lib.web"])
        try:
            service.start()
            asyncio.run(_measure(service))
        finally:
            service.close()


async def _measure(service: Service) -> None:
    visitors = [await open_page(service.address, f"c-calm{number}.{CODE}", PAGE) for number in range(VISITORS)]
    idle, hostile = await _in_turn(service, visitors)
    idle_loop = await _loop_p99(service, lambda: _clicks(visitors))
    await _crowd(service, visitors, idle_loop)
    for page in visitors:
        page.close()
    ratio = line("load:clicks-under-attack", hostile, idle)
    print(f"load ratio={ratio:.2f}")


async def _in_turn(service: Service, visitors: list[OpenPage]) -> tuple[float, float]:
    """Median seconds of a click, alone and beside the hostile client, in turn."""
    taken: dict[str, list[float]] = {"idle": [], "hostile": []}
    for number in range(ROUNDS):
        taken["idle"] += await _clicks(visitors)
        harm = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._hostile", service.address, f"c-harm{number}.{CODE}", PAGE],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
        )
        try:
            assert harm.stdout is not None
            assert await asyncio.to_thread(harm.stdout.readline) == b"sending\n"
            await asyncio.sleep(0.5)
            taken["hostile"] += await _clicks(visitors)
        finally:
            harm.kill()
            harm.wait()
        await asyncio.sleep(1)
    return statistics.median(taken["idle"]), statistics.median(taken["hostile"])


async def _clicks(visitors: list[OpenPage]) -> list[float]:
    taken = []
    for turn in range(CLICKS):
        taken.append(await visitors[turn % len(visitors)].click())
        await asyncio.sleep(0.02)
    return taken


async def _crowd(service: Service, visitors: list[OpenPage], idle_loop: float) -> None:
    """Open pages at a steady rate until all stand, click at a steady rate, and let each page answer."""
    before = statistics.median(await _clicks(visitors))
    started, opening = time.perf_counter(), []
    for number in range(PAGES):
        opening.append(asyncio.create_task(open_page(service.address, f"c-{number}.{CODE}", PAGE, patience=900)))
        await asyncio.sleep(1 / PAGES_A_SECOND)
    crowd = await asyncio.gather(*opening)
    seconds = time.perf_counter() - started
    firsts = [await page.click() for page in crowd]
    files = psutil.Process(service.pid).num_fds()
    print(
        f"load:open {len(crowd)} pages stand after {seconds:.0f} s and each answered a click "
        f"(median {1000 * statistics.median(firsts):.0f} ms, slowest {1000 * max(firsts):.0f} ms); "
        f"{files / (PAGES + VISITORS):.0f} files of the service a page, {_memory(service):.0f} MB private in all"
    )

    taken: list[float] = []

    async def steady() -> None:
        clicking = []
        for turn in range(int(STEADY_SECONDS * CLICKS_A_SECOND)):  # a page that is still at its last click waits
            clicking.append(asyncio.create_task(crowd[turn % len(crowd)].click()))
            await asyncio.sleep(1 / CLICKS_A_SECOND)
        taken.extend(await asyncio.gather(*clicking))

    line("load:event-loop-p99", await _loop_p99(service, steady), idle_loop)
    line("load:clicks-in-the-crowd", statistics.median(taken), before)
    for page in crowd:
        page.close()


async def _loop_p99(service: Service, during: Callable[[], Awaitable[object]]) -> float:
    """The 99th percentile of the event loop's delay meanwhile, in seconds, by linear interpolation in its bucket."""
    before = await _delays(service)
    await during()
    after = await _delays(service)
    counts = {edge: after[edge] - before[edge] for edge in after}
    wanted = 0.99 * counts[math.inf]
    below, count_below = 0.0, 0.0
    for edge, count in sorted(counts.items()):
        if count >= wanted:
            if math.isinf(edge):
                return below
            return below + (edge - below) * (wanted - count_below) / max(1.0, count - count_below)
        below, count_below = edge, count
    return below


async def _delays(service: Service) -> dict[float, float]:
    text = (await ask(service.address, service.token, "internal/metrics")).body.decode()
    found = re.findall(r'portale_event_loop_delay_seconds_bucket\{le="([^"]+)"\} (\S+)', text)
    return {float(edge): float(count) for edge, count in found}


def _memory(service: Service) -> float:
    total = 0.0
    for process in service.family():
        try:
            total += process.memory_full_info().uss
        except psutil.NoSuchProcess:
            continue
    return total / 1024**2
