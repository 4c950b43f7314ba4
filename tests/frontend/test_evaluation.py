"""How the browser evaluates the bundle: V8 reads it once."""

import json

import pytest
from playwright.sync_api import expect

from portal_lib.frontend.bundle import bundle

CATEGORIES = ["-*", "v8", "disabled-by-default-v8.compile"]


@pytest.fixture(scope="module")
def evaluations(browser, browser_context_args, pages):
    """What V8 did on the page's thread while it evaluated the bundle, in each of some visits."""

    def visit():
        context = browser.new_context(**browser_context_args)
        page = context.new_page()
        browser.start_tracing(page=page, categories=CATEGORIES)
        page.goto(pages.address + "parti")
        expect(page.locator("body.portal-drawn")).to_be_attached(timeout=30_000)
        events = json.loads(browser.stop_tracing())["traceEvents"]
        context.close()
        (run,) = (
            event for event in events if event["name"] == "v8.run" and bundle().script in json.dumps(event["args"])
        )
        begin, end = run["ts"], run["ts"] + run["dur"]
        return {event["name"] for event in events if event["tid"] == run["tid"] and event["pid"] == run["pid"]
                and event["ph"] == "X" and begin <= event["ts"] < end}  # fmt: skip

    return [visit() for _ in range(3)]


def test_nothing_that_is_thrown_or_fetched_makes_it_read_the_bundle_again(evaluations):
    """Not in every visit: now and then V8 looks something up for reasons of its own."""
    # Functions compiled when they are called first: such things are seen here.
    assert all("V8.CompileCode" in names for names in evaluations)
    assert any("V8.CollectSourcePositions" not in names for names in evaluations)
