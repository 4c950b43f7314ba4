"""What a page says when its connection, its session or its kernel is gone, and how it comes back."""

import shutil

import psutil
import pytest
from playwright.sync_api import expect

from tests.drawn import expect_bars
from tests.frontend.conftest import HERE, serving
from tests.journeys.portal import CHECKOUT

SAID = "#connection"


@pytest.fixture
def open_page(window, pages):
    pages.log_in_again()
    page = window.new_page()
    page.goto(pages.address + "parti")
    expect_bars(page, 48)
    expect(page.locator(SAID)).to_be_hidden()
    yield page
    pages.log_in_again()


def chooses(page, label, shown):
    page.locator("select").select_option(label=label)
    expect(page.locator(".portale-sintesi")).to_contain_text(shown, timeout=30_000)


def kernel_of(page):
    """The process of the kernel behind the page."""
    return psutil.Process(int(page.locator(".processo").inner_text()))


def test_a_lost_connection_is_said_and_taken_up_again_without_a_click(window, open_page):
    window.set_offline(True)
    expect(open_page.locator(SAID)).to_contain_text("interrotto", timeout=30_000)
    window.set_offline(False)
    expect(open_page.locator(SAID)).to_be_hidden(timeout=30_000)
    chooses(open_page, "due volte", "9400")


def test_it_is_said_in_english_too(window, pages, open_page):
    window.add_cookies([{"name": "portale-lingua", "value": "en", "url": pages.address}])
    open_page.reload()
    expect_bars(open_page, 48)
    window.set_offline(True)
    expect(open_page.locator(SAID)).to_contain_text("connection to the portal is lost", timeout=30_000)
    expect(open_page.get_by_role("link", name="Reload the page")).to_be_visible()
    window.set_offline(False)


def test_a_dead_kernel_is_said_and_one_click_brings_the_page_back(open_page):
    kernel_of(open_page).kill()
    expect(open_page.locator(SAID)).to_contain_text("c'è stato un errore", timeout=30_000)
    open_page.get_by_role("link", name="Ricarica la pagina").click()
    expect_bars(open_page, 48)
    expect(open_page.locator(SAID)).to_be_hidden()
    chooses(open_page, "due volte", "9400")


def test_an_ended_session_is_told_from_a_dead_kernel(pages, open_page):
    pages.end_session()
    open_page.evaluate(
        "dispatchEvent(new Event('online'))"
    )  # what the browser says of the network, and what it asks then
    expect(open_page.locator(SAID)).to_contain_text("per accedere di nuovo", timeout=30_000)


def test_a_service_that_starts_again_is_said_to_have_ended_the_page(browser, browser_context_args):
    with serving(CHECKOUT / "var-tests" / "frontend-restart") as pages:
        context = browser.new_context(**browser_context_args)
        page = context.new_page()
        page.goto(pages.address + "parti")
        expect_bars(page, 48)
        pages.stop()
        expect(page.locator(SAID)).to_contain_text("interrotto", timeout=30_000)
        pages.start()
        expect(page.locator(SAID)).to_contain_text("c'è stato un errore", timeout=40_000)
        page.get_by_role("link", name="Ricarica la pagina").click()
        expect_bars(page, 48)


def test_a_page_that_did_not_arrive_as_a_whole_says_so(window, pages):
    page = window.new_page()

    def cut(route):
        whole = route.fetch()
        begun, _, _ = whole.text().partition('<script type="application/json" id="portal-snapshot">')
        route.fulfill(response=whole, body=begun)

    page.route("**/parti", cut)
    page.goto(pages.address + "parti")
    expect(page.locator(SAID)).to_contain_text("non è arrivata per intero", timeout=30_000)


def test_a_mistake_in_a_template_ends_the_page_with_a_sentence(browser, browser_context_args, tmp_path):
    shutil.copy(HERE / "notebooks" / "parti.ipynb", tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "cell.html").write_text("{{ nothing.there.at.all }}")
    with serving(CHECKOUT / "var-tests" / "frontend-template", tmp_path) as pages:
        page = browser.new_context(**browser_context_args).new_page()
        page.goto(pages.address + "parti", timeout=30_000)
        expect(page.locator("#rendered_cells [role=alert]")).to_contain_text("codice", timeout=30_000)
        expect(page.locator("body.portal-drawn")).to_be_attached()
        expect(page.locator("footer")).to_be_visible()
        assert "UndefinedError" in pages.log
