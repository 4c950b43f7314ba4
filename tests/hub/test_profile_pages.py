"""«Il mio profilo» at the real Hub: what each page does, whom it is for, and that no field ever breaks it."""

import html
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts import freezing
from portal_lib.accounts.tables import account, throttle_bucket
from portal_lib.clock import system_clock
from tests.hub.conftest import HOUSEHOLD, MUNICIPALITY, PASSWORD, Browser, Hub
from tests.hub.test_session_ends import until

NEW_PASSWORD = "Tramonto-91"
FORMS = {
    "indirizzo": ("email", "email_again", "password"),
    "cellulare": ("mobile",),
    "lingua": ("language",),
    "password": ("present", "password", "password_again"),
    "verifica": ("step", "password", "code", "secret"),
    "codici": ("customer_code", "vat"),
    "codici/togli": ("code",),
    "accessi": ("label", "days", "password"),
    "accessi/revoca": ("id",),
    "consensi": ("purpose", "granted"),
    "avvisi": ("wanted",),
    "copia": ("password",),
    "cancellazione": ("typed", "password"),
}
HOSTILE = (
    "x" * 10_000,
    "😀" * 300,
    "\u202e\u05d0\u05d1 rovescio",
    "<script>alert(1)</script><b>",
    "'; drop table account; --",
    "nul\x00l",
    "riga\r\nBcc: altri@example.it",
    "{login} %(x)s {{ 7*7 }}",
)


def row_of(hub: Hub, login: str) -> sa.Row[Any]:
    with db.reading(hub.accounts) as connection:
        return connection.execute(sa.select(account).where(account.c.login == login)).one()


def is_in(browser: Browser) -> bool:
    return "/hub/login" not in browser.page("profilo").url


def send(browser: Browser, page: str, **fields: str) -> requests.Response:
    """Send one of the profile's forms, with the secret that its page holds."""
    form = browser.page(f"profilo/{page.partition('/')[0]}")
    xsrf = re.search(r'name="_xsrf" value="([^"]*)"', form.text)
    assert xsrf is not None, form.text
    return browser.post(browser.hub.url(f"profilo/{page}"), data={"_xsrf": xsrf[1], **fields}, timeout=30)


def new_address_link(browser: Browser, address: str) -> str:
    """The link in the mail to a new address."""
    mail = browser.mail_to(address.removesuffix("@example.it"))
    found = re.search(r'href="([^"]*/hub/nuovo-indirizzo[^"]*)"', mail)
    assert found is not None, mail
    return html.unescape(found[1]).removeprefix(browser.hub.address + "/hub/")


def forget_tries(hub: Hub) -> None:
    """Limits have tests of their own; here everybody comes from one address."""
    with hub.accounts.begin() as connection:
        connection.execute(throttle_bucket.delete())


@pytest.fixture(autouse=True)
def no_tries_yet(hub: Hub) -> None:
    forget_tries(hub)


@pytest.fixture(scope="module")
def customer(hub: Hub) -> Iterator[Browser]:
    with hub.browser() as browser:
        browser.opened("profilo1").log_in("profilo1")
        yield browser


def another(hub: Hub, login: str) -> Browser:
    """Somebody else's browser, logged in."""
    browser = hub.browser()
    browser.opened(login).log_in(login)
    return browser


def test_the_start_page_names_the_person_and_leads_to_every_page(customer: Browser) -> None:
    page = customer.page("profilo")
    assert page.status_code == 200 and "Manuela Rocchi" in page.text and "profilo1@example.it" in page.text
    links = set(re.findall(r'href="/hub/profilo/([\w-]+)"', page.text))
    assert links == {name for name in FORMS if "/" not in name} | {"dispositivi"}
    assert [customer.page(f"profilo/{link}").status_code for link in sorted(links)] == [200] * len(links)


def test_who_is_not_logged_in_is_led_to_the_login_page_and_back(visitor: Browser) -> None:
    assert visitor.page("profilo/consensi").url.endswith(f"/hub/login?next={quote('/hub/profilo/consensi', safe='')}")


def test_looking_at_a_page_never_changes_anything(hub: Hub, customer: Browser) -> None:
    before = row_of(hub, "profilo1")
    for page in [*FORMS, "dispositivi"]:
        for method in ("GET", "HEAD"):
            customer.request(method, hub.url(f"profilo/{page}"), timeout=20)
    assert row_of(hub, "profilo1") == before and is_in(customer)


@pytest.mark.parametrize("where", sorted(FORMS))
def test_any_text_in_any_field_gets_a_sentence_or_is_taken(customer: Browser, where: str) -> None:
    for field in FORMS[where]:
        for hostile in HOSTILE:
            forget_tries(customer.hub)
            answer = send(customer, where, **{field: hostile})
            assert answer.status_code in (200, 422), (where, field, hostile[:20], answer.status_code)
            assert "<script>alert(1)" not in answer.text
    assert is_in(customer)


@pytest.mark.parametrize("where", sorted(FORMS))
def test_bytes_that_are_no_text_are_refused_in_a_page(customer: Browser, where: str) -> None:
    xsrf = re.search(r'name="_xsrf" value="([^"]*)"', customer.page("profilo/lingua").text)
    assert xsrf is not None
    for raw in (b"\xff\xfe", b"%ED%A0%80", b"%00"):
        body = b"_xsrf=" + quote(xsrf[1]).encode() + b"&" + FORMS[where][0].encode() + b"=" + raw
        answer = customer.post(
            customer.hub.url(f"profilo/{where}"),
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=20,
        )
        assert answer.status_code in (200, 400, 422, 429), (where, raw)


@pytest.mark.parametrize("where", [*sorted(FORMS), "dispositivi"])
def test_a_form_without_its_secret_does_nothing(hub: Hub, customer: Browser, where: str) -> None:
    before = row_of(hub, "profilo1")
    answer = customer.post(hub.url(f"profilo/{where}"), data={"mobile": "3339999999", "step": "begin"}, timeout=20)
    assert answer.status_code == 403
    assert row_of(hub, "profilo1") == before and is_in(customer)


def test_what_was_typed_stays_but_passwords(customer: Browser) -> None:
    answer = send(customer, "indirizzo", email="a@example.it", email_again="b@example.it", password="Segreta-123")
    assert answer.status_code == 422
    assert 'value="a@example.it"' in answer.text and "Segreta-123" not in answer.text
    assert 'href="#campo-email_again"' in answer.text and 'aria-invalid="true"' in answer.text


def test_a_new_address_is_used_once_its_link_was_confirmed_by_whoever_reads_it(hub: Hub) -> None:
    browser = another(hub, "profilo2")
    answer = send(browser, "indirizzo", email="nuova2@example.it", email_again="nuova2@example.it", password=PASSWORD)
    assert answer.url.endswith("?fatto=indirizzo") and "nuova2@example.it" in answer.text
    link = new_address_link(browser, "nuova2@example.it")
    with hub.browser() as elsewhere:
        elsewhere.head(hub.url(link), timeout=20)
        elsewhere.page(link)
        page = elsewhere.page(link)
        assert row_of(hub, "profilo2").email == "profilo2@example.it"
        assert "Indirizzo cambiato" in elsewhere.submit(page, "nuovo-indirizzo").text
        assert row_of(hub, "profilo2").email == "nuova2@example.it"
        assert "già" in elsewhere.page(link).text
        assert elsewhere.page("nuovo-indirizzo?token=niente").status_code == 404
    assert link.partition("token=")[2] not in hub.log.read_text(), "secrets stand in no log"


def test_a_new_password_ends_the_other_browsers_and_keeps_this_one(hub: Hub) -> None:
    browser = another(hub, "profilo3")
    with hub.browser() as other, hub.browser() as copied:
        other.log_in("profilo3")
        copied.cookies.update(browser.cookies)
        assert is_in(other) and is_in(copied)
        answer = send(browser, "password", present=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
        assert answer.url.endswith("?fatto=password")
        assert is_in(browser), "this browser stays in"
        assert not is_in(other) and not is_in(copied), "so does no copy of its cookies"
        other.log_in("profilo3")
        assert not is_in(other)
        other.log_in("profilo3", NEW_PASSWORD)
        assert is_in(other)


def test_leaving_everywhere_says_so_at_the_door(hub: Hub) -> None:
    browser = another(hub, "profilo4")
    with hub.browser() as other:
        other.log_in("profilo4")
        assert browser.page("profilo/dispositivi").text.count("<dt>Accesso</dt>") == 2
        answer = send(browser, "dispositivi")
        assert "/hub/login" in answer.url and "Sei uscito da tutti i dispositivi." in answer.text
        assert not is_in(browser) and not is_in(other)


def test_consents_are_given_and_withdrawn_by_one_button(customer: Browser) -> None:
    for granted, done in (("yes", "consenso-dato"), ("no", "consenso-revocato")):
        page = customer.page("profilo/consensi")
        answer = customer.submit(page, "profilo/consensi", purpose="marketing", granted=granted)
        assert answer.url.endswith(f"?fatto={done}")
    assert answer.text.count("dal profilo") >= 2


def test_the_language_is_kept_with_the_account_and_the_browser(hub: Hub) -> None:
    browser = another(hub, "profilo5")
    assert "The language has changed." in send(browser, "lingua", language="en").text
    assert row_of(hub, "profilo5").language == "en"
    for page in ["", *(f"/{name}" for name in FORMS if "/" not in name), "/dispositivi"]:
        text = browser.page(f"profilo{page}").text
        assert '<html lang="en">' in text and "Il mio profilo" not in text


def test_the_copy_is_a_zip_for_who_gives_the_password(customer: Browser) -> None:
    assert send(customer, "copia", password="sbagliata").status_code == 422
    answer = send(customer, "copia", password=PASSWORD)
    assert answer.headers["Content-Type"] == "application/zip" and "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held = json.loads(archive.read("account.json"))
        supply = json.loads(archive.read("fornitura.json"))
    assert held["account"]["login"] == "profilo1"
    assert supply["customers"][0]["tax_code"] == HOUSEHOLD["tax_code"]


def test_a_code_is_added_as_on_the_bill_and_given_up(hub: Hub) -> None:
    browser = another(hub, "profilo6")
    wrong = send(browser, "codici", customer_code="20001001", vat="00000000000")
    assert wrong.status_code == 422 and 'value="20001001"' in wrong.text
    added = send(browser, "codici", customer_code="20001001", vat=MUNICIPALITY["vat"])
    assert added.url.endswith("?fatto=codice") and is_in(browser)
    assert send(browser, "codici", customer_code="20001001", vat=MUNICIPALITY["vat"]).status_code == 422
    assert send(browser, "codici/togli", code="20001001").url.endswith("?fatto=codice-tolto")
    assert "20001001" not in browser.page("profilo/codici").text


# Export tokens


def as_service(hub: Hub, token: object, address: object = "192.0.2.50", **headers: str) -> requests.Response:
    headers = headers or {"Authorization": f"token {hub.service_token}"}
    body = {"token": token, "address": address}
    return requests.post(hub.url("api/portale/export-tokens"), json=body, headers=headers, timeout=20)


def made(browser: Browser) -> str:
    page = send(browser, "accessi", label="bilancio", days="30", password=PASSWORD)
    found = re.search(r'id="codice-di-accesso">(pex_[\w-]{43})<', page.text)
    assert found is not None, page.text
    return found[1]


def test_a_token_is_shown_once_and_known_to_the_service_alone(hub: Hub) -> None:
    browser = another(hub, "profilo7")
    token = made(browser)
    assert token not in browser.page("profilo/accessi").text
    name = row_of(hub, "profilo7").hub_name
    assert as_service(hub, token).json() == {"name": name, "codes": ["10002001"]}
    assert as_service(hub, "pex_" + "a" * 43).status_code == 404
    assert as_service(hub, None).status_code == 400 and as_service(hub, token, 7).status_code == 400
    for header in ({"Authorization": f"Bearer {token}"}, {"Authorization": "token nobody"}, {"X-None": "1"}):
        assert as_service(hub, token, **header).status_code == 403
    asked = browser.post(hub.url("api/portale/export-tokens"), json={"token": token, "address": "x"}, timeout=20)
    assert asked.status_code == 403, "a customer's own cookie asks nothing"
    assert token not in hub.log.read_text()


def test_a_token_opens_nothing_of_the_hub(hub: Hub) -> None:
    browser = another(hub, "profilo8")
    token = made(browser)
    name = row_of(hub, "profilo8").hub_name
    for scheme in ("Bearer", "token"):
        for path in ("api/user", f"api/users/{name}", f"api/portale/people/{name}", "api/users", "api/info"):
            answer = requests.get(hub.url(path), headers={"Authorization": f"{scheme} {token}"}, timeout=20)
            assert answer.status_code == 403, path
        page = requests.get(hub.url("profilo"), headers={"Authorization": f"{scheme} {token}"}, timeout=20)
        assert "/hub/login" in page.url or page.status_code == 403


def test_a_frozen_account_ends_its_tokens_at_once(hub: Hub) -> None:
    browser = another(hub, "profilo9")
    token = made(browser)
    number = row_of(hub, "profilo9").id
    freezing.freeze(hub.accounts, system_clock, number, by="bruno")
    assert as_service(hub, token).status_code == 404


def test_after_too_many_wrong_tokens_an_address_is_told_to_wait(hub: Hub) -> None:
    statuses = [as_service(hub, "pex_" + "a" * 43, "192.0.2.77").status_code for _ in range(61)]
    assert statuses == [404] * 60 + [429]
    assert int(as_service(hub, "pex_" + "a" * 43, "192.0.2.77").headers["Retry-After"]) == 60
    assert as_service(hub, "pex_" + "a" * 43, "192.0.2.78").status_code == 404


# The second factor


def test_two_step_verification_goes_on_and_off_with_the_password(hub: Hub) -> None:
    import pyotp

    browser = another(hub, "profilo10")
    assert send(browser, "verifica", step="begin", password="sbagliata").status_code == 422
    page = send(browser, "verifica", step="begin", password=PASSWORD)
    key = re.search(r"<code>([A-Z2-7 ]{20,})</code>", page.text)
    assert key is not None and "<svg" in page.text
    assert key[1] not in browser.page("profilo/verifica").text, "who only looks at the page sees no secret"
    secret = key[1].replace(" ", "")
    found_open = send(browser, "verifica", step="enable", code="000000")
    assert found_open.status_code == 422 and key[1] not in found_open.text, "the password's page was not theirs"
    assert send(browser, "verifica", step="enable", code=pyotp.TOTP(secret).now()).status_code == 422
    wrong = send(browser, "verifica", step="enable", code="000000", secret=secret)
    assert wrong.status_code == 422 and key[1] in wrong.text
    done = send(browser, "verifica", step="enable", code=pyotp.TOTP(secret).now(), secret=secret)
    codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", done.text)
    assert len(codes) == 10 and row_of(hub, "profilo10").totp_since is not None
    renewed = send(browser, "verifica", step="renew", password=PASSWORD)
    assert len(re.findall(r"<li><code>([a-z2-7-]{19})</code>", renewed.text)) == 10 and codes[0] not in renewed.text
    assert send(browser, "verifica", step="disable", password="").status_code == 422
    assert send(browser, "verifica", step="disable", password=PASSWORD).url.endswith("?fatto=verifica-disattivata")
    assert row_of(hub, "profilo10").totp_secret is None


# Staff


def test_staff_see_a_profile_without_what_is_for_customers(visitor: Browser) -> None:
    visitor.log_in("bruno")
    text = visitor.page("profilo").text
    assert "profilo/password" in text and "profilo/dispositivi" in text
    for page in ("codici", "accessi", "consensi", "cancellazione"):
        assert f"profilo/{page}" not in text
        assert visitor.page(f"profilo/{page}").url.endswith("/hub/profilo")
    assert visitor.page("profilo/copia").status_code == 200


def test_who_signs_on_elsewhere_has_no_password_here_to_change(hub: Hub, visitor: Browser) -> None:
    visitor.log_in("bruno")
    kept = row_of(hub, "bruno").password_hash
    try:
        with hub.accounts.begin() as connection:
            connection.execute(account.update().where(account.c.login == "bruno").values(password_hash=None))
        text = visitor.page("profilo").text
        for page in ("password", "verifica", "indirizzo", "copia"):
            assert f"profilo/{page}" not in text
            assert visitor.page(f"profilo/{page}").url.endswith("/hub/profilo")
        assert "account della tua azienda" in text and "profilo/dispositivi" in text
    finally:
        with hub.accounts.begin() as connection:
            connection.execute(account.update().where(account.c.login == "bruno").values(password_hash=kept))


# Erasure


def test_an_erased_person_is_nobody_to_the_hub_and_the_login_is_free(hub: Hub) -> None:
    browser = another(hub, "profilo11")
    token, name = made(browser), row_of(hub, "profilo11").hub_name
    with hub.browser() as other:
        other.log_in("profilo11")
        slip = send(browser, "cancellazione", typed="forse", password=PASSWORD)
        assert slip.status_code == 422 and 'value="forse"' in slip.text and is_in(browser)
        answer = send(browser, "cancellazione", typed="cancella", password=PASSWORD)
        assert "/hub/login" in answer.url and "Il tuo account è stato cancellato" in answer.text
        assert not is_in(browser) and not is_in(other)
    assert as_service(hub, token).status_code == 404
    with sqlite3.connect(hub.log.parent / "jupyterhub.sqlite") as of_hub:
        for table in ("users", "api_tokens", "oauth_codes", "user_group_map"):
            assert name not in str(of_hub.execute(f"select * from {table}").fetchall()), table
        assert not of_hub.execute("select 1 from users where name = ?", (name,)).fetchone()
    assert "Traceback" not in hub.log.read_text().rpartition("POST /hub/profilo/cancellazione")[2]
    until(lambda: "cancellati" in browser.mail_to("profilo11"), "no last mail arrived")
    with hub.browser() as somebody:
        somebody.opened("profilo11").log_in("profilo11")
        assert row_of(hub, "profilo11").hub_name != name
        assert is_in(somebody) and "Nessuno" in somebody.page("profilo").text
