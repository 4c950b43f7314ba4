"""A customer with an hourly meter over both clock changes, one with all kinds of days, and one without a curve."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.exports.asked import asked
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day, register_reading, source_file
from portal_lib.visitor import Door, Visitor

WHOLE, GAPS, REGISTERS, OTHERS = "IT001E00000001", "IT001E00000002", "IT001E00000003", "IT001E00000004"
MISSING = -(2**31)
RECEIVED = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def fill(engine: Engine) -> None:
    """Put the customers A and B, their points and readings into an empty data database."""
    with engine.begin() as connection:
        connection.execute(
            sa.insert(customers.customer),
            [{"code": code, "kind": "household", "name": f"Cliente {code}"} for code in ("A", "B")],
        )
        ids = {}
        for pod in (WHOLE, GAPS, REGISTERS, OTHERS):
            ids[pod] = connection.execute(sa.insert(customers.supply_point).values(pod=pod)).inserted_primary_key[0]
        held = [
            (WHOLE, "A", date(2024, 1, 1), None),
            (GAPS, "B", date(2024, 1, 1), date(2024, 5, 9)),
            (GAPS, "A", date(2024, 5, 10), None),
            (REGISTERS, "A", date(2024, 1, 1), None),
            (OTHERS, "B", date(2024, 1, 1), None),
        ]
        connection.execute(
            sa.insert(customers.holder),
            [
                {"point_id": ids[pod], "customer_code": code, "first_day": first, "last_day": last}
                for pod, code, first, last in held
            ],
        )
        source = {"sha256": "0" * 64, "flow": "PDO", "name": "x", "sent_at": "", "received_at": RECEIVED}
        file_id = connection.execute(sa.insert(source_file).values(source)).inserted_primary_key[0]
        rows = []
        for pod, first, count in ((WHOLE, date(2024, 3, 1), 275), (GAPS, date(2024, 5, 1), 31)):
            for day in (first + timedelta(days=i) for i in range(count)):
                curve = np.arange(quarter_hours(day), dtype="<i4") * 7
                flags = 0
                if pod == GAPS and day == date(2024, 5, 20):
                    curve[5] = MISSING
                    flags = DayFlag.ESTIMATED | DayFlag.NOT_VALIDATED
                if pod == GAPS and day == date(2024, 5, 21):
                    flags = DayFlag.CORRECTED
                if pod == GAPS and day == date(2024, 5, 25):
                    continue
                rows.append(
                    {
                        "point_id": ids[pod], "magnitude": "Ea", "day": day_number(day), "n": len(curve),
                        "flags": int(flags), "file_id": file_id, "curve": curve.tobytes(),
                    }
                )  # fmt: skip
        connection.execute(sa.insert(curve_day), rows)
        connection.execute(
            sa.insert(register_reading),
            [
                {
                    "point_id": ids[REGISTERS], "day": day_number(day), "kind": "register", "magnitude": "Ea",
                    "band": band, "value": value, "flags": 0, "file_id": file_id,
                }
                for day, value in ((date(2024, 4, 30), 1000), (date(2024, 5, 31), 4500))
                for band in ("F1", "F2", "F3")
            ],
        )  # fmt: skip


@pytest.fixture(scope="session")
def door(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('exports') / 'data.sqlite'}"
    db.migrate("data", url)
    engine = db.open_engine(url)
    fill(engine)
    return Door(engine, Visitor(name="c-a", codes=frozenset({"A"})))


@pytest.fixture
def ask(door):
    """An export as its address asks for it."""

    def of(kind="csv", **words):
        usual = {"punti": WHOLE, "da": "2024-05-01", "a": "2024-06-01"}
        return asked({word: [text] for word, text in {**usual, **words}.items()}, door.supply_points(), kind)

    return of
