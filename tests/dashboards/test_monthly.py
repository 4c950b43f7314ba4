"""A point whose meter sends no curve, on the chart page: months instead of an empty chart."""

import shutil
from datetime import date
from pathlib import Path

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.customers.points import point_ids
from portal_lib.dashboards.bands import totals
from portal_lib.dashboards.chart import chart
from portal_lib.dashboards.selection import Selection
from portal_lib.dashboards.table import table
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import register_reading
from portal_lib.visitor import Door, Visitor
from tests.dashboards.conftest import NOBODYS

READINGS = {date(2024, 9, 30): 0, date(2024, 10, 31): 1000, date(2024, 11, 30): 3500, date(2024, 12, 31): 50}


def page_of(data_url: str, folder: Path, bands: tuple[str, ...]) -> tuple[str, Selection, list[object]]:
    copy = folder / "data.sqlite"
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
    selection = Selection(Door(engine, Visitor("tester", frozenset({"1"}))))
    selection._point.value = NOBODYS
    parts: list[object] = [selection.show(part) for part in (totals, chart, table)]
    return selection._sentence.value, selection, parts


def test_months_stand_where_the_curve_would(data_url: str, tmp_path: Path) -> None:
    sentence, selection, (cards, figure, rows) = page_of(data_url, tmp_path, ("F1", "F2", "F3"))
    assert "non invia curve orarie" in sentence
    assert selection._last.value == date(2024, 12, 31)
    assert "10.500,000 kWh" in cards.children[0].value  # type: ignore[attr-defined]
    bars = figure.children[0].marks[0]  # type: ignore[attr-defined]
    assert bars.y.tolist() == [[1000.0, 2500.0, 0.0]] * 3
    html = rows.children[0].value  # type: ignore[attr-defined]
    assert "<td>ott 2024</td><td>01/10/2024</td><td>31/10/2024</td><td>1.000,000</td>" in html
    assert "7.500,000</td><td>stimato</td>" in html
    assert "contatore sostituito o azzerato" in html


def test_a_meter_without_bands_has_no_bands_on_the_page(data_url: str, tmp_path: Path) -> None:
    _, _, (cards, figure, rows) = page_of(data_url, tmp_path, ("F0",))
    assert "senza fasce" in cards.children[0].value and "F1" not in cards.children[0].value  # type: ignore[attr-defined]
    assert len(figure.children[0].marks[0].colors) == 1  # type: ignore[attr-defined]
    assert "F1" not in rows.children[0].value  # type: ignore[attr-defined]
