"""A small real supplier: a household with the distributor's own export, and a bakery with both clock-change days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.customers.points import point_ids
from portal_lib.metering.calendar import day_number
from portal_lib.metering.loading import load_file
from portal_lib.metering.tables import curve_day, source_file
from portal_lib.visitor import Door, Visitor

EXPORT = Path(__file__).parents[2] / "demo" / "data" / "e-distribuzione" / "ExportData_settembre.csv"
HOUSE, BAKERY, NOBODYS = "IT001E00000001", "IT001E00000002", "IT001E00000003"


RECEIVED = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def clock() -> datetime:
    return datetime(2025, 1, 15, 12, tzinfo=UTC)


def quarters_of(day: date) -> int:
    return {date(2024, 3, 31): 92, date(2024, 10, 27): 100}.get(day, 96)


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
    load_file(engine, EXPORT, resolve=point_ids, pod=HOUSE, clock=clock)
    engine.dispose()
    return url


@pytest.fixture
def door(data_url):
    def of(*codes):
        return Door(db.open_engine(data_url, read_only=True), Visitor(name="c-test", codes=frozenset(codes)))

    return of
