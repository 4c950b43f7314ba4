"""Points whose meters send no curve, on the chart page: months instead of an empty chart, and beside the curves."""

import re
import shutil
from datetime import date

import pytest

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.customers.points import point_ids
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import register_reading
from portal_lib.visitor import Door, Visitor
from tests.dashboards.conftest import HOUSE, NOBODYS
from tests.dashboards.test_selection import Page, decimal

READINGS = {date(2024, 9, 30): 0, date(2024, 10, 31): 1000, date(2024, 11, 30): 3500, date(2024, 12, 31): 50}


@pytest.fixture
def page_of(data_url, tmp_path):
    def opened(*bands):
        copy = tmp_path / "data.sqlite"
        shutil.copyfile(db.sqlite_file(data_url) or "", copy)
        engine = db.open_engine(f"sqlite:///{copy}")
        with engine.begin() as connection:
            point = point_ids(connection, [NOBODYS])[NOBODYS]
            connection.execute(
                customers.holder.insert().values(point_id=point, first_day=date(2024, 10, 1), customer_code="1")
            )
            for band in bands:
                for day, value in READINGS.items():
                    connection.execute(
                        register_reading.insert().values(
                            point_id=point, day=day_number(day), kind="register", magnitude="Ea", band=band,
                            value=value * 1000, flags=DayFlag.ESTIMATED if day.month == 11 else 0, file_id=1,
                        )
                    )  # fmt: skip
        page = Page(Door(engine, Visitor("tester", frozenset({"1"}))))
        page.points.list.value = (NOBODYS,)
        return page

    return opened


def test_months_stand_where_the_curve_would(page_of):
    page = page_of("F1", "F2", "F3")
    assert "1 fornitura senza curva oraria" in page.summary and "2 mesi con letture stimate" in page.summary
    assert page.last.value == date(2024, 12, 31) and page.total == decimal("10.500,000")
    assert page.bars.y.tolist() == [[1000.0, 2500.0, 0.0]] * 3
    assert page.rows[0][:4] == ["ott 2024", "01/10/2024", "31/10/2024", "1.000,000"]
    assert page.rows[1][-2:] == ["7.500,000", "stimato"] and "contatore sostituito o azzerato" in page.rows[2][-1]


def test_a_meter_without_bands_has_no_bands_on_the_page(page_of):
    page = page_of("F0")
    cards = page.totals.children[0].value
    assert "senza fasce" in cards and 'data-band="F1"' not in cards
    assert len(page.bars.colors) == 1 and "F1" not in page.table


def test_views_of_hours_say_why_they_are_empty(page_of):
    page = page_of("F1", "F2", "F3")
    for view in ("mappa", "giornotipo", "fasce", "durata", "potenza", "reattiva", "confronto"):
        page.look_at(view)
        assert "non inviano curve orarie" in page.part.children[0].children[0].value, view
    assert page.look_at("forniture").rows[0][1] == "10.500,000"


def test_months_and_curves_stand_in_one_page(page_of):
    page = page_of("F1", "F2", "F3")
    page.choose(date(2024, 9, 1), date(2024, 11, 30))
    page.points.list.value = (HOUSE, NOBODYS)
    assert page.total == decimal("269,281") + decimal("10.500,000")
    headings = re.findall("<h2>(.*?)</h2>", " ".join(box.children[0].value for box in page.part.children))
    assert headings == ["Curva di carico", "Consumi mensili dei contatori non orari"]
