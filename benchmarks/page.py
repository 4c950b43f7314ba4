"""A page with a chart, from the address to the picture: the portal's against Panel's and stock Voilà's.

The same data, list and line in each (``benchmarks/pages``), on the same machine without login or proxy, in the same
Chromium, in turn: in each round a fresh browser visits a page for the first time, another window of it with an empty
cache, and that window once more, and then chooses from the list. ``benchmarks/_browser.py`` says what counts as drawn.
The portal cuts a year of quarter hours down to what the screen's columns show, as GRAFICI AVANZATI does; stock Voilà
runs the same notebook; Panel sends and draws the whole year, as it does by itself.

Peers are installed for the measurement only, in ``.cache/peers``. ``ROUNDS=…`` sets how many rounds there are.
"""

import contextlib
import os
import shutil
import statistics
import sys
from collections import defaultdict

from playwright.sync_api import Playwright, sync_playwright

from benchmarks import _peers
from benchmarks._browser import Visit, fresh_browser, redraw, visit, window
from benchmarks._timing import line
from tests.journeys.portal import free_port

ROUNDS = int(os.environ.get("ROUNDS", "7"))
SIZES = {"750": ("linea_750", 750), "year": ("linea_anno", 35_040)}
VISITS = ("first", "cold-cache", "repeat")

Seen = dict[tuple[str, str, str], list[Visit]]


def run() -> None:
    _peers.install()
    seen: Seen = defaultdict(list)
    redrawn: dict[tuple[str, str], list[float]] = defaultdict(list)
    with contextlib.ExitStack() as servers, sync_playwright() as playwright:
        addresses = {size: _addresses(servers, *what) for size, what in SIZES.items()}
        for turn in range(ROUNDS + 1):  # the first round is not counted
            for size, peers in addresses.items():
                order = list(peers.items())
                for peer, address in order[turn % len(order) :] + order[: turn % len(order)]:
                    visits, taken = _round(playwright, address)
                    if turn:
                        redrawn[peer, size] += taken
                        for kind, one in zip(VISITS, visits, strict=True):
                            seen[peer, size, kind].append(one)
    _report(seen, redrawn)


def _round(playwright: Playwright, address: str) -> tuple[list[Visit], list[float]]:
    with fresh_browser(playwright) as browser:
        never = window(browser)
        page, first = visit(never, address)
        page.close()
        never.close()
        empty = window(browser)
        page, cold = visit(empty, address)
        page.close()
        page, repeat = visit(empty, address)
        taken = [redraw(page, label) for label in ("due", "tre", "uno")]
        return [first, cold, repeat], taken


def _report(seen: Seen, redrawn: dict[tuple[str, str], list[float]]) -> None:
    def drawn(peer: str, size: str, kind: str) -> float:
        return statistics.median(one.drawn for one in seen[peer, size, kind])

    for size in SIZES:
        for kind in VISITS:
            for peer in ("panel", "voila"):
                line(f"page:{size}-{kind}-{peer}", drawn("ours", size, kind), drawn(peer, size, kind))
        for peer in ("panel", "voila"):
            ours, theirs = (statistics.median(redrawn[name, size]) for name in ("ours", peer))
            line(f"page:{size}-redraw-{peer}", ours, theirs)
    for kind in ("first", "repeat"):
        wire = {
            peer: (
                statistics.median(one.requests for one in seen[peer, "750", kind]),
                statistics.median(one.kilobytes for one in seen[peer, "750", kind]),
            )
            for peer in ("ours", "panel", "voila")
        }
        for peer in ("panel", "voila"):
            line(f"page:750-{kind}-requests-{peer}", wire["ours"][0], wire[peer][0], "requests", 1)
            line(f"page:750-{kind}-wire-{peer}", wire["ours"][1], wire[peer][1], "kB", 1)
    ratio = drawn("ours", "750", "first") / drawn("panel", "750", "first")
    print(f"page ratio={ratio:.2f}")


def _addresses(servers: contextlib.ExitStack, notebook: str, count: int) -> dict[str, str]:
    """Start the three servers of one size; their pages' addresses."""
    var = _peers.CHECKOUT / "var-tests" / f"page-{notebook}-{os.getpid()}"
    pages = var / "notebooks"
    pages.mkdir(parents=True)
    servers.callback(shutil.rmtree, var, ignore_errors=True)
    shutil.copy(_peers.PAGES / f"{notebook}.ipynb", pages)
    ours, voila, panel = free_port(), free_port(), free_port()
    stock = [sys.executable, "-m", "voila", str(pages / f"{notebook}.ipynb"), "--no-browser", f"--port={voila}"]
    addresses = {
        "ours": f"http://127.0.0.1:{ours}/services/portale/{notebook}",
        "voila": f"http://127.0.0.1:{voila}/",
        "panel": f"http://127.0.0.1:{panel}/panel_line",
    }
    commands = {
        "ours": [sys.executable, "-m", "tests.frontend.serve", str(pages), str(ours), str(var)],
        "voila": stock,
        "panel": _peers.panel("panel_line", panel, str(count)),
    }
    for name, command in commands.items():
        servers.enter_context(_peers.serving(command, _peers.bare(var), addresses[name]))
    return addresses
