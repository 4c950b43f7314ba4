"""What a visitor is told when what stands behind an open page is gone."""

import contextlib

import psutil
from playwright.sync_api import expect

from tests.drawn import expect_drawn
from tests.journeys.chart_page import ChartPage


def kernel_of(page):
    return page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")


def process_of(portal, kernel):
    """A kernel's process: whichever of the portal's listens to the sockets that carry the kernel's id."""
    for process in psutil.Process(portal.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any(kernel in str(socket.laddr) for socket in process.net_connections("unix")):
                return process
    raise AssertionError(f"no process listens for {kernel}")


def test_a_page_whose_kernel_died_says_so_and_one_click_brings_it_back(portal, browser, household, picture):
    page = household.open(browser, portal).new_page()
    before = ChartPage(page).open().total()
    page.wait_for_timeout(11_000)  # two looks at a page that is well
    expect(page.locator("#connection")).to_be_hidden()
    process_of(portal, kernel_of(page)).kill()
    expect(page.locator("#connection")).to_contain_text("Questa pagina non è più attiva", timeout=30_000)
    picture(page, "pagina-chiusa")
    page.get_by_role("link", name="Ricarica la pagina").click()
    charts = ChartPage(page)
    expect_drawn(page)
    assert charts.total() == before


def test_a_page_whose_portal_does_not_answer_says_so_and_takes_it_back(portal, browser, household):
    context = household.open(browser, portal)
    page = context.new_page()
    ChartPage(page).open()
    context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("interrotto", timeout=30_000)
    context.set_offline(False)
    expect(page.locator("#connection")).to_be_hidden(timeout=30_000)


def test_logging_out_in_one_window_closes_the_page_in_the_other(portal, browser, municipality):
    context = municipality.open(browser, portal)
    left = context.new_page()
    ChartPage(left).open()
    other = context.new_page()
    other.goto("/services/portale/nothing")
    other.get_by_role("link", name="Esci").click()
    expect(left.locator("#connection")).to_be_visible(timeout=30_000)


def test_a_page_that_is_left_ends_with_its_kernel_and_does_not_wait_to_be_missed(portal, browser, household):
    page = household.open(browser, portal).new_page()
    ChartPage(page).open()
    kernel = process_of(portal, kernel_of(page))
    page.goto("about:blank")
    kernel.wait(30)  # a page that does not say goodbye is missed after 45 seconds
