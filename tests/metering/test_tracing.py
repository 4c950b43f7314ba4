"""The trail of a number, from file to value."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.metering import tracing
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.loading import load_file
from portal_lib.metering.tables import curve_day, curve_day_superseded, register_reading, source_file
from tests.metering.files import POD, noon, pdo_file

DAY = date(2025, 11, 5)


def resolve(_connection: Connection, pods: Iterable[str]) -> Mapping[str, int]:
    return {pod: 7 for pod in pods if pod == POD}


def trail(engine: Engine, day: date = DAY) -> list[tracing.Value]:
    with db.reading(engine) as connection:
        return tracing.trail(connection, 7, day)


def test_a_day_of_which_nothing_is_known_has_no_trail(engine: Engine) -> None:
    assert trail(engine) == []


def test_every_value_is_told_with_its_file_the_one_in_force_first(engine: Engine, tmp_path: Path) -> None:
    first = pdo_file(tmp_path, {DAY: 10}, sent_at="20251203050000")
    third = pdo_file(tmp_path, {DAY: 30}, sent_at="20251220050000", estimated=True)
    second = pdo_file(tmp_path, {DAY: 20}, sent_at="20251210050000")
    for path in (first, third, second):
        load_file(engine, path, resolve=resolve, clock=noon)
    found = trail(engine)
    assert [(value.file, value.in_force, value.total) for value in found] == [
        (third.name, True, 30 * 96),
        (second.name, False, 20 * 96),
        (first.name, False, 10 * 96),
    ]
    assert (found[0].flags, found[0].sent_at, found[0].intervals) == (DayFlag.ESTIMATED, "20251220050000", 96)
    assert found[0].received_at == noon().replace(tzinfo=None)


def test_a_cancelled_day_says_so_above_the_values_that_it_hides(engine: Engine) -> None:
    curve = np.full(96, 5, dtype="<i4").tobytes()
    day = {"point_id": 7, "magnitude": "Ea", "day": day_number(DAY), "flags": 0}
    with engine.begin() as connection:
        for number, name in ((1, "first"), (2, "cancels")):
            connection.execute(
                sa.insert(source_file).values(
                    id=number, sha256=str(number), flow="RFO2G", name=name, sent_at=f"2025120{number}000000",
                    received_at=noon().replace(tzinfo=None),
                )
            )  # fmt: skip
        connection.execute(curve_day.insert().values(**day, n=0, file_id=2, curve=b""))
        connection.execute(curve_day_superseded.insert().values(**day, n=96, file_id=1, curve=curve))
        for band in ("F2", "F1"):
            connection.execute(
                register_reading.insert().values(
                    point_id=7, day=day_number(DAY), kind="register", magnitude="Ea", band=band, value=9, flags=0,
                    file_id=1,
                )
            )  # fmt: skip
    assert [(value.kind, value.band, value.in_force, value.total, value.file) for value in trail(engine)] == [
        ("cancelled", "", True, None, "cancels"),
        ("curve", "", False, 480, "first"),
        ("register", "F1", True, 9, "first"),
        ("register", "F2", True, 9, "first"),
    ]
