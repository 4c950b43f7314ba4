"""What a page's charts show, read from the drawing: bars are outlines, many to a path."""

from playwright.sync_api import Page, expect

_COUNT = """paths => paths.reduce((sum, path) => sum + (path.getAttribute("d") ?? "").split("M").length - 1, 0)"""


def expect_bars(page: Page, count: int, *, timeout: float = 30_000) -> None:
    """Wait until the page's charts have so many bars, those without a height not counted."""
    paths, waited = page.locator("path.bars"), 0
    while (found := paths.evaluate_all(_COUNT)) != count:
        assert waited < timeout, f"{found} bars instead of {count}"
        page.wait_for_timeout(50)
        waited += 50


def expect_drawn(page: Page) -> None:
    """Wait until there is a chart with bars."""
    expect(page.locator("path.bars").first).to_be_attached(timeout=60_000)
