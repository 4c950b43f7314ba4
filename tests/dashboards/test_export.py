"""The CSV file holds exactly what is on screen."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from portal_lib.dashboards.export import readings_csv
from tests.dashboards.conftest import BAKERY, HOUSE


def rows(content):
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize(("detail", "count", "column"), [("quarter_hour", 2880, 4), ("hour", 720, 4), ("day", 30, 1)])
def test_every_detail_sums_to_the_exports_total(door, detail, count, column):
    frame = door("1").readings(HOUSE, date(2024, 9, 1), date(2024, 9, 30), detail)
    head, *body = rows(readings_csv(frame))
    assert head[column] == "kWh" and len(body) == count
    assert sum(Decimal(row[column].replace(",", ".")) for row in body) == Decimal("269.281")


def test_the_hour_that_comes_twice_stands_there_twice(door):
    frame = door("2").readings(BAKERY, date(2024, 10, 27), date(2024, 10, 27), "hour")
    hours = [row[1] for row in rows(readings_csv(frame))[1:]]
    assert len(hours) == 25 and hours[2:4] == ["02:00 (ora legale)", "02:00 (ora solare)"]
