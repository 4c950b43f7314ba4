"""Registration at the real Hub against people who guess, and against whatever a browser can send."""

import re
from urllib.parse import quote_from_bytes, quote_plus

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts.registration_form import LABELS
from portal_lib.accounts.tables import account
from tests.hub.conftest import HOUSEHOLD, MUNICIPALITY, PASSWORD, Browser, Hub

HOSTILE = {
    "ten thousand characters": b"A" * 10_000,
    "emoji": "🔥👩‍👩‍👧‍👦".encode(),
    "right to left": "\u202eמריה\u202c".encode(),
    "HTML": b"<script>alert(1)</script><img src=x onerror=alert(1)>",
    "SQL": b"'; drop table account; --",
    "a null byte": b"Ma\x00ria",
    "a header": b"a@b.it\r\nBcc: everybody@example.com",
    "a lone surrogate": b"\xed\xa0\xbd",
    "no UTF-8": b"\xff\xfe",
    "a template": b"{{ 7*7 }}{% raise %}%(x)s{0}",
}


def xsrf_of(visitor: Browser) -> str:
    found = re.search(r'name="_xsrf" value="([^"]+)"', visitor.page("registrati").text)
    assert found is not None
    return found[1]


def accounts(hub: Hub) -> int:
    with db.reading(hub.accounts) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(account)).scalar_one())


@pytest.mark.parametrize("field", LABELS)
def test_no_field_takes_the_hub_down_whatever_is_in_it(hub: Hub, visitor: Browser, field: str) -> None:
    xsrf = xsrf_of(visitor)
    good = HOUSEHOLD | {
        "first_name": "Manuela",
        "last_name": "Rocchi",
        "username": f"ostile.{field.replace('_', '.')}",
        "password": PASSWORD,
        "password_again": PASSWORD,
        # One mistake, so that accepted values make no account.
        "email": "ostile@example.it" if field != "email_again" else "",
        "notice": "",
    }
    before = accounts(hub)
    for name, value in HOSTILE.items():
        body = "&".join(
            [f"_xsrf={quote_plus(xsrf)}"]
            + [f"{key}={quote_plus(text)}" for key, text in good.items() if key != field]
            + [f"{field}={quote_from_bytes(value)}"]
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        page = visitor.post(hub.url("registrati"), data=body, headers=headers, timeout=30)
        assert page.status_code in (400, 422), (field, name, page.status_code)
        assert "<script>alert" not in page.text and "Traceback" not in page.text and 'lang="it"' in page.text
        if page.status_code == 422:
            assert "Controlla i dati inseriti" in page.text and PASSWORD not in page.text
    assert accounts(hub) == before


def test_a_header_in_a_language_or_a_cookie_breaks_nothing(visitor: Browser) -> None:
    visitor.headers["Cookie"] = "portale-lingua=<script>; _xsrf=\x80\xff"
    assert visitor.page("registrati").status_code == 200


def test_guessing_about_one_customer_is_held_up_with_one_sentence_and_the_form_is_kept(visitor: Browser) -> None:
    for _ in range(10):
        page = visitor.register("indovino", HOUSEHOLD, customer_code="55555555")
        assert page.status_code == 422
    page = visitor.register("indovino", HOUSEHOLD, customer_code="55555555", first_name="Ginevra")
    assert page.status_code == 429
    assert "Ci sono stati troppi tentativi. Attendi" in page.text
    assert 'value="Ginevra"' in page.text and PASSWORD not in page.text
    # Others register as ever.
    assert visitor.register("tranquilla").url.endswith("esito=mail")


def test_known_and_unknown_customer_codes_get_answers_of_one_length_and_status(visitor: Browser) -> None:
    answers = set()
    for code in (MUNICIPALITY["customer_code"], "20001002"):
        page = visitor.register("nuovo", HOUSEHOLD, customer_code=code)
        shown = page.text.replace(code, "CODE")
        shown = re.sub(r'name="_xsrf" value="[^"]*"', "", shown)
        answers.add((page.status_code, len(page.text), shown))
    assert len(answers) == 1


def test_a_name_that_does_not_fit_the_codice_fiscale_is_said_and_blocks_nothing(visitor: Browser) -> None:
    welcome = visitor.register("altra.persona", first_name="Chiara", last_name="Conti")
    assert welcome.url.endswith("esito=mail&controlla=nome")
    assert "non sembrano quelli del codice fiscale" in welcome.text
    assert "non sembrano" not in visitor.register("persona.giusta").text


def test_the_form_speaks_english_and_keeps_the_fingerprint_of_the_english_notice(hub: Hub, visitor: Browser) -> None:
    visitor.cookies.set("portale-lingua", "en")
    form = visitor.page("registrati")
    assert 'lang="en"' in form.text and "Create your account" in form.text
    said = re.sub(r"<script.*?</script>|<[^>]+>", " ", form.text.split("<footer")[0])
    for italian in ("Codice cliente", "Cognome", "obbligatori", "Autorizzo", "Ripeti", "Crea il tuo"):
        assert italian not in said
    page = visitor.register("x", customer_code="")
    assert "The field “Customer code” is empty" in page.text
    assert "Welcome!" in visitor.register("english.reader").text
    notice = visitor.page("informativa").text
    fingerprint = re.search(r"[0-9a-f]{64}", notice)
    assert fingerprint is not None and "Passing my data on" in notice
    with db.reading(hub.accounts) as connection:
        kept = connection.exec_driver_sql(
            "select distinct notice_sha256 from consent join account on account.id = account_id "
            "where login = 'english.reader'"
        ).scalar_one()
    assert kept == fingerprint[0]
    visitor.cookies.clear()
    assert fingerprint[0] not in visitor.page("informativa").text


def test_whose_mail_never_came_gets_a_fresh_link_at_the_login_page(hub: Hub, visitor: Browser) -> None:
    visitor.register("senza.mail")
    first = visitor.link_for("senza.mail")
    wrong = visitor.log_in("senza.mail", "Sbagliata-1!")
    assert "nuovo-link" not in wrong.text
    page = visitor.log_in("senza.mail")
    assert page.status_code == 403 and "non è ancora confermato" in page.text
    sent = visitor.submit(page, "nuovo-link")
    assert sent.status_code == 200 and "Nuovo link inviato" in sent.text
    assert visitor.page(first).status_code == 410  # the older one stopped working
    # What stood in that page confirms nothing by itself: the mail has to be read.
    offer = re.search(r'name="token" value="([^"]+)"', page.text)
    assert offer is not None and visitor.page(f"conferma?token={offer[1]}").status_code == 404


def test_machines_may_open_the_confirmation_first(hub: Hub, visitor: Browser) -> None:
    visitor.register("letta.da.macchine")
    link = visitor.link_for("letta.da.macchine")
    with hub.browser() as scanner:
        scanner.head(hub.url(link), timeout=20)
        scanner.page(link)
        scanner.page(link)
        scanner.head(hub.url(link), timeout=20)
    page = visitor.page(link)
    assert "Account confermato" in visitor.submit(page, "conferma").text
