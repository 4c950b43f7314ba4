"""The fleet by scope and in parts, and as Parquet that other programs read: the same energy everywhere, to the Wh."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.customers.points import expect
from portal_lib.customers.scopes import UnknownInScope
from portal_lib.metering.calendar import day_number
from portal_lib.metering.tables import curve_day
from portal_lib.visitor import StaffDoor
from portal_lib.visitor.exceptions import DaysSwapped, NoSuchMagnitude, ReadNotRecorded
from portal_lib.visitor.fleet_parquet import COLUMNS, months_of
from tests.visitor.conftest import OTHER, OWN, Store
from tests.visitor.test_staff import Records, noon

MARCH, OCTOBER = date(2025, 3, 30), date(2025, 10, 26)  # 23 and 25 hours
NEW_YEAR = date(2025, 1, 1)
ROME = ZoneInfo("Europe/Rome")
MISSING = -(2**31)


def intervals(day: date, hourly: bool = False) -> int:
    return {MARCH: 23, OCTOBER: 25}.get(day, 24) * (1 if hourly else 4)


@pytest.fixture
def filled(store: Store) -> Store:
    """A year of one point in quarter hours, of another in hours from March on; reactive energy; a hole; a tombstone."""
    random = np.random.default_rng(7)
    rows = []
    for pod, hourly, first in ((OWN, False, NEW_YEAR), (OTHER, True, date(2025, 3, 1))):
        for number in range(366):
            day = NEW_YEAR + timedelta(days=number)
            for magnitude in ("Ea", "Er") if pod == OWN and day.month in (3, 10) else ("Ea",):
                values = random.integers(0, 2**31 - 1 if number == 80 else 40_000, intervals(day, hourly))
                if day == date(2025, 10, 3):
                    values[5] = MISSING
                if day >= first:
                    rows.append(
                        {
                            "point_id": store.id_of(pod),
                            "magnitude": magnitude,
                            "day": day_number(day),
                            "n": len(values),
                            "flags": number % 3,
                            "file_id": 1,
                            "curve": values.astype("<i4").tobytes(),
                        }
                    )
    with store.engine.begin() as connection:
        connection.execute(sa.insert(curve_day), rows)
        this = (curve_day.c.day == day_number(date(2025, 5, 5))) & (curve_day.c.point_id == store.id_of(OWN))
        connection.execute(sa.update(curve_day).where(this).values(n=0, curve=b""))
        for number in ("ORD-1", "ORD-2"):
            connection.execute(sa.insert(customers.supply_order).values(customer_code="A", number=number))
    store.hold(OWN, "A", NEW_YEAR, date(2025, 3, 30), "ORD-1")
    store.hold(OWN, "A", date(2025, 3, 31), date(2025, 10, 20), "ORD-2")
    store.hold(OWN, "B", date(2025, 10, 26))
    store.hold(OTHER, "B", date(2025, 6, 1), date(2025, 12, 31))
    return store


def stored(store: Store, first: date, last: date, pod: str | None = None, magnitude: str = "Ea") -> int:
    """Wh in the store, added up one by one."""
    query = sa.select(curve_day.c.curve).where(
        curve_day.c.day.between(day_number(first), day_number(last)), curve_day.c.magnitude == magnitude
    )
    if pod is not None:
        query = query.where(curve_day.c.point_id == store.id_of(pod))
    with db.reading(store.engine) as connection:
        curves = [np.frombuffer(curve, dtype="<i4").tolist() for curve in connection.scalars(query)]
    return sum(wh for curve in curves for wh in curve if wh != MISSING)


def energy(frame: pd.DataFrame) -> int:
    return int(np.rint(frame["kwh"].fillna(0) * 1000).astype(np.int64).sum())


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def door(filled: Store, records: Records) -> StaffDoor:
    return StaffDoor(filled.engine, "s-ada", records, clock=noon)


YEAR = (NEW_YEAR, date(2025, 12, 31))


def test_the_fleet_of_a_customer_is_what_it_held(door: StaffDoor, filled: Store, records: Records) -> None:
    fleet = door.fleet(*YEAR, "day", customers=["a"])
    assert fleet["pod"].unique().tolist() == [OWN]
    assert fleet.index[-1].date() == date(2025, 10, 20) and energy(fleet) == stored(
        filled, NEW_YEAR, date(2025, 10, 20), OWN
    )
    of_b = door.fleet(*YEAR, "quarter_hour", customers=["B"])
    assert energy(of_b) == stored(filled, date(2025, 10, 26), YEAR[1], OWN) + stored(
        filled, date(2025, 6, 1), YEAR[1], OTHER
    )
    assert [points for _, _, points, _ in records] == [1, 2]


def test_the_fleet_of_an_order_and_of_a_pod(door: StaffDoor, filled: Store) -> None:
    assert energy(door.fleet(*YEAR, "quarter_hour", orders=["ORD-2"])) == stored(
        filled, date(2025, 3, 31), date(2025, 10, 20), OWN
    )
    both = door.fleet(*YEAR, "month", orders=["ORD-1", "ORD-2"])
    assert energy(both) == stored(filled, NEW_YEAR, date(2025, 10, 20), OWN) and len(both) == 10
    assert energy(door.fleet(*YEAR, "day", pods=[OTHER.lower()])) == stored(filled, *YEAR, OTHER)
    assert door.fleet(*YEAR, "day", customers=["A"], pods=[OTHER]).empty
    reactive = door.fleet(date(2025, 3, 1), date(2025, 3, 31), "day", magnitude="Er")
    assert energy(reactive) == stored(filled, date(2025, 3, 1), date(2025, 3, 31), magnitude="Er")


def test_who_asks_for_what_is_not_there_is_told_and_nothing_is_recorded(door: StaffDoor, records: Records) -> None:
    for wrong in ({"customers": ["Z"]}, {"orders": ["ORD-9"]}, {"pods": ["IT999E99999999"]}):
        with pytest.raises(UnknownInScope, match="knows no"):
            door.fleet(*YEAR, **wrong)  # type: ignore[arg-type]
    with pytest.raises(NoSuchMagnitude):
        door.fleet(*YEAR, magnitude="Ex")
    with pytest.raises(DaysSwapped):
        door.fleet_parts(*YEAR[::-1])
    assert records == []


def test_a_point_that_nobody_has_announced_is_in_no_fleet(door: StaffDoor, filled: Store, records: Records) -> None:
    with filled.engine.begin() as connection:
        expect(connection, ["IT999E00000077"])
    assert "IT999E00000077" not in door.points()["pod"].tolist()
    door.fleet(*YEAR, "year")
    assert records[-1][2] == 2


@pytest.mark.parametrize("granularity", ["quarter_hour", "week"])
def test_the_parts_are_the_fleet_and_each_is_small(door: StaffDoor, granularity: str) -> None:
    whole = door.fleet(*YEAR, granularity)
    parts = list(door.fleet_parts(*YEAR, granularity, rows=1))
    assert len(parts) == 2 and [part["pod"].nunique() for part in parts] == [1, 1]
    pd.testing.assert_frame_equal(pd.concat(parts), whole)
    (one,) = door.fleet_parts(*YEAR, granularity, rows=len(whole))
    pd.testing.assert_frame_equal(one, whole)


def test_parts_are_on_record_before_the_first_is_read_and_not_read_without(filled: Store, records: Records) -> None:
    parts = StaffDoor(filled.engine, "s-ada", records, clock=noon).fleet_parts(*YEAR, reason="prova")
    assert records == [(*YEAR, 2, "prova")]
    assert energy(next(parts)) > 0

    def refuse(*_: object) -> None:
        raise ReadNotRecorded(reason="down")

    with pytest.raises(ReadNotRecorded):
        StaffDoor(filled.engine, "s-ada", refuse, clock=noon).fleet_parts(*YEAR)


def test_arrow_says_the_same(door: StaffDoor) -> None:
    whole = door.fleet(OCTOBER, OCTOBER, "quarter_hour")
    tables = list(door.fleet_batches(OCTOBER, OCTOBER, "quarter_hour", rows=1))
    assert [table.num_rows for table in tables] == [100, 25]
    assert tables[0].column_names == ["instant", "pod", "kwh", "band", "minutes", "flags"]
    again = pd.concat([table.to_pandas() for table in tables]).set_index("instant")
    assert again["kwh"].tolist() == whole["kwh"].tolist() and (again.index == whole.index).all()


@pytest.fixture
def folder(door: StaffDoor, tmp_path: Path) -> Path:
    door.export_parquet(tmp_path / "parquet", *YEAR, magnitudes=["Er", "Ea"])
    return tmp_path / "parquet"


@pytest.fixture
def duck(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"create view r as select * from read_parquet('{folder}/*/*/*.parquet', hive_partitioning = true)"
        )
        yield connection


def one(duck: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = duck.execute(query).fetchone()
    assert row is not None
    return row


def test_duckdb_finds_every_wh_of_the_store(duck: duckdb.DuckDBPyConnection, filled: Store) -> None:
    assert one(duck, "select sum(wh) from r where magnitude = 'Ea'") == (stored(filled, *YEAR),)
    for month_first, month_last in months_of(*YEAR):
        total = one(duck, f"select sum(wh) from r where magnitude = 'Ea' and month = {month_first.month}")
        assert total == (stored(filled, month_first, month_last),)
    assert one(duck, "select sum(wh) from r where magnitude = 'Er'") == (stored(filled, *YEAR, magnitude="Er"),)
    assert one(duck, "select count(*) from r where wh is null") == (3,)
    assert one(duck, "select count(*) from r where cast(local as date) = '2025-05-05'") == (24,)  # one is cancelled


def test_the_days_of_the_clock_change_are_whole(duck: duckdb.DuckDBPyConnection, filled: Store) -> None:
    for day, quarters in ((MARCH, 92), (OCTOBER, 100), (date(2025, 6, 1), 96)):
        rows, instants, wh = one(
            duck,
            f"select count(*), count(distinct instant), sum(wh) from r"
            f" where pod = '{OWN}' and magnitude = 'Ea' and cast(local as date) = '{day}'",
        )
        assert (rows, instants, wh) == (quarters, quarters, stored(filled, day, day, OWN))
        hours = duck.execute(
            f"select hour(local), count(*) from r where pod = '{OTHER}' and cast(local as date) = '{day}'"
            " group by 1 order by 1"
        ).fetchall()
        twice, never = (2 if day == OCTOBER else None), (2 if day == MARCH else None)
        assert hours == [(hour, 2 if hour == twice else 1) for hour in range(24) if hour != never]


def test_instant_and_clock_agree_and_bands_are_those_of_the_fleet(
    duck: duckdb.DuckDBPyConnection, door: StaffDoor
) -> None:
    pairs = duck.execute("select distinct epoch(instant), local from r where day(local) > 24").fetchall()
    assert len(pairs) > 4000  # the days of the clock change among them
    for instant, local in pairs:
        assert datetime.fromtimestamp(instant, ROME).replace(tzinfo=None) == local
    by_band = dict(duck.execute("select band, sum(wh) from r where magnitude = 'Ea' group by 1").fetchall())
    fleet = door.fleet(*YEAR, "year")
    assert by_band == {band: round(fleet[band].sum() * 1000) for band in ("F1", "F2", "F3")}


def test_each_day_says_who_held_the_point(duck: duckdb.DuckDBPyConnection) -> None:
    held = duck.execute(
        f"select customer, cast(min(local) as date), cast(max(local) as date) from r where pod = '{OWN}'"
        " group by 1 order by 2"
    ).fetchall()
    assert held == [
        ("A", NEW_YEAR, date(2025, 10, 20)),
        (None, date(2025, 10, 21), date(2025, 10, 25)),
        ("B", OCTOBER, date(2025, 12, 31)),
    ]


def test_files_are_in_time_order_documented_and_one_row_group_a_day(folder: Path) -> None:
    file = pq.ParquetFile(folder / "year=2025" / "month=10" / "part.parquet")
    assert file.num_row_groups == 31
    frame = file.read().to_pandas()
    assert frame["instant"].is_monotonic_increasing
    keys = frame[["instant", "pod", "magnitude"]].astype({"pod": str, "magnitude": str})
    assert keys.equals(keys.sort_values(["instant", "pod", "magnitude"], kind="stable"))
    for name, _, meaning in COLUMNS:
        assert file.schema_arrow.field(name).metadata[b"description"].decode() == meaning
    assert frame.dtypes["wh"].kind in "fi" and file.schema_arrow.field("wh").type == "int32"


def test_pandas_reads_the_folder_as_one(folder: Path, filled: Store) -> None:
    frame = pd.read_parquet(folder, filters=[("month", "in", [3, 10])])
    active = frame[frame["magnitude"] == "Ea"]
    assert int(active["wh"].sum()) == sum(
        stored(filled, first, last) for first, last in months_of(*YEAR) if first.month in (3, 10)
    )


def test_the_same_readings_give_the_same_bytes_and_a_later_export_replaces(
    door: StaffDoor, filled: Store, folder: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    done = door.export_parquet(again, *YEAR, magnitudes=["Ea", "Er", "Ea"])
    paths = sorted(path.relative_to(folder) for path in folder.rglob("*.parquet"))
    assert len(paths) == 12 == len(done) and sum(month.wh for month in done) == stored(filled, *YEAR)
    for path in paths:
        assert (folder / path).read_bytes() == (again / path).read_bytes()
    with filled.engine.begin() as connection:
        connection.execute(sa.delete(curve_day).where(curve_day.c.day < day_number(date(2025, 2, 1))))
    assert [month.month for month in door.export_parquet(again, NEW_YEAR, date(2025, 2, 10))] == [date(2025, 2, 1)]
    assert not (again / "year=2025" / "month=01" / "part.parquet").exists()
    assert not [path for path in again.rglob("*") if "writing" in path.name]


def test_an_export_that_fails_leaves_the_month_that_was_there(
    door: StaffDoor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "year=2025" / "month=03" / "part.parquet"
    before = path.read_bytes()
    written = pq.ParquetWriter.write_table
    calls: list[int] = []

    def full(self: pq.ParquetWriter, *arguments: Any, **more: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        written(self, *arguments, **more)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        door.export_parquet(folder, date(2025, 3, 1), date(2025, 3, 31))
    assert path.read_bytes() == before and [file.name for file in path.parent.iterdir()] == ["part.parquet"]


def test_the_manual_says_what_the_columns_are() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "analysts.md").read_text()
    for name, kind, meaning in COLUMNS:
        assert f"| `{name}` | {kind} | {meaning} |" in manual


def test_months_are_whole() -> None:
    assert months_of(date(2024, 12, 31), date(2025, 2, 1)) == [
        (date(2024, 12, 1), date(2024, 12, 31)),
        (date(2025, 1, 1), date(2025, 1, 31)),
        (date(2025, 2, 1), date(2025, 2, 28)),
    ]
