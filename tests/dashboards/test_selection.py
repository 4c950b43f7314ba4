"""GRAFICI AVANZATI's controls and views, on real readings: what they show, and what hostile values get."""

import html
import logging
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import ipywidgets as widgets
import numpy as np
import pytest

from portal_lib.dashboards.bands import totals
from portal_lib.dashboards.selection import Selection
from portal_lib.dashboards.views import views
from tests.dashboards.conftest import BAKERY, HOUSE, NOBODYS, SHOP, WORKSHOP

VIEWS = list(views())
NOON = datetime(2025, 2, 1, 12, tzinfo=UTC)


def decimal(text):
    return Decimal(text.replace(".", "").replace(",", "."))


class Page:
    """The page as its notebook puts it together, and what a test looks at."""

    def __init__(self, door, query=""):
        self.selection = Selection(door, query, clock=lambda: NOON)
        self.controls = self.selection.controls
        self.totals, self.choice = self.selection.show(totals), self.selection.choice(views())
        row = self.controls.children[0].children
        self.points = self.selection._points
        self.first, self.last = (control for control in row if isinstance(control, widgets.DatePicker))
        self.presets, self.detail = row[-2:]
        self.views = self.choice.children[0].children[0]
        self.part = self.choice.children[1]

    @property
    def sentence(self):
        return html.unescape(self.controls.children[1].value)

    @property
    def address(self):
        return self.controls.children[2].value

    @property
    def total(self):
        return decimal(re.search(r'data-band="total".*?<strong[^>]*>([\d.,]+) kWh', self.totals.children[0].value)[1])

    def _found(self, kind):
        waiting, found = list(self.part.children), []
        while waiting:
            widget = waiting.pop(0)
            if kind(widget):
                found.append(widget)
            waiting = [*getattr(widget, "children", ()), *waiting]
        return found

    @property
    def figure(self):
        return self._found(lambda widget: hasattr(widget, "marks"))[0]

    @property
    def bars(self):
        return self.figure.marks[0]

    @property
    def summary(self):
        (said, *_) = self._found(lambda widget: "portale-sintesi" in widget._dom_classes)
        return html.unescape(re.sub("<[^>]*>", "", said.value))

    @property
    def table(self):
        return self._found(lambda widget: "portale-tabella" in widget._dom_classes)[0].value

    @property
    def rows(self):
        return [
            [html.unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", row)]
            for row in re.findall(r"<tr>(<td>.*?)</tr>", self.table)
        ]

    @property
    def empty(self):
        return not self.part.children and not self.totals.children

    def choose(self, first, last=None, detail=None):
        self.detail.value = detail or ""
        self.first.value, self.last.value = first, last or first
        return self

    def look_at(self, view):
        self.views.value = view
        return self


@pytest.fixture
def house(door):
    return Page(door("1"))


@pytest.fixture
def bakery(door):
    return Page(door("2"))


@pytest.fixture
def shop(door):
    return Page(door("3"))


@pytest.fixture
def english(monkeypatch):
    monkeypatch.setenv("PORTAL_LANGUAGE", "en")


def test_the_page_opens_on_the_last_month_that_has_readings(house):
    assert (house.first.value, house.last.value) == (date(2024, 9, 1), date(2024, 9, 30))
    assert len(house.bars.x) == 720
    assert house.total == Decimal("269.281") and "Ultimo giorno con letture: 30/09/2024" in house.sentence


@pytest.mark.parametrize(("detail", "count"), [("quarter_hour", 2880), ("hour", 720), ("day", 30), ("month", 1)])
def test_every_detail_sums_up_to_the_real_exports_total(house, detail, count):
    house.choose(date(2024, 9, 1), date(2024, 9, 30), detail)
    assert f"({count:,} righe)".replace(",", ".") in house.table
    if count <= 1500:
        kwh = 3 if detail in ("quarter_hour", "hour") else 1
        assert sum(decimal(row[kwh]) for row in house.rows) == Decimal("269.281")
        assert np.asarray(house.bars.y).sum() == pytest.approx(269.281, abs=1e-9)
    assert house.total == Decimal("269.281")


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 10, 27), 25), (date(2024, 3, 31), 23), (date(2024, 4, 1), 24)])
def test_days_have_the_hours_they_had(bakery, day, hours):
    bakery.choose(day, detail="hour")
    assert len(bakery.bars.x) == hours == len(bakery.rows)
    assert np.allclose(np.diff(bakery.bars.x), 1.0)


def test_the_october_day_names_both_two_o_clocks(bakery):
    bakery.choose(date(2024, 10, 27), detail="hour")
    labels = bakery.figure.axes[0].tick_labels.values()
    assert "02:00 leg." in labels or "02:00 sol." in labels
    hours = [row[1] for row in bakery.rows]
    assert hours[2:4] == ["02:00 (ora legale)", "02:00 (ora solare)"] and len(set(hours)) == 25
    bakery.look_at("mappa")
    assert "02 solare" in bakery.table


def test_hours_carry_the_band_by_colour_lane_and_letter(bakery):
    bakery.choose(date(2024, 4, 9), detail="hour")  # a Tuesday
    bands, (lanes,) = (
        bakery.bars.y,
        [one for one in bakery.figure.marks if one.scales["y"] is not bakery.bars.scales["y"]],
    )
    assert list(bakery.bars.colors) == list(lanes.colors) and len(set(lanes.colors)) == 3
    assert [int(np.flatnonzero(bands[:, hour])[0]) for hour in (3, 7, 12, 20, 23)] == [2, 1, 0, 1, 2]
    assert len(set(np.nanmax(lanes.y, axis=1))) == 3
    assert [bakery.rows[hour][2] for hour in (3, 7, 12)] == ["F3", "F2", "F1"]


def test_the_highest_interval_is_marked_and_told(bakery):
    bakery.choose(date(2024, 4, 9), detail="quarter_hour")
    marker = next(mark for mark in bakery.figure.marks if getattr(mark, "marker", "") == "triangle-down")
    assert marker.y.tolist() == [0.95] and "Picco: 0,950 kWh (3,80 kW) mar 9 apr 2024, 23:45" in bakery.summary


def test_what_the_tooltip_says_of_an_interval(bakery):
    from portal_lib.dashboards.curve import tip

    bakery.choose(date(2024, 10, 27), detail="hour")
    told = tip(bakery.selection.view().series, 3)
    assert told == "dom 27 ott 2024, 02:00 (ora solare) · 0,540 kWh · F3 · misurata"


def test_hovering_asks_for_places_that_there_are(bakery):
    bakery.choose(date(2024, 4, 9), detail="hour")
    for index, said in ((12, True), (24, False), (-1, False), ("x", False), (None, False)):
        bakery.bars.tooltip.value = ""
        bakery.bars._handle_custom_msgs(None, {"event": "hover", "data": {"index": index}})
        assert bool(bakery.bars.tooltip.value) is said


@pytest.mark.parametrize("view", VIEWS)
def test_a_gap_is_told_in_every_view(bakery, view):
    bakery.choose(date(2024, 6, 3), date(2024, 6, 30))
    assert "Completezza 96,4 %: 1 giorno senza letture" in bakery.sentence.replace("\xa0", " ")
    bakery.look_at(view)
    if view == "confronto":
        bakery.part.children[0].children[0].value = "before"
    if view == "reattiva":
        assert "non ci sono letture di energia reattiva" in bakery.part.children[0].children[1].value
    elif view == "forniture":
        assert bakery.rows[0][-2] == "27 / 28"
    else:
        assert "Completezza 96,4" in bakery.summary


def test_estimated_and_corrected_days_are_marked_and_told(shop):
    shop.choose(date(2024, 5, 1), date(2024, 5, 31))
    assert "2 giorni con valori stimati, 1 giorno con valori rettificati" in shop.sentence
    how = {row[0]: row[-1] for row in shop.choose(date(2024, 5, 1), date(2024, 5, 31), "day").rows}
    assert how["07/05/2024"] == "stimata" and how["09/05/2024"] == "misurata, rettificata"
    assert how["10/05/2024"] == "misurata" and how["12/05/2024"] == "misurata, in parte mancante"


def test_several_points_are_added_up_and_one_can_be_picked_out(shop):
    assert shop.points.everything and len(shop.points.chosen) == 2
    both = shop.choose(date(2024, 5, 1), date(2024, 5, 31)).total
    shop.points.list.value = (SHOP,)
    one = shop.total
    shop.points.list.value = (WORKSHOP,)
    assert one + shop.total == both and shop.points.group.value == "centre:Officina"
    shop.points.group.value = "all"
    assert shop.total == both and "tutti" in shop.address
    shop.points.group.value = "order:ORD-1"
    assert shop.points.chosen == (SHOP,) and shop.total == one


def test_points_are_found_by_any_of_their_words_and_chosen_ones_stay_in_the_list(shop):
    shop.points.list.value = (SHOP,)
    for typed, found in (("officina", WORKSHOP), ("VIA ROMA", WORKSHOP), (WORKSHOP[-4:], WORKSHOP), ("xyz", None)):
        shop.points.search.value = typed
        listed = [pod for _, pod in shop.points.list.options]
        assert SHOP in listed and (WORKSHOP in listed) is (found is not None), typed
        assert shop.points.chosen == (SHOP,)


def test_the_share_of_a_point_is_that_of_the_days_on_which_it_was_held(door):
    after = Page(door("4")).choose(date(2024, 5, 1), date(2024, 5, 31), "day")
    before = Page(door("3"))
    before.points.list.value = (WORKSHOP,)
    before.choose(date(2024, 5, 1), date(2024, 5, 31), "day")
    days = [[row[0] for row in page.rows] for page in (before, after)]
    assert days[0][-1] == "19/05/2024" and days[1][0] == "20/05/2024"
    assert len(days[0]) + len(days[1]) == 31 and not set(days[0]) & set(days[1])


def test_a_range_without_readings_gets_a_sentence(bakery):
    bakery.choose(date(2024, 12, 24))
    assert "Nessuna lettura" in bakery.sentence and bakery.empty
    assert "Ce ne sono dal 31/03/2024 al 25/11/2024" in bakery.sentence


def test_days_before_the_point_was_held_stay_hidden(bakery):
    bakery.choose(date(2024, 3, 1), date(2024, 3, 30))
    assert "Nessuna lettura" in bakery.sentence and bakery.empty


def test_a_missing_date_gets_a_sentence(bakery):
    bakery.first.value = None
    assert "tutte e due le date" in bakery.sentence and bakery.empty


def test_presets_count_from_the_last_day_with_readings(bakery):
    for label, first, last in (
        ("Ultimo giorno", date(2024, 11, 25), date(2024, 11, 25)),
        ("Ultima settimana", date(2024, 11, 18), date(2024, 11, 24)),
        ("Ultimo mese", date(2024, 10, 1), date(2024, 10, 31)),
        ("← Precedente", date(2024, 9, 1), date(2024, 9, 30)),
        ("Successivo →", date(2024, 10, 1), date(2024, 10, 31)),
        ("Un anno prima", date(2023, 10, 1), date(2023, 10, 31)),
        ("Ultimo anno", date(2024, 1, 1), date(2024, 12, 31)),
    ):
        bakery.presets.label = label
        assert bakery.presets.value is None, "ready to be pressed again"
        assert (bakery.first.value, bakery.last.value) == (first, last), label


def test_zooming_moves_the_page_to_the_days_marked_and_back(bakery):
    bakery.choose(date(2024, 4, 1), date(2024, 4, 30), "hour")
    toggle = bakery._found(lambda widget: isinstance(widget, widgets.ToggleButton))[0]
    toggle.value = True
    brush = bakery.figure.interaction
    brush.brushing = True
    brush.selected = np.array([24.0 * 9, 24.0 * 11 - 1])
    brush.brushing = False
    assert (bakery.first.value, bakery.last.value) == (date(2024, 4, 10), date(2024, 4, 11))
    (back,) = bakery._found(lambda one: isinstance(one, widgets.Button) and one.description == "Torna indietro")
    back.click()
    assert (bakery.first.value, bakery.last.value) == (date(2024, 4, 1), date(2024, 4, 30))


def test_a_long_range_is_reduced_for_the_screen_and_nowhere_else(bakery):
    bakery.choose(date(2024, 4, 1), date(2024, 8, 31), "quarter_hour")
    drawn = bakery.bars
    assert len(drawn.x) < 3000 and "minimo e massimo" in bakery.summary
    assert "(14.688 righe)" in bakery.table and len(bakery.rows) == 1500
    of = bakery.selection.view().series
    assert np.nanmax(drawn.y) == np.nanmax(of.kwh) and np.nanmin(drawn.y) == np.nanmin(of.kwh)
    by_day = bakery.choose(date(2024, 4, 1), date(2024, 8, 31), "day")
    assert sum(decimal(row[1]) for row in by_day.rows if row[1] != "–") == bakery.total
    assert float(bakery.total) == pytest.approx(np.nansum(of.kwh))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2024, 4, 9), date(2024, 4, 9)),
        (date(2024, 3, 31), date(2024, 3, 31)),
        (date(2024, 10, 27), date(2024, 10, 27)),
        (date(2024, 3, 31), date(2024, 11, 25)),
        (date(2024, 6, 15), date(2024, 6, 16)),
    ],
)
def test_every_view_draws_every_kind_of_range_with_a_summary_and_a_table(bakery, caplog, view, first, last):
    with caplog.at_level(logging.WARNING):
        bakery.choose(first, last).look_at(view)
    assert bakery.part.children and not caplog.records, bakery.sentence
    if view != "reattiva" and view != "confronto":
        assert bakery.summary and bakery.rows and bakery.figure


def test_the_address_keeps_the_choice(bakery, door):
    bakery.choose(date(2024, 4, 9), date(2024, 4, 10), "hour").look_at("mappa")
    assert bakery.address == "punti=tutti&da=2024-04-09&a=2024-04-10&passo=ora&vista=mappa"
    again = Page(door("2"), bakery.address)
    assert (again.first.value, again.last.value, again.detail.value) == (date(2024, 4, 9), date(2024, 4, 10), "hour")
    assert again.views.value == "mappa" and again.rows == bakery.rows and again.address == bakery.address


def test_names_that_are_not_the_pages_own_are_not_looked_at(door):
    page = Page(door("2"), "template=classic&PORTAL_VISITOR=x&codes=1&utm_source=mail&vista=mappa")
    assert page.views.value == "mappa" and page.part.children and HOUSE not in page.sentence


def test_an_address_may_name_points(door):
    page = Page(door("3"), f"punti={WORKSHOP.lower()}&da=2024-05-01&a=2024-05-02")
    assert page.points.chosen == (WORKSHOP,) and len(page.rows) == 192
    assert page.address == f"punti={WORKSHOP}&da=2024-05-01&a=2024-05-02&vista=curva"


@pytest.mark.parametrize(
    "query",
    [
        f"punti={BAKERY}",
        "punti=IT999E99999999",
        f"punti={HOUSE},{BAKERY}",
        "punti=' or 1=1 --",
        "punti=",
        "da=1026-01-01&a=2026-01-01",
        "da=0001-01-01&a=9999-12-31",
        "da=2024-09-02&a=2024-09-01",
        "da=1990-01-01&a=2025-01-01",
        "da=2024-09-02",
        "da=20240902&a=20240903",
        "passo=secondo",
        "pagina=-1",
        "vista=<script>",
        "punti=tutti&punti=tutti",
        "x=" + "9" * 3000,
    ],
)
def test_an_address_that_the_page_never_offered_is_refused_logged_and_shows_nothing(door, caplog, query):
    with caplog.at_level(logging.WARNING):
        page = Page(door("1"), query)
    assert page.empty and "kWh" not in page.sentence and len(page.sentence) > 40
    assert "<script>" not in page.controls.children[1].value
    assert any("An address was refused" in record.getMessage() for record in caplog.records)
    page.detail.value = "day"
    assert page.total == Decimal("269.281"), "and the controls work"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2024, 10, 2), date(2024, 10, 1)),
        (date(1, 1, 1), date(9999, 12, 31)),
        (date(9999, 12, 31),) * 2,
        (date(1026, 1, 1), date(2026, 1, 1)),
        (date(1991, 1, 1), date(2025, 12, 31)),
    ],
)
def test_days_that_make_no_range_get_a_sentence_and_no_data(bakery, caplog, first, last):
    with caplog.at_level(logging.WARNING):
        bakery.choose(first, last)
    assert "<p" in bakery.sentence and "riferimento" not in bakery.sentence and bakery.empty
    assert any("Not shown" in record.getMessage() for record in caplog.records)
    for name in ("day", "year_before", "before", "after", "<b>"):
        bakery.presets.value = name if name != "<b>" else None


@pytest.mark.parametrize("pod", [BAKERY, NOBODYS, "IT999E99999999", "' or 1=1 --", None])
def test_a_point_that_the_page_never_offered_is_refused(house, pod):
    house.points._quiet = True
    house.points.list.options = [("x", pod)]
    house.points._quiet = False
    house.points.list.value = (pod,)
    assert house.empty and "kWh" not in house.sentence and "fra le tue" in house.sentence


def test_comparing_with_a_point_of_another_is_refused(bakery, caplog):
    bakery.choose(date(2024, 4, 9)).look_at("confronto")
    chooser = bakery.part.children[0].children[0]
    chooser.options = [("x", HOUSE)]
    with caplog.at_level(logging.WARNING):
        chooser.value = HOUSE
    told = bakery.part.children[1].children
    assert len(told) == 1 and "fra le tue" in told[0].value
    assert any("Not compared" in record.getMessage() for record in caplog.records)


def test_a_range_beside_the_one_before_it(bakery):
    bakery.choose(date(2024, 10, 27), date(2024, 10, 27)).look_at("confronto")
    chooser = bakery.part.children[0].children[0]
    chooser.value = "before"
    rows = bakery.rows
    assert len(rows) == 25
    by_hour = {row[0].split(" ", 1)[1]: row for row in rows}
    # The bakery's quarter hours rise by 10 Wh each: 0, 10, 20 …
    assert by_hour["02 solare"][2:5] == ["0,540", "–", "–"]
    assert by_hour["12"][2:5] == [f"{sum(range(52, 56)) / 100:.3f}".replace(".", ","), "1,980", "+0,160"]
    assert "Nei 1 giorni con letture in entrambi (di 1)" in bakery.summary


def test_reactive_energy_is_held_against_its_thresholds(shop):
    shop.points.list.value = (SHOP,)
    shop.choose(date(2024, 5, 10), date(2024, 5, 20)).look_at("reattiva")
    assert {row[0] for row in shop.rows} == {"mag 2024"} and len(shop.rows) == 3
    for _, band, kwh, kvarh, _share, cos, third, rest, days in shop.rows:
        active, drawn = decimal(kwh), decimal(kvarh)
        assert days == "31 / 31"
        assert float(decimal(cos)) == pytest.approx(float(active) / float(active**2 + drawn**2) ** 0.5, abs=6e-4)
        if band == "F3":
            assert (third, rest) == ("0,000", "0,000")
        else:
            charged = max(Decimal(), min(drawn, Decimal("0.75") * active) - Decimal("0.33") * active)
            assert abs(decimal(third) - charged) <= Decimal("0.002")
    assert "cos φ più basso" in shop.summary


def test_links_lead_to_files_of_exactly_what_is_shown(shop):
    shop.points.list.value = (SHOP,)
    shop.choose(date(2024, 5, 1), date(2024, 5, 31), "day")
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*)"', shop.table)]
    assert links[0] == (
        f"export/letture.csv?punti={SHOP}&da=2024-05-01&a=2024-06-01&passo=giorno&grandezza=Ea&formato=it"
    )
    assert [link.split("?")[0].split(".")[-1] for link in links] == ["csv", "csv", "xlsx", "json"]


def test_an_unforeseen_failure_gives_a_reference_and_no_traceback(house, monkeypatch):
    monkeypatch.setattr("portal_lib.visitor.Door.load", lambda *_, **__: 1 / 0)
    house.choose(date(2024, 9, 2))
    assert "riferimento" in house.sentence and "ZeroDivision" not in house.sentence and house.empty


def test_a_visitor_without_supply_points_is_told_so(door):
    page = Page(door("9"))
    assert "non è collegata alcuna fornitura" in page.sentence
    for _, name in page.presets.options:
        page.presets.value = name


def test_the_page_speaks_english_where_it_is_asked_to(english, door):
    page = Page(door("2")).choose(date(2024, 10, 27), detail="hour")
    assert "From 27 Oct 2024 to 27 Oct 2024. Data complete." in page.sentence
    assert page.rows[3][:4] == ["27 Oct 2024", "02:00 (winter time)", "F3", "0.540"]
    for view in VIEWS:
        page.look_at(view)
        shown = " ".join(
            re.sub("<[^>]*>", " ", widget.value) for widget in page._found(lambda one: isinstance(one, widgets.HTML))
        )
        assert not re.search(r"\b(giorno|giorni|ora|letture|Completezza|misurata|mese|anche|della|sopra)\b", shown), (
            view
        )


def test_drawing_again_leaves_no_widgets_behind(bakery):
    def alive():
        return len(widgets.widget._instances)

    days = [date(2024, 4, 1) + timedelta(days=n) for n in range(6)]
    bakery.choose(days[0])
    for view in VIEWS:
        bakery.look_at(view)
    bakery.look_at("curva")
    before = alive()
    for day in days:
        bakery.choose(day)
        for view in VIEWS:
            bakery.look_at(view)
        bakery.look_at("curva")
    assert alive() <= before + 5


def test_a_heat_map_never_paints_what_is_missing_in_the_colour_of_a_reading(bakery):
    bakery.choose(date(2024, 6, 14), date(2024, 6, 16)).look_at("mappa")
    scale, painted = bakery.bars.scales["color"], bakery.bars.color
    step = (scale.max - scale.min) / (len(scale.colors) - 1)
    assert painted[:, 1] == pytest.approx(np.full(24, scale.min + step))
    assert painted[:, 0].min() >= scale.min + 2 * step - 1e-9
    bakery.choose(date(2024, 3, 31), date(2024, 4, 1))
    assert bakery.bars.color[2, 0] == pytest.approx(bakery.bars.scales["color"].min), "an hour that never was"


def test_hours_are_compared_with_the_same_weekday_a_year_before(bakery):
    bakery.choose(date(2025, 3, 31), date(2025, 4, 1)).look_at("confronto")
    assert "Nessuna lettura" in bakery.sentence
    bakery.choose(date(2024, 11, 18), date(2024, 11, 24)).look_at("confronto")
    (said,) = bakery.part.children[1].children
    assert "20/11/2023–26/11/2023" in said.value, "a Monday to a Sunday, both times"
