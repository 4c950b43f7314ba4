"""Files that contradict each other end in the same store in whatever order they come: a property, against a slow and
obviously right reference, on both databases."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.metering import loading, tables
from portal_lib.metering.exceptions import RepeatedDay
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.reader import MAGNITUDES, Cancelled, DayCurve, Flow, Known, RegisterReading, Sink
from portal_lib.metering.loading import Loaded, load_file
from tests.metering.files import noon

PODS = ("IT001E00000001", "IT001E00000002")
DAYS = range(20_000, 20_004)

Content = dict[str, Any]


class JsonReader:
    """Hands on what a test wrote down, in the order in which it stands there."""

    def read(self, file: BinaryIO, name: str, known: Known, sink: Sink) -> Flow:
        content = json.loads(file.read())
        for pod, magnitude, day, wh in content["days"]:
            sink.day(DayCurve(pod, magnitude, day, 24, 0, wh.to_bytes(4, "little") * 24))
        for pod, first, last in content["cancelled"]:
            sink.cancel(Cancelled(pod, first, last))
        for pod, day, band, value in content["registers"]:
            sink.register(RegisterReading(pod, day, "register", "Ea", band, value, 0))
        return Flow(content["flow"], content["sent_at"], content["sequence"])


@pytest.fixture(autouse=True)
def read_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "reader_for", lambda _: JsonReader())


def resolve(_connection: Connection, pods: Iterable[str]) -> Mapping[str, int]:
    return {pod: PODS.index(pod) + 1 for pod in pods}


def load(engine: Engine, folder: Path, content: Content) -> Loaded:
    path = folder / "file.json"
    path.write_text(json.dumps(content))
    return load_file(engine, path, resolve=resolve, clock=noon)


def file(
    sent_at: str,
    *,
    days: Iterable[tuple[str, str, int, int]] = (),
    cancelled: Iterable[tuple[str, int, int]] = (),
    registers: Iterable[tuple[str, int, str, int]] = (),
) -> Content:
    return {
        "flow": "X",
        "sent_at": sent_at,
        "sequence": 1,
        "days": list(days),
        "cancelled": list(cancelled),
        "registers": list(registers),
    }


def precedence(content: Content) -> tuple[str, int, str]:
    return content["sent_at"], content["sequence"], hashlib.sha256(json.dumps(content).encode()).hexdigest()


def expected(files: list[Content]) -> dict[str, set[tuple[Any, ...]]]:
    """What the store must hold, worked out value by value: (in force, replaced)."""
    said: dict[tuple[Any, ...], dict[tuple[str, int, str], tuple[Any, ...]]] = {}
    for content in files:
        rank = precedence(content)
        for pod, magnitude, day, wh in content["days"]:
            said.setdefault(("curve_day", pod, magnitude, day), {})[rank] = (24, 0, wh.to_bytes(4, "little") * 24)
        for pod, first, last in content["cancelled"]:
            for day in range(first, last + 1):
                for magnitude in MAGNITUDES:
                    tombstone = (0, int(DayFlag.CORRECTED), b"")
                    said.setdefault(("curve_day", pod, magnitude, day), {}).setdefault(rank, tombstone)
        for pod, day, band, value in content["registers"]:
            said.setdefault(("register_reading", pod, day, band), {})[rank] = (value,)
    state: dict[str, set[tuple[Any, ...]]] = {name: set() for name in STATE}
    for key, values in said.items():
        newest = max(values)
        hidden = key[0] == "register_reading" and any(
            pod == key[1] and first <= key[2] <= last and precedence(content) > newest
            for content in files
            for pod, first, last in content["cancelled"]
        )
        for rank, value in values.items():
            table = key[0] if rank == newest and not hidden else f"{key[0]}_superseded"
            state[table].add((PODS.index(key[1]) + 1, *key[2:], *value, rank[2]))
    return state


STATE = {
    "curve_day": ("magnitude", "day", "n", "flags", "curve"),
    "curve_day_superseded": ("magnitude", "day", "n", "flags", "curve"),
    "register_reading": ("day", "band", "value"),
    "register_reading_superseded": ("day", "band", "value"),
}


def state(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    found = {}
    with db.reading(engine) as connection:
        for name, columns in STATE.items():
            table = tables.metadata.tables[name]
            rows = connection.execute(
                sa.select(table.c.point_id, *(table.c[column] for column in columns), tables.source_file.c.sha256).join(
                    tables.source_file, tables.source_file.c.id == table.c.file_id
                )
            ).all()
            found[name] = {tuple(row) for row in rows}
            assert len(found[name]) == len(rows)
    return found


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in tables.metadata.tables.values():
            connection.execute(table.delete())


pods, days = st.sampled_from(PODS), st.sampled_from(DAYS)
curves = st.dictionaries(st.tuples(pods, st.sampled_from(("Ea", "Er")), days), st.integers(0, 9), max_size=6)
registers = st.dictionaries(st.tuples(pods, days, st.sampled_from(("F1", "F2"))), st.integers(0, 9), max_size=4)
stretches = st.tuples(pods, days, days).map(lambda one: (one[0], min(one[1:]), max(one[1:])))
contents = st.builds(
    lambda sent_at, curves, registers, cancelled: file(
        sent_at,
        days=[(*key, wh) for key, wh in curves.items()],
        cancelled=cancelled,
        registers=[(*key, value) for key, value in registers.items()],
    ),
    st.sampled_from(("", "20250101000000", "20250102000000", "20250103000000")),
    curves,
    registers,
    st.lists(stretches, max_size=2),
)


@given(st.lists(contents, min_size=1, max_size=6, unique_by=json.dumps), st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_files_in_any_order_end_in_what_their_names_say(
    engine: Engine, tmp_path: Path, files: list[Content], data: st.DataObject
) -> None:
    wanted = expected(files)
    for order in (files, data.draw(st.permutations(files))):
        empty(engine)
        for content in order:
            load(engine, tmp_path, content)
        assert state(engine) == wanted


def test_a_cancelled_month_stays_without_values_whatever_older_file_comes_and_a_later_one_fills_it(
    engine: Engine, tmp_path: Path
) -> None:
    pod, day = PODS[0], DAYS[0]
    first = file("20250101000000", days=[(pod, "Ea", day, 1)], registers=[(pod, day, "F1", 1)])
    cancelling = file("20250102000000", cancelled=[(pod, day, day + 1)])
    load(engine, tmp_path, cancelling)
    loaded = load(engine, tmp_path, first)
    assert (loaded.days, loaded.registers, loaded.replaced, loaded.outdated) == (1, 1, 0, 2)
    found = state(engine)
    assert {row[3] for row in found["curve_day"]} == {0}
    assert found["register_reading"] == set()
    assert len(found["register_reading_superseded"]) == len(found["curve_day_superseded"]) == 1

    loaded = load(engine, tmp_path, file("20250103000000", days=[(pod, "Ea", day, 3)], registers=[(pod, day, "F1", 3)]))
    assert (loaded.replaced, loaded.outdated) == (1, 0)
    found = state(engine)
    assert min(found["curve_day"])[3] == 24
    assert [row[3] for row in found["register_reading"]] == [3]


def test_a_cancellation_puts_what_is_there_out_of_force_and_says_how_much(engine: Engine, tmp_path: Path) -> None:
    pod, day = PODS[0], DAYS[0]
    load(engine, tmp_path, file("20250101000000", days=[(pod, "Ea", day, 1)], registers=[(pod, day, "F1", 1)]))
    loaded = load(engine, tmp_path, file("20250102000000", cancelled=[(pod, day, day)]))
    assert (loaded.cancelled, loaded.days, loaded.replaced) == (1, 0, 2)


def test_a_value_in_the_file_that_cancels_its_day_stands(engine: Engine, tmp_path: Path) -> None:
    pod, day = PODS[0], DAYS[0]
    load(engine, tmp_path, file("20250102000000", days=[(pod, "Ea", day, 7)], cancelled=[(pod, day, day)]))
    assert {(row[1], row[3]) for row in state(engine)["curve_day"]} == {("Ea", 24), ("Er", 0), ("Erc", 0), ("Eri", 0)}


def test_a_day_repeated_with_the_same_values_counts_once(engine: Engine, tmp_path: Path) -> None:
    pod, day = PODS[0], DAYS[0]
    content = file("20250101000000", days=[(pod, "Ea", day, 1)] * 2, registers=[(pod, day, "F1", 1)] * 3)
    loaded = load(engine, tmp_path, content)
    assert (loaded.points, loaded.days, loaded.registers) == (1, 1, 1)


@pytest.mark.parametrize("apart", [0, 2000])
def test_a_day_repeated_with_other_values_refuses_the_file_however_far_apart(
    engine: Engine, tmp_path: Path, apart: int
) -> None:
    pod, day = PODS[0], DAYS[0]
    between = [(PODS[1], "Ea", DAYS[0] + offset, 1) for offset in range(apart)]
    days = [(pod, "Ea", day, 1), *between, (pod, "Ea", day, 2)]
    with pytest.raises(RepeatedDay, match=f"{pod}, Ea, day 2024-10-04"):
        load(engine, tmp_path, file("20250101000000", days=days))
    with pytest.raises(RepeatedDay, match=f"{pod}, Ea, day 2024-10-04"):
        load(
            engine, tmp_path, file("20250101000000", registers=[(pod, day, "F1", value) for value in range(apart + 2)])
        )
    assert not any(state(engine).values())
