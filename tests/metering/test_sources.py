from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.metering import sources, tables
from portal_lib.metering.calendar import day_number
from portal_lib.metering.sources import Source


@pytest.fixture
def engine(data_engine: Engine) -> Engine:
    """Two files with days of point 1, and a third with its registers."""
    tables.metadata.create_all(data_engine)
    received = datetime(2025, 2, 1)  # noqa: DTZ001
    names = {1: ("RFO", "b.xml"), 2: ("PDO", "a.xml"), 3: ("PNO", "c.xml")}
    with data_engine.begin() as connection:
        for number, (flow, name) in names.items():
            connection.execute(
                sa.insert(tables.source_file).values(
                    id=number, sha256=str(number) * 64, flow=flow, name=name, sent_at="20250205", received_at=received
                )
            )
        for day, file in ((1, 2), (2, 2), (3, 1)):
            for magnitude in ("Ea", "Er"):
                connection.execute(
                    sa.insert(tables.curve_day).values(
                        point_id=1, magnitude=magnitude, day=day_number(date(2025, 1, day)), n=24, flags=0,
                        file_id=file, curve=bytes(96),
                    )
                )  # fmt: skip
        connection.execute(
            sa.insert(tables.register_reading).values(
                point_id=2, day=day_number(date(2024, 12, 31)), kind="register", magnitude="Ea", band="F0", value=1,
                flags=0, file_id=3,
            )
        )  # fmt: skip
    return data_engine


def told(engine: Engine, point: int, first: int, last: int) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        found = sources.of_days(connection, point, date(2025, 1, first), date(2025, 1, last))
    return [(source.flow, source.name, source.days) for source in found]


def test_each_file_is_named_once_with_its_days_whatever_it_measured(engine: Engine) -> None:
    assert told(engine, 1, 1, 31) == [("PDO", "a.xml", 2), ("RFO", "b.xml", 1)]
    assert told(engine, 1, 2, 2) == [("PDO", "a.xml", 1)]
    assert told(engine, 1, 4, 31) == []


def test_the_reading_at_the_end_of_the_day_before_is_one_of_the_sources(engine: Engine) -> None:
    assert told(engine, 2, 1, 31) == [("PNO", "c.xml", 1)]
    assert told(engine, 2, 2, 31) == []


def test_the_same_file_of_several_points_is_named_once() -> None:
    one, other = (Source("PDO", "a.xml", "", "0" * 64, days) for days in (3, 4))
    assert sources.together([one, other]) == [Source("PDO", "a.xml", "", "0" * 64, 7)]
