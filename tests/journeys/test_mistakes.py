"""What people get wrong, on the pages: one clear Italian sentence beside the field, and nothing changed."""

import sqlite3

import pytest
from playwright.sync_api import expect

from tests.journeys.people import customers, fill_registration, login


@pytest.fixture
def accounts(portal):
    """How many accounts there are."""

    def count():
        with sqlite3.connect(f"file:{portal.var}/accounts/accounts.sqlite?mode=ro", uri=True) as database:
            return database.execute("select count(*) from account").fetchone()[0]

    return count


@pytest.fixture
def form(portal, browser):
    page = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    page.goto("/hub/registrati")
    yield page
    page.context.close()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"customer_code": "99999999"}, "codice cliente"),
        ({"tax_code": "RSSMRA80A01H501U"}, "codice cliente"),
        ({"password": "corta1!A", "password_again": "diversa1!A"}, "password"),
        ({"password": "tuttominuscole", "password_again": "tuttominuscole"}, "password"),
        ({"email_again": "altra@household.example"}, "email"),
        ({"tax_code": "ABC"}, "codice fiscale"),
        ({"username": ""}, "username"),
    ],
)
def test_a_mistake_in_the_form_gets_a_sentence_and_keeps_what_was_typed(form, accounts, changes, sentence):
    before = accounts()
    fill_registration(form, customers()["household"], "sbaglio", "sbaglio@household.example", **changes)
    form.get_by_role("button", name="Crea il tuo account").click()
    errors = form.locator("[id$=-error], .field-error, .error").filter(visible=True)
    expect(errors.first).to_be_visible()
    assert sentence in " ".join(errors.all_inner_texts()).lower()
    expect(form.locator("[name=first_name]")).to_have_value("Maria")
    expect(form.locator("[name=password]")).to_have_value("")
    assert accounts() == before


def test_a_wrong_code_and_a_wrong_tax_code_get_the_same_answer(form, portal):
    texts = []
    for changes in ({"customer_code": "99999999"}, {"tax_code": "RSSMRA80A01H501U"}):
        form.goto("/hub/registrati")
        fill_registration(form, customers()["household"], "sbaglio", "s@household.example", **changes)
        form.get_by_role("button", name="Crea il tuo account").click()
        texts.append(form.locator("[id$=-error], .field-error, .error").filter(visible=True).all_inner_texts())
    assert texts[0] == texts[1]


def test_a_taken_username_is_named(form, household, accounts, picture):
    before = accounts()
    fill_registration(form, customers()["household"], household.username.upper(), "altra@household.example")
    form.get_by_role("button", name="Crea il tuo account").click()
    expect(form.locator("body")).to_contain_text("username", ignore_case=True)
    expect(form.locator("[name=username]")).to_have_attribute("aria-invalid", "true")
    picture(form, "registrazione-errori")
    assert accounts() == before


def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(portal, browser, household):
    page = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    texts = []
    for username in (household.username, "nessuno.al.mondo"):
        login(page, username, "Sbagliata-1!")
        texts.append(page.locator("[role=alert]").inner_text())
    assert texts[0] == texts[1] != ""


@pytest.mark.parametrize("token", ["", "x", "A" * 5000, "'; drop table account --", "%00", "<script>alert(1)</script>"])
def test_a_link_that_is_none_gets_a_page_and_no_error(portal, browser, token):
    page = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    reply = page.goto(f"/hub/conferma?token={token}")
    assert reply.status < 500
    assert "<script>alert" not in page.content()
    page.context.close()


def test_what_is_not_there_is_said_in_italian(portal, browser, household):
    page = household.open(browser, portal).new_page()
    assert page.goto("/services/portale/nulla").status == 404
    expect(page.locator("main")).to_contain_text("non esiste")
    assert page.goto("/hub/nulla").status == 404
    expect(page.locator("html")).to_have_attribute("lang", "it")
    page.context.close()
