"""Loading a page in Chromium and reading off when its chart was drawn, and what came over the wire."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser import playwright_browser, system_browser

#: Runs in every page before anything else. The chart counts as drawn in the frame after the one in which its line has
#: all its data: for bqplot a path with coordinates, for Bokeh a document that says it is idle (which it says before the
#: canvas is painted; the frame is in its favour).
_WATCH = """
(() => {
  const bqplot = () => (document.querySelector(".bqplot path.line")?.getAttribute("d") ?? "").length > 500
    && document.querySelector(".bqplot path.line").getAttribute("d");
  const bokeh = () => {
    const made = window.Bokeh?.documents?.[0];
    if (!made || !made.is_idle) return false;
    const source = [...made._all_models.values()].find(model => model.type === "ColumnDataSource" && model.data.y);
    return source ? String(source.data.y[0]) : false;
  };
  const look = () => bqplot() || bokeh();
  let shown = null;
  const changed = () => new Promise(done => {
    const frame = () => {
      const now = look();
      if (!now || now === shown) return requestAnimationFrame(frame);
      shown = now;
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
    };
    requestAnimationFrame(frame);
  });
  window.drawnAt = changed();
  window.choose = label => {
    const inside = root => [...root.querySelectorAll("*")].flatMap(
      element => [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
    const select = inside(document).find(element => element.tagName === "SELECT");
    select.selectedIndex = [...select.options].findIndex(option => option.text === label);
    const chosenAt = performance.now();
    select.dispatchEvent(new Event("change", { bubbles: true }));
    return changed().then(at => at - chosenAt);
  };
})();
"""

_FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]  # fmt: skip


@dataclass
class Visit:
    """One page load: seconds until the chart was drawn, requests, kB on the wire (headers and websockets counted)."""

    drawn: float = 0.0
    requests: int = 0
    kilobytes: float = 0.0


@contextmanager
def fresh_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser that has never seen anything."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    path = system_browser() or playwright_browser()
    browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *root])
    try:
        yield browser
    finally:
        browser.close()


def window(browser: Browser, watch: str = _WATCH) -> BrowserContext:
    """A window with nothing in its cache; ``watch`` is a script that runs in its pages before anything else."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="it-IT", timezone_id="Europe/Rome")
    context.add_init_script(watch)
    return context


def visit(context: BrowserContext, address: str) -> tuple[Page, Visit]:
    """Load the page, and wait until its chart is drawn."""
    page, seen = context.new_page(), Visit()
    session = context.new_cdp_session(page)
    asked: set[str] = set()
    fetched: dict[str, float] = {}
    framed_sizes: list[float] = []
    cached: set[str] = set()

    def ask(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            asked.add(event["requestId"])

    def from_cache(event: dict[str, Any]) -> None:
        cached.add(event["requestId"])

    def answered(event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            cached.add(event["requestId"])

    def finished(event: dict[str, Any]) -> None:
        fetched[event["requestId"]] = event["encodedDataLength"]

    def connected(event: dict[str, Any]) -> None:
        asked.add(event["requestId"])

    def framed(event: dict[str, Any]) -> None:
        seen.kilobytes += (
            len(event["response"]["payloadData"]) * (0.75 if event["response"]["opcode"] == 2 else 1) / 1000
        )

    session.on("Network.requestWillBeSent", ask)
    session.on("Network.requestServedFromCache", from_cache)
    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.on("Network.webSocketCreated", connected)
    session.on("Network.webSocketFrameReceived", framed)
    session.send("Network.enable")
    page.goto(address, wait_until="commit")
    seen.drawn = page.evaluate("window.drawnAt") / 1000
    page.wait_for_timeout(700)  # the websocket's share
    seen.requests = len(asked - cached)
    sizes = [size for request, size in fetched.items() if request not in cached]
    seen.kilobytes = (sum(sizes) + sum(framed_sizes)) / 1000
    return page, seen


def redraw(page: Page, label: str) -> float:
    """Seconds from a choice in the page's list until the chart shows it."""
    return float(page.evaluate("label => window.choose(label)", label)) / 1000
