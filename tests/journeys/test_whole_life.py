"""One account from the first form to the last: in a browser, with a real mail server and a real identity provider."""

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.identity_provider import Provider, identity_provider
from tests.inbox import Inbox
from tests.journeys.chart_page import ChartPage
from tests.journeys.people import customers, fill_registration, login
from tests.journeys.portal import PASSWORD, Portal, demo_portal

NAME = "vita.intera"
FIRST, SECOND = "prima@vita.example", "seconda@vita.example"
NEW_PASSWORD = "Tramontana-1931!"


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    inbox.on()
    yield inbox
    inbox.off()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with identity_provider() as provider:
        provider.user("sub-olga", "olga", "operators", given_name="Olga", family_name="Neri")
        yield provider


@pytest.fixture(scope="module")
def portal(inbox: Inbox, provider: Provider) -> Iterator[Portal]:
    with demo_portal(
        "whole-life",
        PORTAL_OUTBOX="false",
        PORTAL_SMTP_HOST="127.0.0.1",
        PORTAL_SMTP_PORT=str(inbox.port),
        PORTAL_SMTP_SECURITY="none",
        PORTAL_SIGN_ON_ISSUER=provider.issuer,
        PORTAL_SIGN_ON_CLIENT_ID="portale",
        PORTAL_SIGN_ON_CLIENT_SECRET="fra-noi-due",
    ) as portal:
        yield portal


def window(browser: Browser, portal: Portal) -> Page:
    return browser.new_context(base_url=portal.address, locale="it-IT", timezone_id="Europe/Rome").new_page()


def mail(inbox: Inbox, recipient: str, about: str) -> str:
    """The newest mail to somebody with these words, once it has come."""
    for _ in range(300):
        found = [text for text in inbox.to(recipient) if about in text]
        if found:
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {recipient} with «{about}»: {inbox.to(recipient)}")


def link(text: str, portal: Portal) -> str:
    found = re.search(rf"{re.escape(portal.address)}/\S+token=\S+", text)
    assert found is not None, text
    return found[0]


def says(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_an_account_from_the_first_form_to_the_last(browser: Browser, portal: Portal, inbox: Inbox) -> None:
    household, municipality = customers()["household"], customers()["municipality"]
    page = window(browser, portal)

    # Register, confirm, log in.
    page.goto("/hub/registrati")
    fill_registration(page, household, NAME, FIRST)
    press(page, "Crea il tuo account")
    heading(page, "Benvenuto!")
    page.goto(link(mail(inbox, FIRST, "/hub/conferma"), portal))
    press(page, "Conferma l'account")
    heading(page, "Account confermato")
    login(page, NAME)
    expect(page).to_have_url(re.compile("/services/portale/"), timeout=30_000)

    # Add a code, change the address, withdraw a consent, take everything away as a file.
    page.goto("/hub/profilo/codici")
    page.get_by_label("Codice cliente").fill(municipality["code"])
    page.get_by_label("Partita IVA").fill(municipality["vat"])
    press(page, "Aggiungi")
    says(page, "Il codice cliente è aggiunto")
    page.goto("/hub/profilo/indirizzo")
    page.get_by_label("Nuovo indirizzo email").fill(SECOND)
    page.get_by_label("Ripeti il nuovo indirizzo").fill(SECOND)
    page.get_by_label("Password attuale").fill(PASSWORD)
    press(page, "Invia il link di conferma")
    page.goto(link(mail(inbox, SECOND, "token="), portal))
    press(page, "Usa questo indirizzo")
    heading(page, "Indirizzo cambiato")
    assert SECOND not in mail(inbox, FIRST, "password-dimenticata"), "the old address isn't told the new one"
    page.goto("/hub/profilo/consensi")
    page.get_by_role("button", name=re.compile("Do il consenso.*Marketing")).click()
    says(page, "Il consenso è registrato")
    page.get_by_role("button", name=re.compile("Revoca.*Marketing")).click()
    says(page, "Il consenso è revocato")
    page.goto("/hub/profilo/copia")
    page.get_by_label("Password attuale").fill(PASSWORD)
    with page.expect_download() as download:
        press(page, "Scarica la copia")
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        held = json.loads(archive.read("account.json"))
    assert held["account"]["email"] == SECOND
    assert {one["customer_code"] for one in held["customer_codes"]} == {household["code"], municipality["code"]}

    # A second browser keeps a page open, while the first forgets both username and password.
    elsewhere = window(browser, portal)
    login(elsewhere, NAME)
    ChartPage(elsewhere).open()
    stranger = window(browser, portal)
    stranger.goto("/hub/username-dimenticato")
    stranger.get_by_label("Codice cliente").fill(household["code"])
    stranger.get_by_label("Codice fiscale").fill(household["tax_code"])
    press(stranger, "Inviami lo username")
    heading(stranger, "Controlla la posta")
    assert NAME in mail(inbox, SECOND, "username")
    stranger.goto("/hub/password-dimenticata")
    stranger.get_by_label("Username").fill(NAME)
    press(stranger, "Inviami il link")
    heading(stranger, "Controlla la posta")
    stranger.goto(link(mail(inbox, SECOND, "nuova-password"), portal))
    for field in ("password", "password_again"):
        stranger.locator(f"[name={field}]").fill(NEW_PASSWORD)
    press(stranger, "Cambia la password")
    heading(stranger, "Password cambiata")

    # Every old session is over, the open page within two seconds, and the old password opens nothing.
    expect(elsewhere.locator("#connection")).to_contain_text("Questa pagina non è più attiva", timeout=2_000)
    page.goto("/hub/profilo")
    expect(page).to_have_url(re.compile("/hub/login"))
    login(page, NAME)
    expect(page.get_by_role("alert")).to_be_visible()
    login(page, NAME, NEW_PASSWORD)
    expect(page).to_have_url(re.compile("/services/portale/"), timeout=30_000)

    # The second factor, asked for at the next login.
    page.goto("/hub/profilo/verifica")
    page.get_by_label("Password attuale").fill(NEW_PASSWORD)
    press(page, "Attiva la verifica")
    key = page.locator(".secret-line code").inner_text().replace(" ", "")
    page.get_by_label("Codice di verifica").fill(pyotp.TOTP(key).now())
    press(page, "Conferma il codice")
    spare = page.locator(".spare-codes code").all_inner_texts()
    login(stranger, NAME, NEW_PASSWORD)
    stranger.locator("[name=code]").fill(spare[0])
    stranger.locator("form:has([name=code]) button[type=submit]").first.click()
    expect(stranger).to_have_url(re.compile("/services/portale/"), timeout=30_000)

    # An operator, who comes in by the company's provider, sees what happened, and no secret.
    operator = window(browser, portal)
    operator.goto("/hub/personale/accedi")
    operator.locator("[name=sub]").fill("sub-olga")
    operator.locator("form:has([name=sub]) button, form:has([name=sub]) input[type=submit]").first.click()
    expect(operator).to_have_url(re.compile("/hub/operatori"))
    operator.locator("[name=cerca]").fill(NAME)
    operator.locator("form:has([name=cerca]) button[type=submit]").first.click()
    operator.get_by_role("link", name=NAME).click()
    heading(operator, NAME)
    shown = operator.content()
    assert household["tax_code"] not in shown and key not in shown and spare[1] not in shown

    # The end: told by mail, and the login opens nothing.
    page.goto("/hub/profilo/cancellazione")
    page.get_by_label("Scrivi CANCELLA").fill("CANCELLA")
    page.get_by_label("Password attuale").fill(NEW_PASSWORD)
    press(page, "Cancella per sempre")
    says(page, "Il tuo account è stato cancellato")
    mail(inbox, SECOND, "cancellat")
    stranger.goto("/services/portale/download")
    expect(stranger).to_have_url(re.compile("/hub/login"))
    login(page, NAME, NEW_PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    everything = (portal.var / "logs").glob("*")
    logs = "\n".join(log.read_text(errors="replace") for log in everything)
    for secret in (PASSWORD, NEW_PASSWORD, key, household["tax_code"], *spare):
        assert secret not in logs
