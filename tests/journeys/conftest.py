"""The journeys' portal and browser. Where CI is set, a browser that cannot run is a failure, never a skip."""

import os
from pathlib import Path

import pytest

from tests.browser import playwright_browser, system_browser
from tests.journeys.people import Person, register_and_confirm
from tests.journeys.portal import CHECKOUT, Portal, demo_portal

#: Where the journeys leave pictures of what they saw, for people to look at.
PICTURES = CHECKOUT / "var-tests" / "pictures"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = system_browser() or playwright_browser()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium for the browser journeys")
        pytest.skip("no Chromium on this machine")
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": [*quiet, *sandbox],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "it-IT", "timezone_id": "Europe/Rome", "accept_downloads": True}


@pytest.fixture(scope="session")
def portal():
    with demo_portal("portal") as portal:
        yield portal


@pytest.fixture(scope="session")
def household(portal: Portal, browser) -> Person:
    """The household's customer, registered and confirmed in a browser."""
    return register_and_confirm(browser, portal, "household")


@pytest.fixture(scope="session")
def municipality(portal: Portal, browser) -> Person:
    return register_and_confirm(browser, portal, "municipality")


@pytest.fixture(scope="session")
def hospital(portal: Portal, browser) -> Person:
    return register_and_confirm(browser, portal, "hospital")


@pytest.fixture(autouse=True)
def windows_are_closed(browser):
    """Close what a test opened, as people do; a visitor has a limited number of pages open at once."""
    before = set(browser.contexts)
    yield
    for context in set(browser.contexts) - before:
        context.close()


@pytest.fixture
def picture():
    """Keep a screenshot under a name, at desktop and telephone width."""

    def keep(page, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        usual = page.viewport_size
        for width, height, label in ((1280, 900, "desktop"), (390, 844, "telephone")):
            page.set_viewport_size({"width": width, "height": height})
            for place in ("document.body.scrollHeight", "0"):  # what comes into view draws itself for this width
                page.evaluate(f"window.scrollTo(0, {place})")
                page.wait_for_timeout(600)
            page.screenshot(path=Path(PICTURES / f"{name}-{label}.png"), full_page=True)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{name} overflows by {overflow} pixels at {width}"
        page.set_viewport_size(usual)

    return keep
