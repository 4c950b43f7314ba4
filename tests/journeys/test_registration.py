"""Registering in a browser: without JavaScript, without a mouse, with help; and the contact who knows nothing of it."""

import re
import time

import pytest
from playwright.sync_api import expect

from portal_lib.accounts import tax_code_names
from tests.journeys.chart_page import ChartPage
from tests.journeys.people import CLERK_TAX_CODE, customers, fill_registration, login
from tests.journeys.portal import PASSWORD

#: Codice fiscale, first name, last name: what the page and the portal have to agree about.
NAMES = [
    ("RSSMRA80A01H501U", "Maria", "Rossi"),
    ("RSSMRA80A01H501U", "Mario", "Rossi"),
    ("RSSMRA80A01H501U", "Giulia", "Rossi"),
    ("RSSMRA80A01H501U", "Maria", "Bianchi"),
    ("DNGMLS80A41H501U", "M.a Luisa", "D’Angelo"),
    ("DNGMLS80A41H501U", "Luisa", "d'Angelo Neri"),
    ("DNGMLS80A41H501U", "Luigi", "D'Angelo"),
    ("MLLHNS80A01Z112U", "Hans", "Müller"),
    ("MLLHNS80A01Z112U", "Hans", "Mueller"),
    ("LKSZLO80A01Z127U", "Zoł", "Łukaś"),
    ("QQQQQQ80A01Z154U", "Иван", "Петров"),
    ("FOXXXA80A01H501U", "Axx", "Fo"),
]


@pytest.fixture
def window(portal, browser):
    """A fresh browser window, with options of its own."""

    def open_(**options):
        return browser.new_context(base_url=portal.address, locale="it-IT", timezone_id="Europe/Rome", **options)

    return open_


def focused(page):
    """The name of the field, or the text of the control, that has the keyboard."""
    return page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")


def test_the_whole_of_registration_works_without_javascript(portal, window):
    page = window(java_script_enabled=False).new_page()
    page.goto("/hub/registrati")
    expect(page.locator(".password-help")).to_be_hidden()
    expect(page.get_by_text("Usa almeno 8 caratteri. Includi almeno un numero")).to_be_visible()
    fill_registration(page, customers()["hospital"], "solo.html", "solo@html.example", password_again="altra")
    page.get_by_role("button", name="Crea il tuo account").click()
    expect(page.get_by_role("link", name="Le due password non sono uguali")).to_be_visible()
    expect(page.locator("[name=email]")).to_have_value("solo@html.example")
    for field in ("password", "password_again"):
        page.locator(f"[name={field}]").fill(PASSWORD)
    page.get_by_role("button", name="Crea il tuo account").click()
    expect(page.get_by_role("heading", name="Benvenuto!")).to_be_visible()
    page.goto(portal.link_for("solo@html.example"))
    page.get_by_role("button", name="Conferma l'account").click()
    expect(page.get_by_role("heading", name="Account confermato")).to_be_visible()
    login(page, "solo.html")
    expect(page).to_have_url(re.compile("/services/portale/"))


def test_the_whole_of_registration_works_by_keyboard_alone(portal, window):
    page = window().new_page()
    page.goto("/hub/registrati")
    page.keyboard.press("Tab")
    assert focused(page) == "Vai al contenuto"
    page.keyboard.press("Enter")  # past the header
    hospital = customers()["hospital"]
    typed = {
        "customer_code": hospital["code"],
        "first_name": "Maria",
        "last_name": "Rossi",
        "tax_code": CLERK_TAX_CODE,
        "gender": None,
        "vat": hospital["vat"],
        "email": "tasti@tastiera.example",
        "email_again": "tasti@tastiera.example",
        "mobile": None,
        "username": "solo.tasti",
        "password": PASSWORD,
        "": None,  # showing the passwords
        "password_again": PASSWORD,
    }
    order = []
    for name, value in typed.items():
        page.keyboard.press("Tab")
        order.append(focused(page))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", name
        if value is not None:
            page.keyboard.type(value)
    assert order == list(typed)
    page.keyboard.press("Tab")
    assert focused(page) == "notice"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")  # the link to the notice
    page.keyboard.press("Tab")  # the link within the question
    page.keyboard.press("Tab")
    assert focused(page) == "marketing"
    page.keyboard.press("ArrowRight")  # to "No"
    assert page.locator("[name=marketing][value=no]").is_checked()
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page) == "Crea il tuo account":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Benvenuto!")).to_be_visible()
    page.goto(portal.link_for("tasti@tastiera.example"))
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page) == "Conferma l'account":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Account confermato")).to_be_visible()


def test_a_mistake_leads_the_keyboard_to_its_field(window):
    page = window().new_page()
    page.goto("/hub/registrati")
    page.get_by_role("button", name="Crea il tuo account").click()
    page.get_by_role("link", name="Compila il campo «Cognome».").press("Enter")
    assert focused(page) == "last_name"


def test_the_passwords_rules_tick_off_as_one_types_and_are_said_when_one_rests(window, picture):
    page = window().new_page()
    page.goto("/hub/registrati")
    kept = page.locator(".ticks .kept")
    field = page.locator("[name=password]")
    said = page.locator(".password-help [role=status]")
    expect(kept).to_have_count(0)
    for letters, rules in (("g", 1), ("iR", 2), ("7", 3), ("-", 4), ("so", 4), ("l", 5)):
        field.press_sequentially(letters)
        expect(kept).to_have_count(rules)
    expect(said).to_have_text("La password rispetta tutte le regole.")
    field.fill("girasole")
    expect(said).to_have_text("Manca ancora: un numero, una lettera maiuscola, un carattere speciale.")
    picture(page, "registrazione-password")
    page.get_by_label("Mostra le password").check()
    for name in ("password", "password_again"):
        expect(page.locator(f"[name={name}]")).to_have_attribute("type", "text")
    page.get_by_label("Mostra le password").uncheck()
    expect(field).to_have_attribute("type", "password")


def test_the_page_and_the_portal_agree_about_names_and_codes(window):
    page = window().new_page()
    page.goto("/hub/registrati")
    hint = page.locator("#avviso-tax_code")
    for tax_code, first, last in NAMES:
        for name, value in (("first_name", first), ("last_name", last), ("tax_code", tax_code.lower())):
            page.locator(f"[name={name}]").fill(value)
            page.locator(f"[name={name}]").blur()
        warned = "non sembrano" in hint.inner_text()
        assert warned != tax_code_names.fits(tax_code, first, last), (tax_code, first, last)


def test_a_contact_who_knows_nothing_of_it_stops_an_open_dashboard_at_once(portal, browser, window):
    municipality = customers()["municipality"]
    stranger = window()
    page = stranger.new_page()
    page.goto("/hub/registrati")
    fill_registration(page, municipality, "bolletta.trovata", "chi@passava.example", last_name="Rossini")
    page.get_by_role("button", name="Crea il tuo account").click()
    expect(page.get_by_role("heading", name="Benvenuto!")).to_be_visible()
    page.goto(portal.link_for("chi@passava.example"))
    page.get_by_role("button", name="Conferma l'account").click()
    login(page, "bolletta.trovata")
    ChartPage(page).open()

    contact = window().new_page()
    contact.goto(_link_about(portal, municipality["email"], "Rossini"))
    expect(contact.locator("main")).to_contain_text("Maria Rossini")
    expect(page.locator("#connection")).to_be_hidden()  # looking has closed nothing
    contact.get_by_role("button", name="Blocca l'account").click()
    expect(contact.get_by_role("heading", name="Account bloccato")).to_be_visible()

    expect(page.locator("#connection")).to_contain_text("Questa pagina non è più attiva", timeout=2_000)
    page.reload()
    expect(page).to_have_url(re.compile("/hub/login"))
    login(page, "bolletta.trovata")
    expect(page.locator("[role=alert]")).to_contain_text("sospeso")


def _link_about(portal, recipient, name):
    """The "not me" link of the mail to a contact that names somebody."""
    for _ in range(200):
        for text in portal.mails(recipient):
            if name in text:
                return re.search(r"\S+/hub/non-sono-io\?token=\S+", text)[0]
        time.sleep(0.1)
    raise AssertionError(f"{recipient} heard nothing of {name}\n{portal.logs}")
