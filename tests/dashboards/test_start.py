"""The start page's numbers are the store's, months are compared fairly, and what needs attention is told."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import numpy as np
import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.dashboards.start import Start, chart_address
from portal_lib.dashboards.start_figures import Missing, Peak, Reactive, figures, last_complete_month
from portal_lib.deposit.depositing import deposit
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.tables import curve_day, register_reading, source_file
from portal_lib.visitor import Door, Visitor

SCHOOL, POOL, ANNEX, OTHERS = "IT001E00000001", "IT001E00000002", "IT001E00000003", "IT001E00000004"
RECEIVED = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class World:
    """A municipality with a few points; each test puts in what it needs."""

    def __init__(self, folder) -> None:
        url = f"sqlite:///{folder / 'data.sqlite'}"
        db.migrate("data", url)
        self.folder, self.engine = folder, db.open_engine(url)
        with self.engine.begin() as connection:
            for code in ("1", "2"):
                connection.execute(sa.insert(customers.customer).values(code=code, kind="organisation", name=code))
            source = {"sha256": "0" * 64, "flow": "PDO", "name": "x", "sent_at": "", "received_at": RECEIVED}
            self.file = connection.execute(sa.insert(source_file).values(source)).inserted_primary_key[0]
        self.ids = {pod: self.point(pod, "2" if pod == OTHERS else "1") for pod in (SCHOOL, POOL, ANNEX, OTHERS)}

    def point(self, pod, code):
        with self.engine.begin() as connection:
            row = connection.execute(sa.insert(customers.supply_point).values(pod=pod, contracted_kw=10.0))
            held = {"point_id": row.inserted_primary_key[0], "customer_code": code, "first_day": date(2023, 1, 1)}
            connection.execute(sa.insert(customers.holder).values(held))
            return held["point_id"]

    def measure(self, pod, first, last, wh=100, magnitude="Ea", leave_out=()):
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        with self.engine.begin() as connection:
            connection.execute(
                sa.insert(curve_day),
                [
                    {
                        "point_id": self.ids[pod], "magnitude": magnitude, "day": day_number(day),
                        "n": quarter_hours(day), "flags": 0, "file_id": self.file,
                        "curve": np.full(quarter_hours(day), wh, dtype="<i4").tobytes(),
                    }
                    for day in days
                    if day not in leave_out
                ],
            )  # fmt: skip

    @property
    def door(self):
        return Door(self.engine, Visitor(name="c-1", codes=frozenset({"1"})))

    def page(self, due=""):
        return Start(self.door, due=lambda: due)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def shown(widget) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", widget.value))).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("newest", "month"),
    [
        (date(2025, 9, 30), date(2025, 9, 1)),
        (date(2025, 9, 29), date(2025, 8, 1)),
        (date(2025, 10, 1), date(2025, 9, 1)),
        (date(2025, 1, 1), date(2024, 12, 1)),
    ],
)
def test_the_last_complete_month_is_the_one_that_had_ended_on_the_newest_day(newest, month):
    assert last_complete_month([newest, newest - timedelta(days=90)]) == month


def test_the_october_of_25_hours_counts_all_its_quarter_hours(world):
    world.measure(SCHOOL, date(2025, 9, 1), date(2025, 11, 3))
    month = figures(world.door)
    assert month.first == date(2025, 10, 1) and month.total == 100 * (31 * 96 + 4)
    assert (month.days_owed, month.days_stored, month.attention) == (31, 31, ())
    assert "Tutte le letture di 1 fornitura sono arrivate." in shown(world.page().consumption)


def test_months_are_compared_over_the_points_that_were_there_in_both(world):
    world.measure(SCHOOL, date(2024, 9, 1), date(2024, 9, 30), wh=200)
    world.measure(SCHOOL, date(2025, 8, 1), date(2025, 9, 30), wh=100)
    world.measure(POOL, date(2025, 9, 1), date(2025, 9, 30), wh=50)
    month = figures(world.door)
    assert month.total == 150 * 30 * 96
    before, year = month.compared
    assert (before.month, before.points, before.now, before.then) == (date(2025, 8, 1), 1, 288_000, 297_600)
    assert (year.month, year.change) == (date(2024, 9, 1), pytest.approx(-0.5))
    text = shown(world.page().consumption)
    assert "432 kWh" in text and "▼ 50,0 % in meno" in text and "confronto su 1 fornitura" in text


def test_where_nothing_can_be_compared_nothing_is(world):
    world.measure(SCHOOL, date(2025, 9, 1), date(2025, 9, 30))
    assert figures(world.door).compared == ()
    assert "Rispetto" not in shown(world.page().consumption)


def test_missing_days_and_hours_are_told_apart(world):
    world.measure(SCHOOL, date(2025, 9, 1), date(2025, 9, 30), leave_out={date(2025, 9, 3), date(2025, 9, 9)})
    world.measure(POOL, date(2025, 9, 1), date(2025, 9, 30), leave_out={date(2025, 9, 3)})
    curve = np.full(96, 100, dtype="<i4")
    curve[:8] = -(2**31)
    with world.engine.begin() as connection:
        where = (curve_day.c.point_id == world.ids[SCHOOL]) & (curve_day.c.day == day_number(date(2025, 9, 20)))
        connection.execute(curve_day.update().where(where).values(curve=curve.tobytes()))
    world.measure(ANNEX, date(2025, 9, 1), date(2025, 9, 30))
    with world.engine.begin() as connection:
        where = (curve_day.c.point_id == world.ids[ANNEX]) & (curve_day.c.day == day_number(date(2025, 9, 20)))
        connection.execute(curve_day.update().where(where).values(curve=curve.tobytes()))
    found = {one.pod: (one.days, one.hours) for one in figures(world.door).attention if isinstance(one, Missing)}
    assert found == {SCHOOL: (2, 0), POOL: (1, 0), ANNEX: (0, 2)}
    text = shown(world.page().attention)
    assert "mancano le letture di 2 giorni" in text and "mancano 2 ore di letture" in text
    assert "87 giorni su 90" in shown(world.page().consumption)


def test_a_point_whose_readings_stopped_is_missing_its_whole_month(world):
    world.measure(SCHOOL, date(2025, 9, 1), date(2025, 9, 30))
    world.measure(POOL, date(2025, 7, 1), date(2025, 8, 31))
    (missing,) = figures(world.door).attention
    assert (missing.pod, missing.days) == (POOL, 30)


def test_a_peak_above_the_contracted_power_is_told_with_its_moment(world):
    world.measure(SCHOOL, date(2025, 9, 1), date(2025, 9, 30), leave_out={date(2025, 9, 18)})
    curve = np.full(96, 100, dtype="<i4")
    curve[40] = 3_000  # 12 kW from 10:00 on
    day = {
        "point_id": world.ids[SCHOOL], "magnitude": "Ea", "day": day_number(date(2025, 9, 18)), "n": 96, "flags": 0,
        "file_id": world.file, "curve": curve.tobytes(),
    }  # fmt: skip
    with world.engine.begin() as connection:
        connection.execute(sa.insert(curve_day).values(day))
    (peak,) = figures(world.door).attention
    assert isinstance(peak, Peak) and (peak.kw, peak.contracted, peak.at.hour) == (12.0, 10.0, 10)
    assert "picco di 12,0 kW, sopra la potenza impegnata di 10,0 kW (gio 18 set 2025, 10:00)" in shown(
        world.page().attention
    )


@pytest.mark.parametrize(("varh", "told"), [(32, False), (33, False), (40, True)])
def test_reactive_energy_above_a_third_is_told_with_its_cos_phi(world, varh, told):
    world.measure(SCHOOL, date(2025, 9, 1), date(2025, 9, 30), wh=100)
    world.measure(SCHOOL, date(2025, 9, 1), date(2025, 9, 30), wh=varh, magnitude="Er")
    found = figures(world.door).attention
    assert bool(found) is told
    if told:
        (one,) = found
        assert isinstance(one, Reactive) and one.cos_phi == pytest.approx(100 / np.hypot(100, varh))
        assert "cos φ 0,93 in F1" in shown(world.page().attention)
    else:
        assert "Niente da segnalare per settembre 2025" in shown(world.page().attention)


def test_a_meter_without_a_curve_counts_with_its_registers(world):
    with world.engine.begin() as connection:
        connection.execute(
            sa.insert(register_reading),
            [
                {
                    "point_id": world.ids[ANNEX], "day": day_number(day), "kind": "register", "magnitude": "Ea",
                    "band": "F1", "value": value, "flags": 0, "file_id": world.file,
                }
                for day, value in ((date(2025, 7, 31), 0), (date(2025, 8, 31), 40_000), (date(2025, 9, 30), 90_000))
            ],
        )  # fmt: skip
    month = figures(world.door)
    assert (month.first, month.total, month.days_owed) == (date(2025, 9, 1), 50_000, 0)
    assert [(one.then, one.points) for one in month.compared] == [(40_000, 1)]
    assert "dalle letture dei registri" in shown(world.page().consumption)


def test_nobody_elses_points_are_in_it(world):
    world.measure(OTHERS, date(2025, 9, 1), date(2025, 9, 30))
    assert figures(world.door) is None
    assert "Non c'è ancora un mese completo" in shown(world.page().consumption) and world.page().attention.value == ""


def test_many_things_to_look_at_are_folded_away(world):
    for number in range(9):
        pod = f"IT001E0000010{number}"
        world.ids[pod] = world.point(pod, "1")
        world.measure(pod, date(2025, 9, 1), date(2025, 9, 30), leave_out={date(2025, 9, 5)})
    page = world.page().attention.value
    assert "Altre 3 segnalazioni" in page and page.count("<li>") == 9


def test_the_chart_of_each_is_a_step_away():
    assert chart_address(SCHOOL, date(2024, 2, 1)) == f"grafici-avanzati?punti={SCHOOL}&da=2024-02-01&a=2024-02-29"


def test_the_latest_documents_and_what_comes_next(world):
    assert "Non è ancora stato depositato" in shown(world.page("Il prossimo arriva.").reports)
    for month in range(1, 7):
        deposit(
            world.engine, world.folder / "deposit", customer_code="1", report="R1", title="<i>Consumi",
            period_first=date(2025, month, 1), period_last=date(2025, month, 28), due_on=date(2025, 9, 1),
            documents={"xlsx": b"x"}, names=lambda kind, version: f"v{version}.{kind}",
            clock=lambda month=month: datetime(2025, month + 1, 5, tzinfo=UTC),
        )  # fmt: skip
    page = world.page("Il prossimo arriva.").reports.value
    assert page.count("<li>") == 4 and "<i>" not in page and "Il prossimo arriva." in page
    assert "depositato il 05/07/2025" in page and "05/02/2025" not in page


def test_in_english_where_the_visitor_chose_it(world, monkeypatch):
    world.measure(SCHOOL, date(2025, 8, 1), date(2025, 9, 30), leave_out={date(2025, 9, 5)})
    monkeypatch.setenv("PORTAL_LANGUAGE", "en")
    page = world.page()
    assert "Consumption in September 2025" in shown(page.consumption) and "% less" in shown(page.consumption)
    assert "readings of 1 day are missing" in shown(page.attention)
    assert "No document has been deposited yet." in shown(page.reports)
