import re
import time

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts.tables import account
from tests.hub.conftest import HOUSEHOLD, MUNICIPALITY, PASSWORD, Browser, Hub


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_form_has_the_guides_fields_in_the_guides_order(visitor: Browser) -> None:
    page = visitor.page("registrati")
    names = list(dict.fromkeys(re.findall(r'<input [^>]*name="([a-z_]+)"', page.text.split("<footer")[0])))
    assert names == [
        "_xsrf",
        "customer_code",
        "first_name",
        "last_name",
        "tax_code",
        "gender",
        "vat",
        "email",
        "email_again",
        "mobile",
        "username",
        "password",
        "password_again",
        "notice",
        "marketing",
        "third_parties",
        "profiling",
    ]
    said = text_of(page.text)
    for sentence in (
        "Dati cliente Codice cliente Lo trovi in bolletta",
        "Dati aziendali Solo per enti e aziende.",
        "Usa almeno 8 caratteri. Includi almeno un numero, una lettera minuscola, una lettera maiuscola e un "
        "carattere speciale.",
        "Ripeti password",
        "ai sensi del Regolamento (UE) 2016/679",
        "con finalità di marketing (opzionale)",
        "con finalità di profilazione (opzionale)",
        "Crea il tuo account",
    ):
        assert sentence in said
    assert not re.search(r"<input[^>]*checked", page.text)


def test_pages_run_no_script_but_a_file_of_ours_and_may_not_be_framed(visitor: Browser) -> None:
    for path in (
        "login",
        "registrati/benvenuto",
        "conferma",
        "non-sono-io",
        "approva",
        "informativa",
        "posta",
        "nulla",
    ):
        page = visitor.page(path)
        assert "<script" not in page.text and 'lang="it"' in page.text, path
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"], path
        assert "script-src" not in page.headers["Content-Security-Policy"] or path == "nulla", path
    form = visitor.page("registrati")
    policy = form.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    scripts = re.findall(r"<script[^>]*>", form.text)
    assert scripts and all(re.search(r'src="/hub/portale-static/[\w.-]+\?v=', script) for script in scripts)
    assert not re.search(r"\son\w+=", form.text)


def test_a_household_registers_confirms_and_lands_on_its_pages(hub: Hub, visitor: Browser) -> None:
    welcome = visitor.register("manuela.r")
    assert welcome.url == hub.url("registrati/benvenuto?esito=mail")
    said = text_of(welcome.text)
    assert "Benvenuto! Ti abbiamo inviato al tuo indirizzo email una mail che dovrai confermare." in said
    assert "Continua" in said

    early = visitor.log_in("manuela.r")
    assert early.status_code == 403 and "non è ancora confermato" in early.text
    assert "Username o password non corretti" in visitor.log_in("manuela.r", "sbagliata").text

    link = visitor.link_for("manuela.r")
    for _ in range(2):  # a mail scanner, then the person
        page = visitor.page(link)
        assert "Conferma l'account" in page.text.replace("&#39;", "'")
    assert "Account confermato" in visitor.submit(page, "conferma").text
    assert "già confermato" in visitor.submit(page, "conferma").text
    assert "già confermato" in visitor.page(link).text

    landed = visitor.log_in("MANUELA.R")
    assert landed.url.startswith(f"{hub.address}/services/portale/")
    assert landed.text == "the customer pages"


def test_mistakes_stand_together_beside_their_fields_and_what_was_typed_stays(visitor: Browser) -> None:
    page = visitor.register("x", email_again="altra@example.it", password="corta", password_again="diversa")
    assert page.status_code == 422
    for field in ("email_again", "username", "password", "password_again"):
        assert f'id="errore-{field}"' in page.text
        assert f'href="#campo-{field}"' in page.text
        tag = re.search(rf'<input id="campo-{field}"[^>]*>', page.text)
        assert tag is not None
        assert f"errore-{field}" in tag.group(0) and 'aria-invalid="true"' in tag.group(0)
    assert 'value="altra@example.it"' in page.text
    assert "corta" not in page.text and "diversa" not in page.text
    assert 'id="errore-customer_code"' not in page.text


def test_a_wrong_code_and_a_wrong_tax_code_look_the_same(visitor: Browser) -> None:
    pages = [
        visitor.register("nuovo", HOUSEHOLD, customer_code="77777777"),
        visitor.register("nuovo", HOUSEHOLD, tax_code=MUNICIPALITY["tax_code"]),
    ]
    answers = []
    for page in pages:
        assert page.status_code == 422
        found = re.search(r'id="errori".*?</ul>', page.text, re.S)
        assert found is not None
        answers.append(found.group(0))
    assert answers[0] == answers[1] and "Codice" not in answers[0].partition("codice cliente")[0]


def test_an_organisation_registers_and_a_taken_name_is_named_only_to_customers(visitor: Browser) -> None:
    colleague = {"password": "Altra-Parola-71", "password_again": "Altra-Parola-71"}
    visitor.register("ufficio", MUNICIPALITY)
    assert "è già in uso" in visitor.register("UFFICIO", MUNICIPALITY, **colleague).text
    assert "è già in uso" not in visitor.register("ufficio", MUNICIPALITY, vat="80012000371", **colleague).text


def test_a_second_click_on_the_same_form_leads_to_the_same_welcome(visitor: Browser) -> None:
    first = visitor.register("due.clic", MUNICIPALITY)
    assert visitor.register("due.clic", MUNICIPALITY).url == first.url


def test_without_any_address_the_page_says_that_staff_will_activate(hub: Hub, visitor: Browser) -> None:
    welcome = visitor.register("senza.posta", email="", email_again="")
    assert welcome.url.endswith("esito=attesa") and "attivazione da parte del nostro personale" in text_of(welcome.text)
    assert "attende l&#39;attivazione" in visitor.log_in("senza.posta").text


def test_without_a_typed_address_the_mail_goes_to_the_one_on_file(visitor: Browser) -> None:
    welcome = visitor.register("comune", MUNICIPALITY, email="", email_again="")
    assert welcome.url.endswith("esito=archivio") and "comune@example.it" not in welcome.text
    assert "username è: comune" in visitor.mail_to("comune")


def test_a_form_whose_secret_ran_out_is_shown_again_as_typed(hub: Hub, visitor: Browser) -> None:
    form = {"_xsrf": "old", "first_name": "Manuela", "password": PASSWORD}
    count = sa.select(sa.func.count()).select_from(account)
    with db.reading(hub.accounts) as connection:
        before = connection.execute(count).scalar_one()
    page = visitor.post(hub.url("registrati"), data=form, timeout=20)
    assert page.status_code == 403
    assert "rimasta aperta troppo a lungo" in page.text and 'value="Manuela"' in page.text
    assert PASSWORD not in page.text
    with db.reading(hub.accounts) as connection:
        assert connection.execute(count).scalar_one() == before


@pytest.mark.parametrize("path", ["registrati", "conferma", "conferma/nuovo-link", "login"])
def test_no_form_is_taken_from_another_site(hub: Hub, visitor: Browser, path: str) -> None:
    page = visitor.post(hub.url(path), data={"username": "anna", "password": PASSWORD}, timeout=20)
    assert page.status_code in (403, 404) and not page.history
    assert "jupyterhub-hub-login" not in visitor.cookies


def test_hostile_values_come_back_escaped(visitor: Browser) -> None:
    page = visitor.register('"><script>alert(1)</script>', first_name='"><img src=x>', marketing="<b>")
    assert page.status_code == 422
    assert "<script>alert" not in page.text and "<img" not in page.text


@pytest.mark.parametrize("body", [b"first_name=%ff%fe", b"x=" + b"a" * 70_000])
def test_what_no_person_typed_gets_an_italian_page(hub: Hub, visitor: Browser, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    page = visitor.post(hub.url("registrati"), data=body, headers=headers, timeout=20)
    assert page.status_code in (400, 403, 413) and 'lang="it"' in page.text and "Traceback" not in page.text


def test_made_up_links_are_refused_with_a_sentence(visitor: Browser) -> None:
    page = visitor.page("conferma?token=<script>")
    assert page.status_code == 404 and "non è valido" in page.text and "<script>" not in page.text


def test_an_expired_link_offers_a_fresh_one(hub: Hub, visitor: Browser) -> None:
    visitor.register("in.ritardo")
    link = visitor.link_for("in.ritardo")
    with hub.accounts.begin() as connection:
        connection.exec_driver_sql(
            "update token set expires_at = '2020-01-01 00:00:00.000000' where account_id = "
            "(select id from account where login = 'in.ritardo')"
        )
    page = visitor.page(link)
    assert page.status_code == 410 and "scaduto" in page.text
    sent = visitor.submit(page, "nuovo-link")
    assert sent.status_code == 200 and "Nuovo link inviato" in sent.text
    for _ in range(50):  # the mail leaves within two seconds
        if visitor.link_for("in.ritardo") != link:
            break
        time.sleep(0.1)
    fresh = visitor.page(visitor.link_for("in.ritardo"))
    assert "Account confermato" in visitor.submit(fresh, "conferma").text


def test_links_in_mails_name_the_settings_host_whatever_the_request_says(hub: Hub, visitor: Browser) -> None:
    visitor.headers["X-Forwarded-Host"] = "evil.example"
    visitor.register("host.falso")
    del visitor.headers["X-Forwarded-Host"]
    assert "evil.example" not in visitor.mail_to("host.falso")
    assert visitor.link_for("host.falso").startswith("conferma?token=")


def test_no_secret_reaches_the_log(hub: Hub, visitor: Browser) -> None:
    visitor.register("riservata")
    link = visitor.link_for("riservata")
    page = visitor.page(link)
    visitor.submit(page, "conferma")
    visitor.log_in("LaMiaPassword-1", "AltraPassword-2")
    visitor.log_in("riservata")
    log = hub.log.read_text()
    assert "conferma?token=" in log
    for secret in (link.partition("token=")[2], PASSWORD, "LaMiaPassword", "AltraPassword", HOUSEHOLD["tax_code"]):
        assert secret not in log


def test_the_notice_has_the_part_that_the_form_links_to(visitor: Browser) -> None:
    form = visitor.page("registrati").text
    target = re.search(r'href="/hub/informativa#([^"]+)"', form)
    assert target is not None
    notice = visitor.page("informativa").text
    assert f'id="{target.group(1)}"' in notice and "Energia Prova" in notice and "Testo di esempio" in notice


def test_a_mail_is_shown_in_a_frame_that_runs_nothing(hub: Hub, visitor: Browser) -> None:
    visitor.register("lettrice")
    mail = visitor.mail_to("lettrice")
    frame = re.search(r"<iframe[^>]*>", mail)
    assert frame is not None and "allow-scripts" not in frame.group(0) and "allow-same-origin" not in frame.group(0)
    assert visitor.page("posta/99999999").status_code == 404
    assert visitor.page("posta/..%2f..%2fhub.log").status_code == 404


def test_the_style_sheet_is_served_and_renewed_by_its_address(hub: Hub, visitor: Browser) -> None:
    linked = re.search(r'href="(/hub/portale-static/portal\.css\?v=[0-9a-f]+)"', visitor.page("login").text)
    assert linked is not None
    sheet = visitor.get(hub.address + linked.group(1), timeout=20)
    assert sheet.headers["Content-Type"].startswith("text/css") and "--p-accent: #0b5d7a" in sheet.text
    plain = visitor.page("portale-static/portal.css")
    assert plain.headers["Cache-Control"] == "no-cache"
    assert visitor.page("portale-static/../templates/login.html").status_code == 404
