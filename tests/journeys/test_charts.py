"""GRAFICI AVANZATI in a browser: its views' numbers against the store, in any time zone, by mouse and by address."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from portal_lib.dashboards.views import views
from tests.journeys.accessibility import SIZES, violations
from tests.journeys.chart_page import ChartPage

VIEW_NAMES = {said.it: name for name, (said, _) in views().items()}
SCHOOL, LIBRARY, GYM = "IT999E00000202", "IT999E00000205", "IT999E00000206"


def decimal(text):
    return Decimal(text.replace(".", "").replace(",", "."))


def opened(context, pods, first, last, **more):
    page = context.new_page()
    query = "&".join(f"{name}={value}" for name, value in more.items())
    page.goto(f"/services/portale/grafici-avanzati?punti={pods}&da={first}&a={last}&{query}")
    expect(page.locator(".portale-parte svg").first).to_be_attached(timeout=60_000)
    return ChartPage(page)


def exported(charts, pods, first, until, step):
    """What the portal's own export says: days half-open, ISO."""
    address = f"/services/portale/export/letture.csv?punti={pods}&da={first}&a={until}&passo={step}&formato=iso"
    reply = charts.page.request.get(address)
    assert reply.ok, reply.text()
    return list(csv.reader(io.StringIO(reply.text().lstrip("\ufeff"))))


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/Los_Angeles", "Asia/Tokyo"])
def test_every_browser_sees_the_same_hours_of_the_day_of_25(portal, browser, municipality, zone):
    context = browser.new_context(
        storage_state=municipality.session, base_url=portal.address, locale="en-US", timezone_id=zone
    )
    charts = opened(context, SCHOOL, "2024-10-27", "2024-10-27", passo="ora")
    charts.expect_bars(25)
    rows = charts.rows()
    assert [row[1] for row in rows[1:5]] == ["01:00", "02:00 (ora legale)", "02:00 (ora solare)", "03:00"]
    assert sum(decimal(row[3]) for row in rows) == charts.total()
    labels = charts.page.locator(".portal-chart .axis text").all_text_contents()
    assert "00:00" in labels and any(label in labels for label in ("02:00 leg.", "02:00 sol."))


def test_the_chart_says_what_its_export_says(portal, browser, municipality):
    charts = opened(municipality.open(browser, portal), SCHOOL, "2024-11-18", "2024-11-24", passo="ora")
    charts.expect_bars(168)
    body = exported(charts, SCHOOL, "2024-11-18", "2024-11-25", "ora")
    column = next(place for place, name in enumerate(body[0]) if "kwh" in name.lower())
    assert [decimal(row[3]) for row in charts.rows()] == [Decimal(row[column]) for row in body[1:]]


def test_estimated_days_are_told_by_chart_table_and_summary(portal, browser, municipality, picture):
    charts = opened(municipality.open(browser, portal), SCHOOL, "2024-11-18", "2024-11-21", passo="ora")
    charts.expect_bars(96)
    assert [row[4] for row in charts.rows()[20:28]] == ["misurata"] * 4 + ["stimata"] * 4
    assert "2 giorni con valori stimati" in charts.summary()
    charts.point_at(34, of=96)
    expect(charts.page.locator(".bqplot_tooltip_div")).to_contain_text("mar 19 nov 2024, 10:00", timeout=10_000)
    expect(charts.page.locator(".bqplot_tooltip_div")).to_contain_text("stimata")
    charts.point_at(36, of=96, height=0.22)  # on the bar itself
    expect(charts.page.locator(".bqplot_tooltip_div")).to_contain_text("mar 19 nov 2024, 12:00", timeout=10_000)
    picture(charts.page, "grafici-giorni-stimati")


def test_a_long_line_tells_the_pointer_of_the_column_under_it(portal, browser, municipality, picture):
    charts = opened(municipality.open(browser, portal), SCHOOL, "2024-11-01", "2024-11-30", passo="quarto")
    charts.point_at(20, of=40)  # the sixteenth of November begins
    told = charts.page.locator(".bqplot_tooltip_div")
    expect(told).to_contain_text(re.compile(r"Massimo di \d+ intervalli: (ven 15|sab 16) nov 2024"), timeout=10_000)
    expect(told).to_contain_text(re.compile(r"kWh · F[123] · misurata · minimo [\d,]+ kWh"))
    expect(charts.page.locator(".bars-pointed")).to_be_visible()
    picture(charts.page, "grafici-linea-puntata")


def test_other_days_are_drawn_into_the_same_chart_and_an_open_table_stays_open(portal, browser, municipality):
    charts = opened(municipality.open(browser, portal), SCHOOL, "2024-11-18", "2024-11-24", passo="ora")
    page = charts.page
    page.locator(".portal-twin summary").first.press("Enter")
    page.locator(".portal-chart").first.evaluate("chart => chart.dataset.kept = 'yes'")
    page.get_by_role("button", name="Successivo →").click()
    expect(page.locator(".portal-sentence")).to_contain_text("Dal 25/11/2024 al 01/12/2024", timeout=20_000)
    expect(page).to_have_url(re.compile("da=2024-11-25&a=2024-12-01"), timeout=20_000)
    assert len(charts.rows()) == 168 and charts.rows()[0][0] == "25/11/2024"
    charts.expect_bars_as_tabled()
    expect(page.locator(".portal-chart[data-kept=yes]")).to_have_count(1)
    expect(page.locator(".portal-twin").first).to_have_attribute("open", "")
    assert "25/11/2024–01/12/2024" in charts.summary()
    expect(page.get_by_role("button", name="Successivo →")).not_to_have_class(re.compile("mod-active"))
    body = exported(charts, SCHOOL, "2024-11-25", "2024-12-02", "ora")
    column = next(place for place, name in enumerate(body[0]) if "kwh" in name.lower())
    assert [decimal(row[3]) for row in charts.rows()] == [Decimal(row[column]) for row in body[1:]]


#: What each of the page's charts is made of, but names that are given anew each time, and in which order it came.
_DRAWING = """
() => [...document.querySelectorAll(".portale-parte .bqplot.figure > svg.svg-figure")].map(svg =>
  svg.outerHTML.replace(/ (id|clip-path|aria-\\w+)="[^"]*"/g, "").replaceAll("tick short", "tick")
    .replace(/(<line[^>]*) style="[^"]*"/g, "$1")
    .replace(/tooltip_[\\w-]+/g, "").replaceAll("><", ">\\n<").split("\\n").sort().join("\\n"))
"""


def test_a_chart_that_was_changed_looks_like_one_that_was_opened(portal, browser, municipality):
    """Whatever was on the page before, nothing of it is left in the drawing."""
    context = municipality.open(browser, portal)
    clicked = opened(context, SCHOOL, "2024-11-01", "2024-11-30").page
    names = [said.it for _, (said, _) in views().items()]
    names += [
        "Durata",
        "Mappa oraria",
        "Curva di carico",
        "Giorno",
        "Mese",
        "Quarto d'ora",
        "Automatico",
        "Ultimo giorno",
    ]
    for name in [*names, "Ultima settimana", "Fasce", "← Precedente"]:
        address = clicked.url
        clicked.get_by_role("button", name=name, exact=True).click()
        if name != "Curva di carico" or "vista=curva" not in address:
            clicked.wait_for_function("before => location.href !== before", arg=address, timeout=20_000)
        clicked.wait_for_timeout(500)  # a relayout is a frame away
        afresh = context.new_page()
        afresh.goto(clicked.url)
        expect(afresh.locator("body.portal-drawn")).to_be_attached(timeout=60_000)
        afresh.wait_for_timeout(500)
        assert clicked.evaluate(_DRAWING) == afresh.evaluate(_DRAWING), name
        afresh.close()


def test_a_gap_is_told_in_every_view(portal, browser, municipality, picture):
    charts = opened(municipality.open(browser, portal), LIBRARY, "2025-02-01", "2025-02-28")
    for name in ("Curva di carico", "Mappa oraria", "Giorno tipo", "Fasce", "Durata", "Potenza"):
        charts.choose_view(name)
        heading = {"Durata": "Curva di durata", "Potenza": "Potenza e carico di base"}.get(name, name)
        expect(charts.page.locator(".portale-parte h2").first).to_have_text(heading, timeout=20_000)
        assert "2 giorni senza letture" in charts.summary(), name
        picture(charts.page, f"grafici-{name.lower().replace(' ', '-')}")


def test_a_point_is_shown_from_the_day_on_which_it_was_taken_over(portal, browser, municipality):
    charts = opened(municipality.open(browser, portal), GYM, "2025-03-01", "2025-04-30", passo="giorno")
    days = [row[0] for row in charts.rows()]
    assert days[0] == "01/04/2025" and len(days) == 30


def test_days_marked_with_the_mouse_become_the_range_and_a_button_leads_back(portal, browser, municipality):
    charts = opened(municipality.open(browser, portal), SCHOOL, "2024-11-18", "2024-11-24", passo="ora")
    page = charts.page
    page.get_by_role("button", name="Ingrandisci col mouse").click()
    expect(page.locator(".portal-chart .selector, .portal-chart .overlay").first).to_be_attached(timeout=10_000)
    chart = page.locator(".portal-chart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 150, steps=4)
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 150, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("da=2024-11-20&a=2024-11-2[12]"), timeout=20_000)
    page.get_by_role("button", name="Torna indietro").click()
    expect(page).to_have_url(re.compile("da=2024-11-18&a=2024-11-24"), timeout=20_000)


@pytest.mark.parametrize(
    "query",
    ["punti=IT999E00000301", "punti=tutti&da=1026-01-01&a=2026-01-01", "da=2025-03-31&a=2025-03-01", "pagina=-1"],
)
def test_an_address_that_was_never_offered_shows_a_sentence_and_no_reading(portal, browser, municipality, query):
    page = municipality.open(browser, portal).new_page()
    page.goto(f"/services/portale/grafici-avanzati?{query}")
    sentence = page.locator(".portal-sentence [role=status]")
    expect(sentence).to_have_text(re.compile("non risulta|vanno dal|viene dopo|non è valido"), timeout=60_000)
    assert page.locator(".portale-parte").count() == 0 and "kWh" not in page.locator("main").inner_text()
    page.get_by_role("button", name="Ultimo mese").click()
    expect(page.locator(".portale-parte").first).to_be_visible(timeout=20_000)


def test_the_months_of_a_meter_without_curves_stand_in_the_same_page(portal, browser, hospital, picture):
    charts = opened(hospital.open(browser, portal), "tutti", date(2025, 1, 1), date(2025, 6, 30))
    headings = charts.page.locator(".portale-parte h2")
    expect(headings).to_have_text(["Curva di carico", "Consumi mensili dei contatori non orari"], timeout=20_000)
    picture(charts.page, "grafici-mesi")


@pytest.mark.parametrize("size", SIZES, ids=list(SIZES))
def test_no_view_breaks_a_rule_of_accessibility_with_its_table_open(portal, browser, municipality, size):
    width, height = SIZES[size]
    context = municipality.open(browser, portal, viewport={"width": width, "height": height})
    charts = opened(context, "tutti", "2025-02-01", "2025-02-28")
    for name in charts.views():
        charts.choose_view(name)
        expect(charts.page).to_have_url(re.compile(rf"vista={VIEW_NAMES[name]}$"), timeout=20_000)
        charts.page.locator(".portal-twin summary").first.press("Enter")
        assert charts.page.locator(".portale-sintesi").first.inner_text(), name
        assert violations(charts.page) == [], name
