"""A changed filter, server and browser together: GRAFICI AVANZATI against a Panel page that draws the same readings.

One supply point with three years of quarter hours. For a month the button "Successivo →" moves both pages to the next
thirty days, shown as hourly bars; for three years of quarter hours another first day is put into the date input. The
clock runs in the browser, from the click or the input to the frame after the one that holds the new picture:

- ours: the sentence names the new days, and the chart's bars or its line are others than before;
- Panel's: the new data are in its document, and its canvas was painted since.

Where a page paints more than once for a change, the last time counts. The portal is its real page and service, with
totals, bands and the table beside the chart, and cuts three years down to what the screen's columns show. Panel has
the chart and the total, takes its range from an array on disk, and sends and draws all of it, as it does by itself.
Both totals must be the same. In each round a fresh browser visits each page, in turn.

Peers are installed for the measurement only, in ``.cache/peers``. ``ROUNDS=…`` sets how many rounds there are.
"""

import contextlib
import os
import re
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Playwright, sync_playwright

from benchmarks import _peers, _stores
from benchmarks._browser import fresh_browser, window
from benchmarks._timing import line
from portal_lib import db
from portal_lib.settings import Settings
from portal_lib.visitor import Door, Visitor
from tests.journeys.portal import free_port
from tests.web.service import empty

ROUNDS = int(os.environ.get("ROUNDS", "7"))
POD = "IT001E00000001"
FIRST, DAYS = date(2023, 1, 1), 1096

#: The pages' addresses, and what is changed in each visit.
SIZES = {
    "month": ("da=2023-02-06&a=2023-03-07", ["next"] * 4),
    "three-years-of-quarter-hours": (
        "da=2023-01-01&a=2025-12-31&passo=quarto",
        ["2023-01-02", "2023-01-03", "2023-01-04", "2023-01-05"],
    ),
}

#: Runs in either page before anything else. ``changed(to)`` makes a change; it gives milliseconds until it was drawn.
_WATCH = """
(() => {
  const CALM = 500;
  let ink = 0;
  for (const name of ["fill", "stroke", "fillRect"]) {
    const plain = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) { ink++; return plain.apply(this, given); };
  }
  const inside = root => [...root.querySelectorAll("*")].flatMap(
    element => [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
  const bokeh = {
    source: () => [...(window.Bokeh?.documents?.[0]?._all_models.values() ?? [])].find(
      model => model.type === "ColumnDataSource" && model.data.y),
    shown: () => { const data = bokeh.source()?.data; return data && `${data.x[0]} ${data.y[0]} ${data.y.length}`; },
    picture: () => window.Bokeh?.documents?.[0]?.is_idle && ink,
    choose: day => inside(document).find(element => element._flatpickr)._flatpickr.setDate(day, true),
  };
  const ours = {
    shown: () => document.querySelector(".portal-sentence [role=status]")?.textContent,
    picture: () => {
      const paths = [...document.querySelectorAll(".portal-chart :is(path.bars, path.line)")];
      const outlines = paths.map(path => path.getAttribute("d") ?? "");
      return outlines.some(outline => outline.length > 500) && outlines.join();
    },
    choose: day => {
      const input = document.querySelector(".portal-controls input[type=date]");
      input.value = day;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
  };
  const page = () => window.Bokeh ? bokeh : ours;
  window.drawn = new Promise(done => {
    const frame = () => page().shown() && page().picture() ? done() : requestAnimationFrame(frame);
    requestAnimationFrame(frame);
  });
  window.changed = to => new Promise(done => {
    const { shown, picture, choose } = page();
    const before = shown();
    let last = picture(), isNew = false, at = 0;
    const from = performance.now();
    if (to === "next") inside(document).find(
      element => element.tagName === "BUTTON" && element.textContent.trim() === "Successivo →").click();
    else choose(to);
    const frame = () => {
      const now = performance.now();
      if (isNew) at = now;
      isNew = false;
      if (shown() !== before) {
        const seen = picture();
        if (seen && seen !== last) [last, isNew] = [seen, true];
      }
      if (at && !isNew && now - at > CALM) done(at - from);
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
})();
"""

_TOTAL = {"ours": "[data-band=total] strong", "panel": ".total p"}


def run() -> None:
    _peers.install()
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    with _addresses() as addresses, sync_playwright() as playwright:
        for turn in range(ROUNDS + 1):  # the first round is not counted
            for size, (query, changes) in SIZES.items():
                totals = {}
                for peer in sorted(addresses, reverse=bool(turn % 2)):
                    seconds, totals[peer] = _visit(playwright, peer, f"{addresses[peer]}?{query}", changes)
                    taken[peer, size] += seconds if turn else []
                if len(set(totals.values())) != 1:
                    raise RuntimeError(f"the pages don't show the same: {totals}")
    ratios = {}
    for size in SIZES:
        ours, panel = (statistics.median(taken[peer, size]) for peer in ("ours", "panel"))
        ratios[size] = line(f"filter:{size}", ours, panel)
    print(f"filter ratio={ratios['month']:.2f}")


def _visit(playwright: Playwright, peer: str, address: str, changes: list[str]) -> tuple[list[float], str]:
    """Seconds of each change, and the digits of the total that the page shows after the last."""
    with fresh_browser(playwright) as browser:
        page = window(browser, _WATCH).new_page()
        page.set_viewport_size({"width": 1280, "height": 1600})  # all of the chart is on the screen
        page.goto(address + (f"&punti={POD}" if peer == "ours" else ""), wait_until="commit")
        page.evaluate("window.drawn")
        page.wait_for_timeout(1000)
        seconds = [float(page.evaluate("to => window.changed(to)", to)) / 1000 for to in changes]
        total = page.locator(_TOTAL[peer]).inner_text()
    return seconds, re.sub(r"\D", "", total.partition(":")[2] or total)


@contextlib.contextmanager
def _addresses() -> Iterator[dict[str, str]]:
    """The two pages, served, over the same readings."""
    var = _peers.CHECKOUT / "var-tests" / f"filter-{os.getpid()}"
    (var / "notebooks").mkdir(parents=True)
    try:
        shutil.copy(_peers.CHECKOUT / "notebooks" / "grafici_avanzati.ipynb", var / "notebooks")
        _fill(empty(var))
        ours, panel = free_port(), free_port()
        addresses = {
            "ours": f"http://127.0.0.1:{ours}/services/portale/grafici_avanzati",
            "panel": f"http://127.0.0.1:{panel}/panel_filter",
        }
        portal = [sys.executable, "-m", "tests.frontend.serve", str(var / "notebooks"), str(ours), str(var)]
        bokeh = _peers.panel("panel_filter", panel, str(var))
        with (
            _peers.serving(portal, _peers.bare(var), addresses["ours"]),
            _peers.serving(bokeh, _peers.bare(var), addresses["panel"]),
        ):
            yield addresses
    finally:
        shutil.rmtree(var, ignore_errors=True)


def _fill(var: Path) -> None:
    """The portal's store, and the same readings as arrays for Panel."""
    engine = db.open_engine(Settings(var=var).data_database)
    _stores.held(engine, [POD], FIRST, DAYS)
    door = Door(engine, Visitor("c-benchmark", frozenset({"1"})))
    kwh = door.readings(POD, FIRST, date(2025, 12, 31), "quarter_hour")["kwh"]
    np.save(var / "kwh.npy", kwh.to_numpy())
    np.save(var / "starts.npy", pd.DatetimeIndex(kwh.index).tz_localize(None).to_numpy().astype("datetime64[ms]"))
    engine.dispose()
