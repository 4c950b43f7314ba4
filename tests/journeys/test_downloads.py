"""DOWNLOAD in a browser: finding documents, taking several at once, older versions, what is new, and receipts."""

import hashlib
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import requests
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from portal_lib import db
from portal_lib.deposit.tables import deposit, deposit_file, download_visit, receipt
from portal_lib.settings import Settings
from tests.journeys.accessibility import SIZES, violations
from tests.journeys.people import register_and_confirm
from tests.journeys.portal import demo_portal
from tests.journeys.test_profile import made_token

ROWS = ".portal-deposits tbody tr"


@pytest.fixture(scope="module")
def portal():
    """A portal of its own: which documents there are is what these tests are about."""
    with demo_portal("downloads") as portal:
        yield portal


@pytest.fixture(scope="module")
def data(portal):
    """The portal's data database, for what only time would bring about."""
    engine = db.open_engine(Settings(var=portal.var).data_database)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def municipality_with_reports(portal, browser):
    """R1 and R4 of December 2025, R1 in two versions."""
    municipality = register_and_confirm(browser, portal, "municipality")
    for report in ("R1", "R4", "R1"):
        run = portal.command(
            "reports", "run", "--report", report, "--period", "2025-12", "--customer", municipality.code
        )
        assert run.returncode == 0, run.stderr
    return municipality


@pytest.fixture
def page(portal, browser, municipality_with_reports):
    context = municipality_with_reports.open(browser, portal)
    yield opened(context.new_page())
    context.close()


def opened(page: Page) -> Page:
    page.goto("/services/portale/download")
    expect(page.locator(ROWS).first).to_be_visible(timeout=60_000)
    return page


def status(page: Page):
    return page.locator(".portal-documents-status")


def test_documents_are_found_by_date_report_and_words(page):
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Report").select_option(label="R4 · Curve orarie")
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_role("button", name="Mostra tutto").click()
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Cerca").fill("consumi dicembre")
    page.get_by_label("Cerca").press("Enter")
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_role("button", name="Mostra tutto").click()
    page.get_by_label("Depositati").select_option(label="L'anno scorso")
    expect(status(page)).to_contain_text("Nessun documento depositato corrisponde a questi filtri.")
    page.get_by_label("Depositati").select_option(label="Ultimi 7 giorni")
    expect(page.locator(ROWS)).to_have_count(2)
    dates = page.locator(".portal-controls input[type=date]")
    dates.nth(0).fill("2025-12-01")
    dates.nth(1).fill("2025-12-31")
    dates.nth(1).press("Tab")
    expect(status(page)).to_contain_text("Nessun documento")  # it was deposited today: competence is another axis


def test_superseded_versions_come_on_request_and_say_so(page):
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Anche le versioni sostituite").check()
    expect(page.locator(ROWS)).to_have_count(3)
    old = page.locator(ROWS).filter(has_text="Sostituito")
    expect(old).to_have_count(1)
    expect(old.locator("[data-label=Versione]")).to_have_text("1")


def test_several_documents_come_as_one_archive_chosen_by_keyboard(page, data):
    boxes = page.get_by_role("checkbox", name="Scegli")
    for box in boxes.all():
        box.focus()
        page.keyboard.press("Space")
    expect(page.locator(".portal-deposits input:checked")).to_have_count(2)
    before = receipts(data)
    button = page.get_by_role("button", name="Scarica i selezionati (ZIP)")
    button.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    archive = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    shown = set(page.locator(".portal-deposits code").all_text_contents())
    names = [name for name in archive.namelist() if name != "SHA256SUMS"]
    assert {hashlib.sha256(archive.read(name)).hexdigest() for name in names} == shown and len(names) >= 4
    assert receipts(data) == before + len(names)
    opened(page)
    expect(page.get_by_text("scaricato il")).to_have_count(len(names))


def test_one_file_has_the_digest_that_can_be_copied(page, data):
    row = page.locator(ROWS).first
    before = receipts(data)
    with page.expect_download() as download:
        row.get_by_role("link").first.click()
    row.locator("summary").first.click()
    shown = row.locator("code").first.inner_text()
    assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() == shown
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row.locator("[data-copia]").first.click()
    expect(row.get_by_text("Copiata")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert receipts(data) == before + 1


def test_what_came_since_the_last_visit_is_marked(page, data):
    expect(page.get_by_text("Nuovo", exact=True)).to_have_count(0)
    with data.begin() as connection:  # as if the last visit had been yesterday, and R4 had been there before
        yesterday = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1)
        connection.execute(download_visit.update().values(last_at=yesterday, before_at=None))
        connection.execute(
            deposit.update().where(deposit.c.report == "R4").values(deposited_at=yesterday - timedelta(days=1))
        )
    opened(page)
    expect(page.locator(ROWS).filter(has_text="Nuovo")).to_have_count(1)
    expect(status(page)).to_contain_text("1 nuovo dalla tua visita precedente")
    opened(page)
    expect(page.locator(ROWS).filter(has_text="Nuovo")).to_have_count(1)
    page.get_by_label("Solo i nuovi").check()
    expect(page.locator(ROWS)).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["download", "inizio"])
def test_the_pages_break_no_wcag_rule_in_light_and_dark_and_at_any_width(
    portal, browser, municipality_with_reports, address, scheme
):
    context = municipality_with_reports.open(browser, portal, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"/services/portale/{address}")
    expect(page.locator(".portal-deposits, .portal-latest").first).to_be_visible(timeout=60_000)
    for width, height in (*SIZES.values(), (320, 700)):
        page.set_viewport_size({"width": width, "height": height})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
    context.close()


def test_the_start_page_leads_on_to_what_it_tells_of(portal, browser, municipality_with_reports):
    context = municipality_with_reports.open(browser, portal)
    page = context.new_page()
    page.goto("/services/portale/")
    expect(page.get_by_role("heading", name="Consumi di dicembre 2025")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Ultimi documenti")).to_be_visible()
    expect(page.locator(".portal-attention li").filter(has_text="cos φ")).not_to_have_count(0)
    page.get_by_role("link", name="Vedi il grafico").first.click()
    expect(page).to_have_url(re.compile(r"grafici-avanzati\?punti=IT999E\d+&da=2025-12-01&a=2025-12-31"))
    context.close()


def test_any_range_can_be_fetched_by_cookie_and_by_token_alike(portal, browser, municipality_with_reports):
    context = municipality_with_reports.open(browser, portal)
    words = {"punti": "tutti", "da": "2025-12-01", "a": "2026-01-01", "passo": "giorno", "formato": "iso"}
    address = f"{portal.address}/services/portale/export/letture.csv"
    by_cookie = context.request.get(address, params=words)
    assert by_cookie.status == 200 and by_cookie.text().startswith("pod,day,kwh")
    token = made_token(context.new_page(), "esportazioni")
    header = {"Authorization": f"Bearer {token}"}
    by_token = requests.get(address, params=words, headers=header, timeout=60)
    assert by_token.status_code == 200 and by_token.text == by_cookie.text()
    refused = requests.get(address, params=words | {"punti": "IT999E00000301"}, headers=header, timeout=60)
    assert refused.status_code == 404 and refused.headers["Content-Type"].startswith("text/plain")
    assert "non risulta fra le tue" in refused.text and "isn't one of yours" in refused.text
    refused = requests.get(address, params=words | {"a": "2025-11-01"}, headers=header, timeout=60)
    assert refused.status_code == 400 and "2025-11-01" in refused.text
    for path in ("files/1", "files/scelti.zip?id=1"):
        answer = requests.get(
            f"{portal.address}/services/portale/{path}", headers=header, timeout=20, allow_redirects=False
        )
        assert answer.status_code in (302, 403), path
    context.close()


def receipts(data) -> int:
    with db.reading(data) as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(receipt.join(deposit_file))) or 0)
