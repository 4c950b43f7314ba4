"""Files into the store: whole or not at all, once, and in any order with the same result."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.metering import curves, tables
from portal_lib.metering.calendar import day_number
from portal_lib.metering.exceptions import (
    BadPod,
    DamagedXml,
    NotEnergy,
    NotReadYet,
    PodNeeded,
    UnknownFormat,
    UnreadableFile,
    WrongParty,
)
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.loading import Loaded, load_file
from portal_lib.metering.tables import curve_day, curve_day_superseded, source_file
from tests.metering.files import DISTRIBUTOR, EXPORT, MARCH, OCTOBER, POD, SUPPLIER, noon, pdo_file

OTHER = "IT001E00000002"
OURS = {POD: 7, OTHER: 8}
DAY = date(2025, 3, 5)


def resolve(_connection: Connection, pods: Iterable[str]) -> Mapping[str, int]:
    return {pod: OURS[pod] for pod in pods}


Load = Callable[..., Loaded]


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    def load(path: Path, **more: object) -> Loaded:
        options = {"resolve": resolve, "clock": noon, "put_aside_folder": tmp_path / "put-aside"} | more
        return load_file(engine, path, **options)  # type: ignore[arg-type]

    return load


def rows(engine: Engine, table: sa.Table) -> list[sa.Row[tuple[object, ...]]]:
    with db.reading(engine) as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key)).all())


def kwh(engine: Engine, day: date = DAY, point: int = 7) -> float:
    with db.reading(engine) as connection:
        return float(curves.band_totals(curves.read(connection, point, day, day))["total"])


def state(engine: Engine) -> tuple[object, object]:
    """The store without the numbers that depend on the order of arrival."""
    names = {row.id: row.sha256 for row in rows(engine, source_file)}
    strip = [
        sorted((r.point_id, r.magnitude, r.day, r.flags, r.curve, names[r.file_id]) for r in rows(engine, table))
        for table in (curve_day, curve_day_superseded)
    ]
    return strip[0], strip[1]


def test_a_flow_is_loaded_with_where_it_came_from(engine: Engine, load: Load) -> None:
    loaded = load(MARCH)
    assert loaded == Loaded(MARCH.name, flow="PDO", points=1, days=62)
    (file,) = rows(engine, source_file)
    assert (file.flow, file.name, file.sent_at, file.sequence) == ("PDO", MARCH.name, "20250404101500", 1)
    assert file.sha256 == hashlib.sha256(MARCH.read_bytes()).hexdigest()
    assert file.received_at == noon().replace(tzinfo=None)
    assert {(row.point_id, row.magnitude) for row in rows(engine, curve_day)} == {(7, "Ea"), (7, "Er")}
    assert {row.file_id for row in rows(engine, curve_day)} == {file.id}
    assert rows(engine, curve_day_superseded) == []


def test_the_real_export_totals_what_the_distributor_says(engine: Engine, load: Load) -> None:
    assert load(EXPORT, pod=POD).days == 30
    with db.reading(engine) as connection:
        frame = curves.read(connection, 7, date(2024, 9, 1), date(2024, 9, 30))
    assert curves.band_totals(frame)["total"] == 269.281
    assert set(frame["flags"]) == {DayFlag.CUSTOMER_EXPORT}


def test_the_same_content_is_loaded_once_under_whatever_name(engine: Engine, load: Load, tmp_path: Path) -> None:
    load(MARCH)
    before = state(engine)
    assert load(MARCH) == Loaded(MARCH.name, already=MARCH.name)
    again = tmp_path / MARCH.name.replace("20250404101500", "20250505101500")
    shutil.copyfile(MARCH, again)
    assert load(again) == Loaded(again.name, already=MARCH.name)
    assert state(engine) == before
    assert len(rows(engine, source_file)) == 1


def test_of_loaders_that_run_into_each_other_with_one_file_only_one_loads_it(engine: Engine, load: Load) -> None:
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(load, [MARCH] * 4))
    assert sorted(one.days for one in loaded) == [0, 0, 0, 62]
    assert len(rows(engine, source_file)) == 1


def test_the_same_export_may_be_that_of_two_points(engine: Engine, load: Load) -> None:
    assert load(EXPORT, pod=POD).already is None
    assert load(EXPORT, pod=OTHER).already is None
    assert load(EXPORT, pod=OTHER.lower()).already == EXPORT.name
    assert kwh(engine, date(2024, 9, 1), 7) == kwh(engine, date(2024, 9, 1), 8) > 0


def test_a_later_file_supersedes_and_the_older_value_is_kept(engine: Engine, load: Load, tmp_path: Path) -> None:
    load(pdo_file(tmp_path, {DAY: 1000, date(2025, 3, 6): 1}, sent_at="20250404000000"))
    second = load(pdo_file(tmp_path, {DAY: 2000}, sent_at="20250405000000", estimated=True))
    assert (second.replaced, second.outdated) == (1, 0)
    assert kwh(engine) == 192
    assert kwh(engine, date(2025, 3, 6)) == 0.096
    (old,) = rows(engine, curve_day_superseded)
    assert (old.point_id, old.magnitude, old.day, old.n, old.flags) == (7, "Ea", day_number(DAY), 96, 0)
    assert old.curve == (1000).to_bytes(4, "little") * 96
    (new,) = [row for row in rows(engine, curve_day) if row.day == day_number(DAY)]
    assert new.flags == DayFlag.ESTIMATED


def test_an_older_file_that_arrives_late_is_kept_but_not_in_force(engine: Engine, load: Load, tmp_path: Path) -> None:
    load(pdo_file(tmp_path, {DAY: 2000}, sent_at="20250405000000"))
    late = load(pdo_file(tmp_path, {DAY: 1000, date(2025, 3, 6): 1}, sent_at="20250404000000"))
    assert (late.days, late.replaced, late.outdated) == (2, 0, 1)
    assert kwh(engine) == 192
    assert kwh(engine, date(2025, 3, 6)) == 0.096


def test_other_magnitudes_and_points_are_left_alone(engine: Engine, load: Load, tmp_path: Path) -> None:
    load(pdo_file(tmp_path, {DAY: 1000}, sent_at="20250404000000"))
    load(pdo_file(tmp_path, {DAY: 5}, sent_at="20250405000000", magnitude="Er"))
    load(pdo_file(tmp_path, {DAY: 9}, sent_at="20250406000000", pod=OTHER))
    assert (kwh(engine), kwh(engine, point=8)) == (96, 0.864)
    assert rows(engine, curve_day_superseded) == []


@cache
def end_of(order: tuple[int, ...]) -> tuple[object, object]:
    """The store after five files, of which some say something of the same days, were loaded in an order."""
    day, march = DAY, date(2025, 3, 30)
    with TemporaryDirectory() as name:
        folder = Path(name)
        engine = db.open_engine(f"sqlite:///{folder / 'data.sqlite'}")
        tables.metadata.create_all(engine)
        export = folder / "export.csv"
        header = EXPORT.read_text().splitlines()[0]
        export.write_text(f"{header}\n{day:%d/%m/%Y};{';'.join(['0,050'] * 96)}\n")
        files = [
            pdo_file(folder, {day: 10, march: 10}, sent_at="20250404000000", sequence=9),
            pdo_file(folder, {day: 20, march: 20}, sent_at="20250404000000", sequence=10),
            pdo_file(folder, {day: 30}, sent_at="20250410000000"),
            pdo_file(folder, {march: 40}, sent_at="20250301000000"),
            export,
        ]
        for place in order:
            load_file(engine, files[place], resolve=resolve, clock=noon, pod=POD)
        assert (kwh(engine), kwh(engine, march)) == (2.88, 1.84)
        found = state(engine)
        engine.dispose()
    return found


@given(st.permutations(range(5)))
@settings(max_examples=20)
def test_any_order_of_arrival_ends_in_the_same_store(order: list[int]) -> None:
    in_force, superseded = end_of(tuple(order))
    assert (in_force, superseded) == end_of((0, 1, 2, 3, 4))
    assert len(superseded) == 5  # type: ignore[arg-type]


def test_of_two_files_sent_in_the_same_second_with_the_same_number_the_sha256_decides(
    engine: Engine, load: Load, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    first = pdo_file(tmp_path / "a", {DAY: 1000})
    second = pdo_file(tmp_path / "b", {DAY: 2000})
    load(first)
    load(second)
    winner = max((first, second), key=lambda path: hashlib.sha256(path.read_bytes()).hexdigest())
    assert kwh(engine) == (96 if winner == first else 192)


@pytest.mark.parametrize("export_first", [True, False])
def test_a_customers_export_never_replaces_a_distributors_flow(
    engine: Engine, load: Load, tmp_path: Path, export_first: bool
) -> None:
    day = date(2024, 9, 1)
    flow = pdo_file(tmp_path, {day: 1}, sent_at="20000101000000")
    loads = [lambda: load(EXPORT, pod=POD), lambda: load(flow)]
    for do in loads if export_first else reversed(loads):
        do()
    assert kwh(engine, day) == 0.096
    assert kwh(engine, date(2024, 9, 2)) > 1
    assert len(rows(engine, curve_day_superseded)) == 1


def put_aside(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "put-aside").glob("*/*")}


def count_aside(folder: Path) -> int:
    return sum(1 for _ in (folder / "put-aside").glob("*/*"))


def test_the_points_of_a_file_are_asked_for_inside_the_transaction_that_stores_it(engine: Engine, load: Load) -> None:
    def make_a_point(connection: Connection, pods: Iterable[str]) -> Mapping[str, int]:
        connection.exec_driver_sql("insert into register_cancelled values (1, 1, 1, 1)")
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        load(MARCH, resolve=make_a_point)
    assert rows(engine, tables.register_cancelled) == rows(engine, source_file) == []


def test_points_that_nobody_has_announced_are_counted(load: Load) -> None:
    assert load(MARCH, waiting=lambda _, pods: len(list(pods))).waiting == 1
    assert load(OCTOBER, waiting=lambda _, pods: 0).waiting == 0


@pytest.mark.parametrize("cut", [0, 1, 700, 40_000])
def test_a_damaged_flow_leaves_no_trace_in_the_store(engine: Engine, load: Load, tmp_path: Path, cut: int) -> None:
    path = tmp_path / MARCH.name
    path.write_bytes(MARCH.read_bytes()[:cut])
    with pytest.raises(DamagedXml):
        load(path)
    assert rows(engine, source_file) == rows(engine, curve_day) == []
    assert count_aside(tmp_path) == 2


def test_a_wrong_value_in_the_last_day_leaves_no_trace_in_the_store(engine: Engine, load: Load, tmp_path: Path) -> None:
    path = tmp_path / MARCH.name
    head, _, tail = MARCH.read_text(encoding="utf-8").rpartition('E96="')
    path.write_text(head + 'E96="x' + tail, encoding="utf-8")
    with pytest.raises(NotEnergy, match="Er, day 2025-03-31, E96"):
        load(path)
    assert rows(engine, source_file) == rows(engine, curve_day) == []


def test_a_failure_while_storing_leaves_no_trace(
    engine: Engine, load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from portal_lib.metering import storing

    load(pdo_file(tmp_path, {DAY: 1}, sent_at="20250101000000"))
    before = state(engine)
    store = storing._store_days

    def break_after_the_days(file: storing._File) -> tuple[int, int]:
        store(file)
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(storing, "_store_days", break_after_the_days)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        load(MARCH)
    assert state(engine) == before
    monkeypatch.undo()
    assert load(MARCH).replaced == 1


def test_the_same_file_refused_again_is_put_aside_once(load: Load, tmp_path: Path) -> None:
    path = tmp_path / MARCH.name
    path.write_bytes(b"<x")
    for _ in range(2):
        with pytest.raises(DamagedXml):
            load(path)
    assert count_aside(tmp_path) == 2


def test_two_files_of_one_name_are_both_put_aside(load: Load, tmp_path: Path) -> None:
    path = tmp_path / MARCH.name
    for content in (b"<x", b"<y"):
        path.write_bytes(content)
        with pytest.raises(DamagedXml):
            load(path)
    assert count_aside(tmp_path) == 4


def test_a_folder_that_cannot_be_written_does_not_hide_why_the_file_was_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    path = tmp_path / MARCH.name
    path.write_bytes(b"<x")
    with pytest.raises(DamagedXml) as caught:
        load(path, put_aside_folder=tmp_path / "in-the-way")
    assert caught.value.__notes__[0].startswith("It could not be put aside")


def test_a_flow_that_is_not_read_yet_and_one_for_another_supplier_are_put_aside(load: Load, tmp_path: Path) -> None:
    later = tmp_path / MARCH.name.replace("_PDO_", "_SMIS_")
    shutil.copyfile(MARCH, later)
    with pytest.raises(NotReadYet):
        load(later)
    assert sorted(put_aside(tmp_path)) == [later.name, "reason.txt"]
    with pytest.raises(WrongParty):
        load(MARCH, supplier_vat="00000000000")
    assert sorted(put_aside(tmp_path)) == [MARCH.name, "reason.txt"]
    assert load(MARCH, supplier_vat=SUPPLIER, distributor_vats=(DISTRIBUTOR,)).days == 62
    assert put_aside(tmp_path) == {}


def test_a_mistake_in_the_call_puts_nothing_aside(load: Load, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG")
    with pytest.raises(PodNeeded):
        load(EXPORT)
    with pytest.raises(BadPod):
        load(EXPORT, pod="IT001")
    with pytest.raises(UnknownFormat):
        load(picture)
    with pytest.raises(UnreadableFile, match="no such file"):
        load(tmp_path / "gone.xml")
    with pytest.raises(UnreadableFile, match="not a file"):
        load(tmp_path)
    assert not (tmp_path / "put-aside").exists()


def test_a_file_that_changes_while_it_is_read_is_refused(
    engine: Engine, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal_lib.metering import loading

    path = tmp_path / MARCH.name
    shutil.copyfile(MARCH, path)
    hashed = loading._sha256

    def then_it_grows(file: BinaryIO) -> str:
        found = hashed(file)
        with path.open("ab") as more:
            more.write(b"<!-- still writing -->")
        return found

    monkeypatch.setattr(loading, "_sha256", then_it_grows)
    with pytest.raises(UnreadableFile, match="changed while it was read"):
        load(path)
    assert rows(engine, source_file) == []


def test_every_refusal_of_this_room_has_its_sentence_in_both_languages() -> None:
    from portal_lib.metering import exceptions
    from portal_lib.refused import Refused

    kinds = [kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Refused)]
    for kind in kinds:
        if kind not in (Refused, exceptions.FlowRefused):
            assert kind.it and kind.en, kind
            assert ("{file}" in kind.it) == ("{file}" in kind.en), kind
