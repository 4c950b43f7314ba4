"""A customer's first visit: register, confirm by mail, log in, look at the hourly readings of their own supply."""

import csv
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.journeys.chart_page import ChartPage
from tests.journeys.people import customers, fill_registration, login
from tests.journeys.portal import CHECKOUT

EXPORT = CHECKOUT / "demo" / "data" / "e-distribuzione" / "ExportData_settembre.csv"


def export_hours() -> list[Decimal]:
    """The export's 720 hours: sums of its own quarter hours."""
    with EXPORT.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if re.match(r"\d\d/\d\d/\d{4}", row[0])]
    quarters = [Decimal(value.replace(",", ".")) for row in rows for value in row[1:97]]
    return [sum(quarters[i : i + 4], Decimal()) for i in range(0, len(quarters), 4)]


def test_the_terminal_says_where_the_portal_and_its_mails_are_and_who_can_register(portal):
    assert portal.address in portal.text
    assert f"{portal.address}/hub/posta" in portal.text
    for customer in customers().values():
        assert customer["code"] in portal.text
        assert (customer["vat"] or customer["tax_code"]) in portal.text


def test_registration_mail_confirmation_and_login(portal, browser, picture):
    customer = customers()["household"]
    page = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    page.goto("/")
    expect(page.get_by_role("button", name="Accedi")).to_be_visible()
    picture(page, "login")
    page.get_by_role("link", name="Registrati").click()
    picture(page, "registrazione")
    fill_registration(page, customer, "giulia.prima", "prima@household.example")
    page.get_by_role("button", name="Crea il tuo account").click()
    expect(page.get_by_role("heading", name="Benvenuto!")).to_be_visible()
    picture(page, "benvenuto")

    link = portal.link_for("prima@household.example")
    login(page, "giulia.prima")
    assert "/hub/login" in page.url, "an account that is not confirmed must not log in"

    page.goto(link)
    picture(page, "conferma")
    page.get_by_role("button", name="Conferma").click()
    page.goto(link)
    expect(page.locator("body")).to_contain_text("già", timeout=5_000)

    login(page, "giulia.prima")
    expect(page).to_have_url(f"{portal.address}/services/portale/inizio", timeout=30_000)


def test_opening_the_link_by_a_machine_first_does_not_use_it_up(portal, browser):
    page = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    page.goto("/hub/registrati")
    fill_registration(page, customers()["household"], "giulia.seconda", "seconda@household.example")
    page.get_by_role("button", name="Crea il tuo account").click()
    link = portal.link_for("seconda@household.example")
    for _ in range(2):
        assert page.request.get(link).status == 200
        assert page.request.head(link).status in (200, 405)
    page.goto(link)
    page.get_by_role("button", name="Conferma").click()
    login(page, "giulia.seconda")
    expect(page).to_have_url(f"{portal.address}/services/portale/inizio", timeout=30_000)


def test_registration_works_without_javascript(portal, browser):
    page = browser.new_context(base_url=portal.address, locale="it-IT", java_script_enabled=False).new_page()
    page.goto("/hub/registrati")
    fill_registration(page, customers()["municipality"], "senza.script", "senza@script.example")
    page.get_by_role("button", name="Crea il tuo account").click()
    expect(page.get_by_role("heading", name="Benvenuto!")).to_be_visible()
    page.goto(portal.link_for("senza@script.example"))
    page.get_by_role("button", name="Conferma").click()
    login(page, "senza.script")
    assert "/hub/login" not in page.url


def test_the_mails_can_be_read_in_the_browser(portal, browser, household, picture):
    page = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    page.goto("/hub/posta")
    expect(page.locator("body")).to_contain_text(household.email)
    picture(page, "posta")


def test_the_household_sees_its_export_to_the_watt_hour(portal, browser, household, picture):
    page = household.open(browser, portal).new_page()
    charts = ChartPage(page).open()
    expect(page.locator("header")).to_contain_text("Maria Rossi")
    for name in ("DOWNLOAD", "GRAFICI AVANZATI", "Esci"):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    charts.expect_bars(720)
    assert charts.total() == Decimal("269.281")
    rows = charts.rows()
    assert [Decimal(row[3].replace(",", ".")) for row in rows] == export_hours()
    first = date(2024, 9, 1)
    assert [row[:2] for row in rows] == [
        [f"{first + timedelta(days=i // 24):%d/%m/%Y}", f"{i % 24:02d}:00"] for i in range(720)
    ]
    assert {row[2] for row in rows} == {"F1", "F2", "F3"}
    picture(page, "grafici-avanzati")
    for detail, intervals in (("Giorno", 30), ("Mese", 1), ("Ora", 720)):
        charts.choose_detail(detail)
        assert len(charts.rows()) == intervals
        charts.expect_bars_as_tabled()
        assert charts.total() == Decimal("269.281")
    charts.choose_detail("Quarto d'ora")
    charts.expect_bars(0)  # more than the screen has room for: a line
    assert charts.total() == Decimal("269.281") and "tutti i 2.880 valori" in charts.summary()


@pytest.mark.parametrize("timezone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_a_browser_in_another_time_zone_shows_the_same_hours(portal, browser, household, timezone):
    context = browser.new_context(
        storage_state=household.session, base_url=portal.address, locale="en-US", timezone_id=timezone
    )
    charts = ChartPage(context.new_page()).open()
    assert [Decimal(row[3].replace(",", ".")) for row in charts.rows()] == export_hours()
    assert charts.page.locator(".portal-chart .axis text").filter(has_text="dom 1 set").count() == 1


def test_clock_change_days_show_25_and_23_hours_on_every_point_that_covers_them(portal, browser, municipality, picture):
    charts = ChartPage(municipality.open(browser, portal).new_page()).open()
    covering = [text for text in charts.points() if "Palestra" not in text]
    assert len(covering) >= 5
    for point in covering:
        charts.choose_point(point)
        charts.choose_detail("Ora")
        for day, hours in ((date(2024, 10, 27), 25), (date(2024, 3, 31), 23)):
            charts.choose_days(day)
            charts.expect_bars_as_tabled()
            labels = [row[1] for row in charts.rows()]
            assert len(labels) == hours == len(set(labels))
            assert ("02:00" in labels) is False
            assert ("02:00 (ora legale)" in labels and "02:00 (ora solare)" in labels) is (hours == 25)
    charts.choose_days(date(2024, 10, 27))
    picture(charts.page, "grafici-27-ottobre")


def test_a_holder_sees_a_point_from_the_day_it_took_it_over(portal, browser, municipality):
    charts = ChartPage(municipality.open(browser, portal).new_page()).open()
    charts.choose_point(next(text for text in charts.points() if "Palestra" in text))
    charts.choose_detail("Giorno")
    charts.choose_days(date(2025, 3, 1), date(2025, 4, 30))
    days = [row[0] for row in charts.rows()]
    assert days[0] == "01/04/2025" and len(days) == 30
    assert "Dati completi" in charts.page.locator(".portal-sentence").inner_text(), "nothing is owed before that day"


def test_logging_out_ends_the_page_and_its_kernel(portal, browser):
    page = browser.new_context(base_url=portal.address, locale="it-IT").new_page()
    login(page, "giulia.prima")
    ChartPage(page).open()
    kernel = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    assert page.request.get(f"/services/portale/api/kernels/{kernel}").status == 200
    page.get_by_role("link", name="Esci").click()
    page.wait_for_load_state()
    page.goto("/services/portale/grafici-avanzati")
    expect(page.get_by_role("button", name="Accedi")).to_be_visible()
    login(page, "giulia.prima")
    expect(page).to_have_url(f"{portal.address}/services/portale/inizio", timeout=30_000)
    assert page.request.get(f"/services/portale/api/kernels/{kernel}").status in (403, 404)
