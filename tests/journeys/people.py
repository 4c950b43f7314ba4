"""The people of the journeys: the demo supplier's customers, and how each registers and logs in."""

import csv
from dataclasses import dataclass, replace

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.portal import CHECKOUT, PASSWORD, Portal

#: A valid codice fiscale of somebody who does not exist, for whoever registers for an organisation.
CLERK_TAX_CODE = "RSSMRA80A01H501U"


@dataclass(frozen=True)
class Person:
    """Somebody with an account: how they log in, and the browser session in which they did."""

    code: str
    username: str
    email: str
    session: dict

    def open(self, browser: Browser, portal: Portal, **options) -> BrowserContext:
        """A browser window of this person's, logged in."""
        return browser.new_context(
            storage_state=self.session, base_url=portal.address, locale="it-IT", timezone_id="Europe/Rome", **options
        )

    def back(self, browser: Browser, portal: Portal) -> "Person":
        """The same, after a page: a service that has started again asks the Hub once more who this is."""
        context = self.open(browser, portal)
        context.request.get("/services/portale/nothing")
        back = replace(self, session=context.storage_state())
        context.close()
        return back


def customers() -> dict[str, dict[str, str]]:
    """The demo's customers by the part they play."""
    with (CHECKOUT / "demo" / "customers.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {
        "household": next(row for row in rows if row["kind"] == "household"),
        "municipality": next(row for row in rows if "Comune" in row["name"]),
        "hospital": next(row for row in rows if "Ospedal" in row["name"]),
    }


def fill_registration(page: Page, customer: dict[str, str], name: str, email: str, **changes: str) -> None:
    """The registration form, filled in as this customer would; ``changes`` by field name."""
    household = customer["kind"] == "household"
    fields = {
        "customer_code": customer["code"],
        "first_name": "Maria",
        "last_name": "Rossi",
        "tax_code": customer["tax_code"] if household else CLERK_TAX_CODE,
        "vat": "" if household else customer["vat"],
        "email": email,
        "email_again": email,
        "username": name,
        "password": PASSWORD,
        "password_again": PASSWORD,
    } | changes
    for field, value in fields.items():
        page.locator(f"[name={field}]").fill(value)
    page.locator("[name=notice]").check()


def register_and_confirm(browser: Browser, portal: Portal, part: str) -> Person:
    """From "Registrati" to the portal page, as the guide promises it."""
    customer = customers()[part]
    username, email = f"{part}.maria", f"maria@{part}.example"
    context = browser.new_context(base_url=portal.address, locale="it-IT", timezone_id="Europe/Rome")
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Registrati").click()
    fill_registration(page, customer, username, email)
    page.get_by_role("button", name="Crea il tuo account").click()
    expect(page.get_by_role("heading", name="Benvenuto!")).to_be_visible()
    page.goto(portal.link_for(email))
    page.get_by_role("button", name="Conferma").click()
    login(page, username)
    expect(page).to_have_url(f"{portal.address}/services/portale/inizio", timeout=30_000)
    session = context.storage_state()
    context.close()
    return Person(customer["code"], username, email, session)


def login(page: Page, username: str, password: str = PASSWORD) -> None:
    """Through the login page."""
    page.goto("/hub/login")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Accedi").click()
