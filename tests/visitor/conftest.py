from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.metering import tables as metering
from portal_lib.metering.calendar import day_number, quarter_hours

OWN, OTHER = "IT999E00000001", "IT999E00000002"


@dataclass
class Store:
    """A small data database that tests write into directly: what they prove is what is read, not how it is
    loaded.
    """

    engine: Engine

    def empty(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.delete(customers.holder))
            connection.execute(sa.delete(metering.curve_day))

    def id_of(self, pod: str) -> int:
        point = customers.supply_point.c
        with db.reading(self.engine) as connection:
            return int(connection.execute(sa.select(point.id).where(point.pod == pod)).scalar_one())

    def hold(self, pod: str, code: str, first: date, last: date | None = None, order: str | None = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                sa.insert(customers.holder).values(
                    point_id=self.id_of(pod), customer_code=code, first_day=first, last_day=last, order_number=order
                )
            )

    def measure(self, pod: str, days: Sequence[date], wh: int = 1000, magnitude: str = "Ea") -> None:
        """Days on which each quarter hour was ``wh``."""
        if not days:
            return
        point_id = self.id_of(pod)
        rows = [
            {
                "point_id": point_id,
                "magnitude": magnitude,
                "day": day_number(day),
                "n": quarter_hours(day),
                "flags": 0,
                "file_id": 1,
                "curve": np.full(quarter_hours(day), wh, dtype="<i4").tobytes(),
            }
            for day in days
        ]
        with self.engine.begin() as connection:
            connection.execute(sa.insert(metering.curve_day), rows)


@pytest.fixture
def store(data_engine: Engine) -> Store:
    """Three customers and two points that nobody holds yet."""
    with data_engine.begin() as connection:
        connection.execute(
            sa.insert(customers.customer),
            [{"code": code, "kind": "household", "name": f"Cliente {code}"} for code in ("A", "B", "C")],
        )
        connection.execute(sa.insert(customers.supply_point), [{"pod": OWN}, {"pod": OTHER}])
    return Store(data_engine)


@pytest.fixture
def days() -> Callable[[date, int], list[date]]:
    return lambda first, count: [first + timedelta(days=place) for place in range(count)]
