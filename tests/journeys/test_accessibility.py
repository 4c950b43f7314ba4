"""No page, in either language, at either width, has anything that axe-core calls a violation of WCAG 2.1 AA."""

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.accessibility import SIZES, violations
from tests.journeys.people import Person
from tests.journeys.portal import Portal

#: Pages that anybody can open, by what is shown.
OPEN_PAGES = {
    "the login page": "/hub/login",
    "the login page after logging out": "/hub/login?uscito=1",
    "the registration": "/hub/registrati",
    "the welcome": "/hub/registrati/benvenuto?esito=mail",
    "the welcome without an address": "/hub/registrati/benvenuto?esito=attesa",
    "the notice": "/hub/informativa",
    "the forgotten username": "/hub/username-dimenticato",
    "the username on its way": "/hub/username-dimenticato?esito=inviata",
    "the forgotten password": "/hub/password-dimenticata",
    "the link on its way": "/hub/password-dimenticata?esito=inviata",
    "a link for a password that is not known": "/hub/nuova-password?token=nobody",
    "a link that is not known": "/hub/conferma?token=nobody",
    "the demo's mail": "/hub/posta",
    "an address that is not there": "/hub/nulla",
}


@pytest.fixture(params=SIZES, ids=list(SIZES))
def sized(request, browser: Browser, portal: Portal):
    width, height = SIZES[request.param]
    context = browser.new_context(base_url=portal.address, locale="it-IT", viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def in_both_languages(page: Page, address: str) -> None:
    for language, other in (("it", "English"), ("en", "Italiano")):
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == []
        page.get_by_role("button", name=other).click()


@pytest.mark.parametrize("address", OPEN_PAGES.values(), ids=list(OPEN_PAGES))
def test_a_page_for_everybody(sized: Page, address: str) -> None:
    in_both_languages(sized, address)


def test_a_registration_with_every_mistake(sized: Page) -> None:
    sized.goto("/hub/registrati")
    sized.locator("main button[type=submit]").click()
    assert sized.locator("#errori li").count() >= 6
    assert violations(sized) == []


def test_a_login_that_fails(sized: Page) -> None:
    sized.goto("/hub/login")
    sized.locator("[name=username]").fill("nessuno")
    sized.locator("[name=password]").fill("Sbagliata-9!x")
    sized.get_by_role("button", name="Accedi").click()
    sized.get_by_role("alert").wait_for()
    assert violations(sized) == []


@pytest.mark.parametrize(
    ("address", "drawn"),
    [
        ("grafici-avanzati", ".portal-chart path.bars"),
        ("download", ".portal-controls input[type=date]"),
        ("inizio", ".portal-tiles"),
    ],
)
def test_a_page_of_the_customer(household: Person, portal: Portal, browser: Browser, address: str, drawn: str) -> None:
    for width, height in SIZES.values():
        context = household.open(browser, portal, viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(f"/services/portale/{address}")
        page.locator(drawn).first.wait_for(state="attached", timeout=60_000)
        assert violations(page) == []
        context.close()
