"""What a visitor sees when a part of the portal is killed outright, and that nothing of it is left."""

import signal
import urllib.request

import psutil
from playwright.sync_api import expect

from tests.drawn import expect_drawn
from tests.journeys.chart_page import ChartPage
from tests.journeys.test_serving import of_this_portal


def test_a_page_whose_service_was_killed_says_so_and_one_click_brings_it_back(portal, browser, household):
    page = household.open(browser, portal).new_page()
    before = ChartPage(page).open().total()
    service = next(p for p in of_this_portal(portal) if "portal_lib.web" in " ".join(p.cmdline()))
    started = service.children(recursive=True)
    service.send_signal(signal.SIGKILL)
    expect(page.locator("#connection")).to_be_visible(timeout=30_000)
    _, alive = psutil.wait_procs(started, timeout=10)
    running = [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert not running, "kernels end with the service that started them"
    for _ in range(150):
        try:
            if urllib.request.urlopen(f"{portal.address}/services/portale/health", timeout=5).status == 200:
                break
        except OSError:
            page.wait_for_timeout(200)
    page.locator("#connection").get_by_role("link").click()
    expect_drawn(page)
    assert ChartPage(page).total() == before
    assert "the dashboard service ended with signal SIGKILL; starting it again" in portal.text
