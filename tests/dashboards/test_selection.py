"""GRAFICI AVANZATI's controls and parts, on real readings: what they show, and what hostile values get."""

import re
from datetime import date, timedelta

import ipywidgets as widgets
import numpy as np
import pytest

from portal_lib.dashboards.bands import totals
from portal_lib.dashboards.chart import chart
from portal_lib.dashboards.selection import Selection
from portal_lib.dashboards.table import table
from tests.dashboards.conftest import BAKERY, HOUSE, NOBODYS


class Page:
    """The page as its notebook puts it together, and what a test looks at."""

    def __init__(self, door):
        self.selection = Selection(door)
        self.controls = self.selection.controls
        self.totals, self.chart, self.table = (self.selection.show(part) for part in (totals, chart, table))
        row = self.controls.children[0]
        self.point, self.first, self.last, self.detail = row.children

    @property
    def sentence(self):
        return self.controls.children[1].value

    @property
    def bars(self):
        return self.chart.children[0].marks[0]

    @property
    def rows(self):
        return re.findall(r"<tr><td>(.*?)</td></tr>", self.table.children[0].value)

    def choose(self, first, last=None, detail="hour"):
        self.detail.value = detail
        self.first.value, self.last.value = first, last or first
        return self


@pytest.fixture
def house(door):
    return Page(door("1"))


@pytest.fixture
def bakery(door):
    return Page(door("2"))


def test_the_page_opens_on_the_last_month_that_has_readings(house):
    assert (house.first.value, house.last.value) == (date(2024, 9, 1), date(2024, 9, 30))
    assert len(house.bars.x) == 720


def test_the_real_export_shows_its_total(house):
    assert "269,281 kWh" in house.totals.children[0].value


@pytest.mark.parametrize(("detail", "count"), [("quarter_hour", 2880), ("hour", 720), ("day", 30)])
def test_every_detail_shows_every_interval_and_the_same_energy(house, detail, count):
    house.choose(date(2024, 9, 1), date(2024, 9, 30), detail)
    assert np.asarray(house.bars.x).shape == (count,)
    assert np.asarray(house.bars.y).sum() == pytest.approx(269.281, abs=1e-9)


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 10, 27), 25), (date(2024, 3, 31), 23), (date(2024, 4, 1), 24)])
def test_days_have_the_hours_they_had(bakery, day, hours):
    bakery.choose(day)
    assert len(bakery.bars.x) == hours == len(bakery.rows)
    assert np.allclose(np.diff(bakery.bars.x), 1.0)


def test_the_axis_of_the_october_day_names_both_two_o_clocks(bakery):
    bakery.choose(date(2024, 10, 27))
    labels = bakery.chart.children[0].axes[0].tick_labels
    assert "02:00 leg." in labels.values() or "02:00 sol." in labels.values()
    texts = " ".join(bakery.rows)
    assert "02:00 (ora legale)" in texts and "02:00 (ora solare)" in texts


def test_hours_carry_the_colour_of_their_band(bakery):
    bakery.choose(date(2024, 4, 9))  # a Tuesday
    colours = list(bakery.bars.colors)
    assert colours[3] == colours[23] != colours[7] == colours[20] != colours[12]


def test_a_day_without_readings_is_said_to_be_missing(bakery):
    bakery.choose(date(2024, 6, 14), date(2024, 6, 16))
    assert "2 giorni con letture, 1 senza letture" in bakery.sentence


def test_a_range_without_readings_gets_a_sentence(bakery):
    bakery.choose(date(2030, 1, 1))
    assert "Nessuna lettura" in bakery.sentence and not bakery.chart.children
    assert "Ce ne sono dal 31/03/2024 al 25/11/2024" in bakery.sentence


def test_days_before_the_point_was_held_stay_hidden(bakery):
    bakery.choose(date(2024, 3, 1), date(2024, 3, 30))
    assert "Nessuna lettura" in bakery.sentence


def test_a_range_too_long_for_its_detail_gets_a_sentence_and_less_detail_shows_it(bakery):
    first, last = date(2024, 4, 1), date(2024, 8, 31)
    assert "troppo lungo" in bakery.choose(first, last, "quarter_hour").sentence
    assert len(bakery.choose(first, last, "day").bars.x) == 152


def test_a_missing_date_gets_a_sentence(bakery):
    bakery.first.value = None
    assert "tutte e due le date" in bakery.sentence


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2024, 10, 2), date(2024, 10, 1)), (date(1, 1, 1), date(9999, 12, 31)), (date(9999, 12, 31),) * 2],
)
def test_days_that_make_no_range_get_a_sentence_and_no_data(bakery, first, last):
    bakery.choose(first, last)
    assert "<p" in bakery.sentence and "Traceback" not in bakery.sentence
    assert not bakery.chart.children


@pytest.mark.parametrize("pod", [BAKERY, NOBODYS, "IT999E99999999", "' or 1=1 --", None])
def test_a_point_that_the_page_never_offered_is_refused(house, pod):
    house.point.options = [("x", pod)]
    house.point.value = pod
    assert not house.chart.children and not house.totals.children
    assert HOUSE not in house.sentence and "kWh" not in house.sentence


def test_an_unforeseen_failure_gives_a_reference_and_no_traceback(house, monkeypatch):
    monkeypatch.setattr("portal_lib.visitor.Door.readings", lambda *_: 1 / 0)
    house.choose(date(2024, 9, 2))
    assert "riferimento" in house.sentence and "ZeroDivision" not in house.sentence


def test_a_visitor_without_supply_points_is_told_so(door):
    assert "non è collegata alcuna fornitura" in Page(door("9")).sentence


def test_long_tables_point_to_the_file(house):
    house.choose(date(2024, 9, 1), date(2024, 9, 30), "quarter_hour")
    assert len(house.rows) == 1500 and "Altre 1.380 righe sono nel file CSV" in house.table.children[0].value


def test_parts_are_widgets(house):
    assert all(isinstance(part, widgets.Widget) for part in (house.totals, house.chart, house.table))


def test_choosing_another_range_changes_every_part(bakery):
    before = bakery.totals.children[0].value
    bakery.choose(date(2024, 4, 9), date(2024, 4, 9) + timedelta(days=1))
    assert bakery.totals.children[0].value != before
    assert len(bakery.rows) == 48
