"""From ``portal reports run`` to the file in the customer's hands."""

import hashlib
import io
import json

import openpyxl
from playwright.sync_api import expect


def open_download(page):
    page.goto("/services/portale/download")
    expect(page.locator(".portal-page main")).to_be_visible(timeout=60_000)
    expect(page.locator("main [role=status]").first).to_be_visible(timeout=30_000)
    return page


def test_the_household_downloads_the_report_that_was_made_for_it(portal, browser, household, picture):
    run = portal.command("reports", "run", "--report", "R4", "--period", "2024-09", "--json")
    assert "10002001" in run.stdout, run.stderr
    page = open_download(household.open(browser, portal).new_page())
    rows = page.locator(".portal-deposits tbody tr").filter(has_text="R4").filter(has_text="settembre 2024")
    expect(rows).to_have_count(1)
    picture(page, "download")
    files = rows.locator(".portal-file")
    assert files.count() >= 2
    rows.locator("summary").click()
    sums = rows.locator("code").all_inner_texts()
    for file, shown in zip(files.all(), sums, strict=True):
        with page.expect_download() as download:
            file.get_by_role("link").click()
        content = download.value.path().read_bytes()
        assert hashlib.sha256(content).hexdigest() == shown
        assert download.value.suggested_filename == file.get_by_role("link").get_attribute("title")
        if download.value.suggested_filename.endswith("xlsx"):
            assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames


def test_one_run_deposits_one_set_of_files_for_each_customer(portal, household):
    run = portal.command("reports", "run", "--report", "R1", "--period", "2024-09", "--json")
    assert run.returncode == 0, run.stderr
    status = json.loads(portal.command("deposit", "list", "--json").stdout)
    r1 = [row for row in status if row["report"] == "R1" and row["period"] == "2024-09"]
    assert len(r1) == len({row["customer"] for row in r1}) == 4


def test_the_filter_is_by_deposit_date_not_by_competence(portal, browser, household):
    portal.command("reports", "run", "--report", "R1", "--period", "2024-09", "--customer", household.code)
    page = open_download(household.open(browser, portal).new_page())
    dates = page.locator(".portal-controls input[type=date]")
    dates.nth(0).fill("2024-09-01")
    dates.nth(1).fill("2024-09-30")
    expect(page.get_by_text("Nessun documento depositato corrisponde a questi filtri.")).to_be_visible()
    page.get_by_role("button", name="Mostra tutto").click()
    expect(page.locator(".portal-deposits tbody tr").first).to_be_visible()


def test_a_month_without_readings_is_refused_with_a_sentence_and_deposits_nothing(portal, household):
    before = portal.command("deposit", "list", "--json").stdout
    run = portal.command("reports", "run", "--report", "R1", "--period", "2024-12", "--customer", household.code)
    assert run.returncode == 1
    assert "2024-12" in run.stderr and "Traceback" not in run.stderr
    assert portal.command("deposit", "list", "--json").stdout == before
