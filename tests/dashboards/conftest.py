"""A small real supplier.

A household with the distributor's own export, a bakery with both clock-change days and a gap, and a shop with a
workshop that changes hands: estimated, corrected and partly missing days, reactive energy.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.customers.points import point_ids
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.loading import load_file
from portal_lib.metering.tables import curve_day, source_file
from portal_lib.visitor import Door, Visitor

EXPORT = Path(__file__).parents[2] / "demo" / "data" / "e-distribuzione" / "ExportData_settembre.csv"
HOUSE, BAKERY, NOBODYS = "IT001E00000001", "IT001E00000002", "IT001E00000003"
SHOP, WORKSHOP = "IT001E00000004", "IT001E00000005"


RECEIVED = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def clock() -> datetime:
    return datetime(2025, 1, 15, 12, tzinfo=UTC)


def quarters_of(day: date) -> int:
    return {date(2024, 3, 31): 92, date(2024, 10, 27): 100}.get(day, 96)


@pytest.fixture(autouse=True)
def outside_of_any_loop():
    """As in a plain process: playwright leaves its loop running in one that has tested a browser before."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def data_url(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('dashboards') / 'data.sqlite'}"
    db.migrate("data", url)
    engine = db.open_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(customers.customer),
            [
                {"code": "1", "kind": "household", "name": "Casa"},
                {"code": "2", "kind": "organisation", "name": "Forno"},
                {"code": "3", "kind": "organisation", "name": "Bottega"},
                {"code": "4", "kind": "organisation", "name": "Chi subentra"},
            ],
        )
        for pod, code, first in (
            (HOUSE, "1", date(2024, 1, 1)),
            (BAKERY, "2", date(2024, 3, 31)),
            (NOBODYS, None, None),
        ):
            point = sa.insert(customers.supply_point).values(pod=pod, address="Via Roma 1", use="Uso")
            point_id = connection.execute(point).inserted_primary_key[0]
            if code:
                row = {"point_id": point_id, "customer_code": code, "first_day": first}
                connection.execute(sa.insert(customers.holder).values(row))
        ids = point_ids(connection, [BAKERY])
        file_id = connection.execute(
            sa.insert(source_file).values(sha256="0" * 64, flow="PDO", name="x", sent_at="", received_at=RECEIVED)
        ).inserted_primary_key[0]
        days = [date(2024, 3, 1) + timedelta(days=i) for i in range(270)]
        connection.execute(
            sa.insert(curve_day),
            [
                {
                    "point_id": ids[BAKERY], "magnitude": "Ea", "day": day_number(day), "n": quarters_of(day),
                    "flags": 0, "file_id": file_id, "curve": (np.arange(quarters_of(day), dtype="<i4") * 10).tobytes(),
                }
                for day in days
                if day != date(2024, 6, 15)
            ],
        )  # fmt: skip
        shop_and_workshop(connection, file_id)
    load_file(engine, EXPORT, resolve=point_ids, pod=HOUSE, clock=clock)
    engine.dispose()
    return url


def shop_and_workshop(connection, file_id):
    """May 2024: a shop with an estimated and a corrected day, a workshop that another customer takes over."""
    may = [date(2024, 5, 1) + timedelta(days=i) for i in range(31)]
    random = np.random.default_rng(5)
    for pod, centre, held in (
        (SHOP, "Negozio", [("3", date(2024, 1, 1), None, "ORD-1")]),
        (WORKSHOP, "Officina", [("3", date(2024, 1, 1), may[18], None), ("4", may[19], None, None)]),
    ):
        point = sa.insert(customers.supply_point).values(
            pod=pod, address="Via Roma 2" if pod == WORKSHOP else "Corso Italia 1", use=centre, cost_centre=centre
        )
        point_id = connection.execute(point).inserted_primary_key[0]
        for code, first, last, order in held:
            row = {"point_id": point_id, "customer_code": code, "first_day": first, "last_day": last}
            connection.execute(sa.insert(customers.holder).values(**row, order_number=order))
        for magnitude, most in (("Ea", 900), ("Er", 700)):
            for day in may:
                values = random.integers(0, most, 96, dtype="<i4")
                if pod == SHOP and magnitude == "Ea" and day.day == 12:
                    values[50] = -(2**31)
                flags = {7: DayFlag.ESTIMATED, 8: DayFlag.ESTIMATED, 9: DayFlag.CORRECTED}.get(day.day, 0)
                connection.execute(
                    sa.insert(curve_day).values(
                        point_id=point_id, magnitude=magnitude, day=day_number(day), n=96,
                        flags=flags if pod == SHOP else 0, file_id=file_id, curve=values.tobytes(),
                    )
                )  # fmt: skip


@pytest.fixture
def door(data_url):
    def of(*codes):
        return Door(db.open_engine(data_url, read_only=True), Visitor(name="c-test", codes=frozenset(codes)))

    return of
