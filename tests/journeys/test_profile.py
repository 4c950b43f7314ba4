"""One customer's way through «Il mio profilo», from a code that is added to the account that is erased."""

import io
import json
import re
import zipfile

import pyotp
import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.journeys.accessibility import SIZES, violations
from tests.journeys.people import Person, customers, fill_registration, login
from tests.journeys.portal import PASSWORD, Portal

POD = "IT999E00000101"
SOMEBODY_ELSES = "IT999E00000201"
DAYS = {"dal": "2024-09-01", "al": "2024-09-02", "dettaglio": "hour"}
PAGES = ("", "/indirizzo", "/cellulare", "/lingua", "/password", "/verifica", "/dispositivi", "/codici", "/accessi",
         "/consensi", "/avvisi", "/copia", "/cancellazione")  # fmt: skip


@pytest.fixture(scope="module")
def giulia(portal: Portal, browser: Browser) -> Person:
    """The household's customer with an account that only these tests use."""
    customer = customers()["household"]
    person = Person(customer["code"], "giulia.profilo", "giulia@profilo.example", {})
    context = browser.new_context(base_url=portal.address, locale="it-IT", timezone_id="Europe/Rome")
    page = context.new_page()
    page.goto("/hub/registrati")
    fill_registration(page, customer, person.username, person.email)
    page.get_by_role("button", name="Crea il tuo account").click()
    page.goto(portal.link_for(person.email))
    page.get_by_role("button", name="Conferma").click()
    login(page, person.username)
    expect(page).to_have_url(f"{portal.address}/services/portale/inizio", timeout=30_000)
    session = context.storage_state()
    context.close()
    return Person(person.code, person.username, person.email, session)


@pytest.fixture
def page(portal: Portal, browser: Browser, giulia: Person) -> Page:
    """Her own window."""
    return giulia.open(browser, portal).new_page()


def says(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def export(portal: Portal, token: str, pod: str = POD, **changes: str) -> requests.Response:
    """As her own program would."""
    address = f"{portal.address}/services/portale/export/{pod}.csv"
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(address, params=DAYS | changes, headers=headers, timeout=20, allow_redirects=False)


def made_token(page: Page, label: str = "bilancio") -> str:
    page.goto("/hub/profilo/accessi")
    page.get_by_label("Nome").fill(label)
    page.get_by_label("Password attuale").fill(PASSWORD)
    page.get_by_role("button", name="Crea il codice").click()
    return page.locator("#codice-di-accesso").inner_text()


def test_the_name_in_the_header_leads_to_the_profile(page: Page, picture) -> None:
    page.goto("/services/portale/download")
    page.get_by_role("link", name="Maria Rossi").click()
    expect(page.get_by_role("heading", name="Il mio profilo")).to_be_visible()
    picture(page, "profilo")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_of_the_profile_breaks_wcag(page: Page, path: str) -> None:
    page.goto(f"/hub/profilo{path}")
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_export_token_opens_exports_and_nothing_else(page: Page, portal: Portal) -> None:
    token = made_token(page)
    csv = export(portal, token)
    assert csv.status_code == 200 and csv.headers["Content-Type"].startswith("text/csv")
    assert len(csv.text.splitlines()) == 1 + 48
    assert export(portal, token, SOMEBODY_ELSES).status_code == 404
    assert export(portal, token, dal="ieri").status_code == 400
    assert "dal" in export(portal, token, dal="ieri").text
    wrong = export(portal, "pex_" + "a" * 43)
    assert wrong.status_code == 401 and wrong.headers["WWW-Authenticate"] == "Bearer" and "profilo" in wrong.text

    header = {"Authorization": f"Bearer {token}"}
    for path in ("", "grafici-avanzati", "download", "files/1", "api/kernels/00000000-0000-0000-0000-000000000000"):
        answer = requests.get(
            f"{portal.address}/services/portale/{path}", headers=header, timeout=20, allow_redirects=False
        )
        assert answer.status_code in (302, 403, 404), path
        assert "oauth" in answer.headers.get("Location", "oauth")
    for path in ("hub/api/user", "hub/api/users", "hub/profilo"):
        answer = requests.get(f"{portal.address}/{path}", headers=header, timeout=20, allow_redirects=False)
        assert answer.status_code in (302, 403), path
    in_address = requests.get(
        f"{portal.address}/services/portale/export/{POD}.csv",
        params=DAYS | {"token": token},
        timeout=20,
        allow_redirects=False,
    )
    assert in_address.status_code == 302, "a token in an address is not looked at"


def test_a_revoked_token_is_over_within_seconds(page: Page, portal: Portal) -> None:
    token = made_token(page, "da revocare")
    assert export(portal, token).status_code == 200
    page.get_by_role("button", name="Revoca il codice da revocare").click()
    says(page, "revocato")
    for _ in range(40):
        if export(portal, token).status_code == 401:
            break
        page.wait_for_timeout(100)
    assert export(portal, token).status_code == 401


def test_a_token_stands_in_no_log(page: Page, portal: Portal) -> None:
    token = made_token(page, "segreto")
    export(portal, token)
    for log in (portal.var / "logs").glob("*"):
        assert token not in log.read_text(errors="replace"), log.name


def test_a_whole_way_through_the_profile(page: Page, portal: Portal, browser: Browser, giulia: Person) -> None:
    # A code is added, as on the municipality's bill, and its points are there at once.
    municipality = customers()["municipality"]
    page.goto("/hub/profilo/codici")
    page.get_by_label("Codice cliente").fill(municipality["code"])
    page.get_by_label("Partita IVA").fill(municipality["vat"])
    page.get_by_role("button", name="Aggiungi").click()
    says(page, "Il codice cliente è aggiunto")
    token = made_token(page, "due codici")
    assert export(portal, token, SOMEBODY_ELSES).status_code == 200

    # A new address: the old one hears at once, the link changes it.
    page.goto("/hub/profilo/indirizzo")
    page.get_by_label("Nuovo indirizzo email").fill("nuova@profilo.example")
    page.get_by_label("Ripeti il nuovo indirizzo").fill("nuova@profilo.example")
    page.get_by_label("Password attuale").fill(PASSWORD)
    page.get_by_role("button", name="Invia il link di conferma").click()
    says(page, "Ti abbiamo inviato una mail al nuovo indirizzo")
    page.goto(portal.link_for("nuova@profilo.example"))
    page.get_by_role("button", name="Usa questo indirizzo").click()
    expect(page.get_by_role("heading", name="Indirizzo cambiato")).to_be_visible()
    assert "password-dimenticata" in portal.mails(giulia.email)[-1]

    # A consent is given and withdrawn, one button each.
    page.goto("/hub/profilo/consensi")
    page.get_by_role("button", name=re.compile("Do il consenso.*Marketing")).click()
    says(page, "Il consenso è registrato")
    page.get_by_role("button", name=re.compile("Revoca.*Marketing")).click()
    says(page, "Il consenso è revocato")

    # Everything that is held, in one file.
    page.goto("/hub/profilo/copia")
    page.get_by_label("Password attuale").fill(PASSWORD)
    with page.expect_download() as download:
        page.get_by_role("button", name="Scarica la copia").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        held = json.loads(archive.read("account.json"))
        supply = json.loads(archive.read("fornitura.json"))
    assert held["account"]["email"] == "nuova@profilo.example"
    assert [one["granted"] for one in held["consents"] if one["purpose"] == "marketing"] == [False, True, False]
    assert POD in [point["pod"] for point in supply["supply_points"]]

    # The second factor.
    page.goto("/hub/profilo/verifica")
    page.get_by_label("Password attuale").fill(PASSWORD)
    page.get_by_role("button", name="Attiva la verifica").click()
    key = page.locator(".secret-line code").inner_text().replace(" ", "")
    assert violations(page) == []
    page.get_by_label("Codice di verifica").fill(pyotp.TOTP(key).now())
    page.get_by_role("button", name="Conferma il codice").click()
    spare = page.locator(".spare-codes code").all_inner_texts()
    assert len(spare) == 10 and violations(page) == []

    # Another browser comes in with a spare code, and is out again when she leaves everywhere: its open page stops.
    elsewhere = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    login(elsewhere, giulia.username)
    elsewhere.locator("[name=code]").fill(spare[0])
    elsewhere.locator("form:has([name=code]) button[type=submit]").first.click()
    expect(elsewhere).to_have_url(f"{portal.address}/services/portale/inizio", timeout=30_000)
    page.goto("/hub/profilo/dispositivi")
    expect(page.locator(".items > li")).to_have_count(2)
    page.get_by_role("button", name="Esci da tutti i dispositivi").click()
    says(page, "Sei uscito da tutti i dispositivi.")
    elsewhere.goto("/services/portale/download")
    expect(elsewhere.get_by_role("button", name="Accedi")).to_be_visible()

    # The end: the login page says so, the tokens and the login open nothing.
    login(page, giulia.username)
    page.locator("[name=code]").fill(spare[1])
    page.locator("form:has([name=code]) button[type=submit]").first.click()
    expect(page).to_have_url(f"{portal.address}/services/portale/inizio", timeout=30_000)
    page.goto("/hub/profilo/cancellazione")
    page.get_by_label("Scrivi CANCELLA").fill("CANCELLA")
    page.get_by_label("Password attuale").fill(PASSWORD)
    page.get_by_role("button", name="Cancella per sempre").click()
    says(page, "Il tuo account è stato cancellato")
    assert export(portal, token).status_code == 401
    login(page, giulia.username)
    expect(page.get_by_role("alert")).to_be_visible()


def test_guesses_are_told_when_to_try_again(portal: Portal) -> None:
    # Last of all: from here on the address that all tests share has to wait.
    answers = []
    for number in range(100):
        answers.append(export(portal, f"pex_{number:043d}"))
        if answers[-1].status_code == 429:
            break
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) >= 60
