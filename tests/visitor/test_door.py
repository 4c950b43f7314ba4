from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_lib.deposit import tables as deposits
from portal_lib.refused import Refused
from portal_lib.visitor import Door, NotYours, Visitor
from portal_lib.visitor.exceptions import DaysSwapped, NoSuchDetail, NoSuchMagnitude, NotADay, NoVisitor
from tests.visitor.conftest import OTHER, OWN, Store

NEW_YEAR = date(2024, 1, 1)


def door_of(store: Store, *codes: str) -> Door:
    return Door(store.engine, Visitor("c-1", frozenset(codes)))


def days_seen(frame: pd.DataFrame) -> set[date]:
    assert isinstance(frame.index, pd.DatetimeIndex)
    return set(frame.index.date)


def run(first: date, count: int) -> list[date]:
    return [first + timedelta(days=place) for place in range(count)]


# A point passes through hands: for each of its days, who holds it (or nobody), and whether it was measured.
HANDS = st.lists(
    st.tuples(st.sampled_from(["A", "B", "C", None]), st.just(1) | st.integers(1, 9)), min_size=1, max_size=6
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(
    hands=HANDS,
    open_ended=st.booleans(),
    measured=st.sets(st.integers(0, 59), max_size=40),
    codes=st.sets(st.sampled_from(["A", "B"]), min_size=1),
    asked=st.tuples(st.integers(-3, 62), st.integers(0, 62)),
    # Around both clock changes, and an ordinary month.
    start=st.sampled_from([date(2024, 3, 10), date(2024, 10, 1), date(2025, 6, 1)]),
    detail=st.sampled_from(["quarter_hour", "hour", "day"]),
)
def test_a_visitor_sees_every_day_inside_their_holdings_and_never_one_outside(
    store: Store,
    hands: list[tuple[str | None, int]],
    open_ended: bool,
    measured: set[int],
    codes: set[str],
    asked: tuple[int, int],
    start: date,
    detail: str,
) -> None:
    store.empty()
    own: set[date] = set()
    place = 0
    for turn, (code, count) in enumerate(hands):
        first = start + timedelta(days=place)
        last_turn = open_ended and turn == len(hands) - 1
        if code is not None:
            store.hold(OWN, code, first, None if last_turn else first + timedelta(days=count - 1))
        if code in codes:
            own |= set(run(first, 200 if last_turn else count))
        place += count
    store.measure(OWN, [start + timedelta(days=day) for day in measured])
    # Another's readings lie beside them, and must not come through either.
    store.measure(OTHER, run(start, 60), wh=7)

    door = door_of(store, *codes)
    first = start + timedelta(days=asked[0])
    last = first + timedelta(days=asked[1])
    within = set(run(first, asked[1] + 1))
    stored = {start + timedelta(days=day) for day in measured}

    if not any(code in codes for code, _ in hands):
        with pytest.raises(NotYours):
            door.readings(OWN, first, last, detail)
        return
    expected = own & within & stored
    frame = door.readings(OWN, first, last, detail)
    assert days_seen(frame) == expected
    assert frame.index.is_monotonic_increasing and frame.index.is_unique
    if detail == "quarter_hour":
        assert bool((frame["kwh"] == 1.0).all())
    assert door.day_count(OWN, first, last) == len(expected)
    assert door.held_days(OWN, first, last) == len(own & within)
    totals = door.band_totals(OWN, first, last)
    assert totals["total"] == len(door.readings(OWN, first, last, "quarter_hour"))
    visible = own & stored
    assert door.span(OWN) == ((min(visible), max(visible)) if visible else None)


def test_a_single_day_of_anothers_between_two_of_ones_own_stays_shut(store: Store) -> None:
    anothers = date(2024, 1, 11)
    store.hold(OWN, "A", NEW_YEAR, date(2024, 1, 10))
    store.hold(OWN, "B", anothers, anothers)
    store.hold(OWN, "A", date(2024, 1, 12))
    store.measure(OWN, run(NEW_YEAR, 31))
    door = door_of(store, "A")
    for detail in ("quarter_hour", "hour", "day"):
        assert anothers not in days_seen(door.readings(OWN, NEW_YEAR, date(2024, 1, 31), detail))
    assert door.day_count(OWN, NEW_YEAR, date(2024, 1, 31)) == 30
    with pytest.raises(NotYours):
        door_of(store, "C").readings(OWN, anothers, anothers, "day")


def test_the_points_of_a_visitor_come_with_their_own_holdings_only(store: Store) -> None:
    store.hold(OWN, "A", NEW_YEAR, date(2024, 6, 30), "OD-1")
    store.hold(OWN, "B", date(2024, 7, 1))
    store.hold(OTHER, "B", NEW_YEAR)
    (point,) = door_of(store, "A").supply_points()
    assert point.pod == OWN
    (holding,) = point.holdings
    assert (holding.customer_code, holding.first, holding.last, holding.order_number) == (
        "A",
        NEW_YEAR,
        date(2024, 6, 30),
        "OD-1",
    )
    assert [point.pod for point in door_of(store, "B").supply_points()] == [OWN, OTHER]
    assert door_of(store).supply_points() == []


HOSTILE_PODS: list[Any] = [
    OTHER,
    OTHER.lower(),
    "IT999E99999999",
    "",
    "' or 1=1 --",
    "%",
    "\x00",
    "\ud800",
    OWN + "\n" + OTHER,
    "IT999E0000000" + "1" * 100_000,
    None,
    1,
    True,
    1.5,
    b"IT999E00000001",
    [OWN],
    {"pod": OWN},
    object(),
]


@pytest.mark.parametrize("pod", HOSTILE_PODS, ids=range(len(HOSTILE_PODS)))
def test_whatever_is_not_the_visitors_point_gets_one_and_the_same_answer(store: Store, pod: Any) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    store.hold(OTHER, "B", NEW_YEAR)
    store.measure(OTHER, run(NEW_YEAR, 3))
    door = door_of(store, "A")
    calls = [
        lambda: door.span(pod),
        lambda: door.readings(pod, NEW_YEAR, NEW_YEAR, "hour"),
        lambda: door.band_totals(pod, NEW_YEAR, NEW_YEAR),
        lambda: door.day_count(pod, NEW_YEAR, NEW_YEAR),
        lambda: door.held_days(pod, NEW_YEAR, NEW_YEAR),
        # Whose point it is comes before whether anything else is right.
        lambda: door.readings(pod, date(2024, 2, 1), NEW_YEAR, "no such detail"),
    ]
    answers = set()
    for call in calls:
        with pytest.raises(NotYours) as raised:
            call()
        answers.add((type(raised.value), raised.value.say("it"), raised.value.say("en"), raised.value.field))
    assert len(answers) == 1
    assert answers == {(NotYours, NotYours.it, NotYours.en, "pod")}


@given(pod=st.one_of(st.text(), st.binary(), st.integers(), st.none(), st.lists(st.text())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_no_value_a_browser_can_send_opens_the_door(store: Store, pod: Any) -> None:
    with pytest.raises(NotYours):
        door_of(store, "A").readings(pod, NEW_YEAR, NEW_YEAR, "hour")


@pytest.mark.parametrize("code", ["a", "A ", "", "%", "_", "A' or '1'='1", "*"])
def test_a_code_opens_only_what_is_held_under_exactly_that_code(store: Store, code: str) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    assert door_of(store, code).supply_points() == []
    with pytest.raises(NotYours):
        door_of(store, code).span(OWN)


def test_a_handed_over_point_closes_while_the_page_is_open(store: Store) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    store.measure(OWN, run(NEW_YEAR, 3))
    door = door_of(store, "A")
    assert len(days_seen(door.readings(OWN, NEW_YEAR, date(2024, 1, 3), "day"))) == 3
    store.empty()
    store.measure(OWN, run(NEW_YEAR, 3))
    store.hold(OWN, "B", NEW_YEAR)
    with pytest.raises(NotYours):
        door.readings(OWN, NEW_YEAR, date(2024, 1, 3), "day")


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        (date(2024, 1, 2), NEW_YEAR, DaysSwapped),
        (None, NEW_YEAR, NotADay),
        (NEW_YEAR, None, NotADay),
        ("2024-01-01", NEW_YEAR, NotADay),
        (datetime(2024, 1, 1, tzinfo=UTC), NEW_YEAR, NotADay),
        (0, 1, NotADay),
    ],
)
def test_days_that_are_no_range_are_refused_with_a_sentence(
    store: Store, first: Any, last: Any, kind: type[Refused]
) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    door = door_of(store, "A")
    for call in (door.band_totals, door.day_count, door.held_days):
        with pytest.raises(kind):
            call(OWN, first, last)
    with pytest.raises(kind) as raised:
        door.readings(OWN, first, last, "hour")
    assert raised.value.say("it") != raised.value.say("en")


@pytest.mark.parametrize("detail", ["minute", "", None, 1, ["hour"], {"hour"}])
def test_a_detail_that_there_is_not_is_refused(store: Store, detail: Any) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    with pytest.raises(NoSuchDetail):
        door_of(store, "A").readings(OWN, NEW_YEAR, NEW_YEAR, detail)


@pytest.mark.parametrize("magnitude", ["ea", "", None, 7, "Ea' --"])
def test_a_magnitude_that_there_is_not_is_refused(store: Store, magnitude: Any) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    with pytest.raises(NoSuchMagnitude) as raised:
        door_of(store, "A").readings(OWN, NEW_YEAR, NEW_YEAR, "hour", magnitude)
    assert "Er" in raised.value.say("it")


def test_the_ends_of_time_can_be_asked_for(store: Store) -> None:
    store.hold(OWN, "A", date(1985, 1, 1))
    store.measure(OWN, run(NEW_YEAR, 2))
    door = door_of(store, "A")
    assert len(days_seen(door.readings(OWN, date.min, date.max, "day"))) == 2
    assert door.readings(OWN, date.min, date(1800, 1, 1), "hour").empty
    assert door.held_days(OWN, date(9000, 1, 1), date.max) == 0
    assert door.day_count(OWN, date.min, date.max) == 2


def test_a_point_without_readings_gives_an_empty_frame_of_the_usual_form(store: Store) -> None:
    store.hold(OWN, "A", date(2024, 6, 1))
    door = door_of(store, "A")
    for detail, columns in [
        ("quarter_hour", ["kwh", "band", "minutes", "flags"]),
        ("hour", ["kwh", "band", "minutes", "flags"]),
        ("day", ["kwh", "F1", "F2", "F3", "flags", "missing"]),
    ]:
        for first in (NEW_YEAR, date(2024, 6, 1)):  # before and within the holding
            frame = door.readings(OWN, first, first, detail)
            assert frame.empty and list(frame.columns) == columns
            assert str(frame.index.tz) == "Europe/Rome"  # type: ignore[attr-defined]
    assert door.span(OWN) is None
    assert door.band_totals(OWN, NEW_YEAR, NEW_YEAR)["total"] == 0


def test_reactive_energy_is_read_by_its_magnitude(store: Store) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    store.measure(OWN, [NEW_YEAR], wh=1000)
    store.measure(OWN, [NEW_YEAR], wh=250, magnitude="Er")
    frame = door_of(store, "A").readings(OWN, NEW_YEAR, NEW_YEAR, "hour", "Er")
    assert frame["kwh"].tolist() == [1.0] * 24


def test_the_setting_about_4_october_reaches_the_bands(store: Store) -> None:
    day = date(2027, 10, 4)  # a Monday
    store.hold(OWN, "A", NEW_YEAR)
    store.measure(OWN, [day])
    visitor = Visitor("c-1", frozenset({"A"}))
    plain = Door(store.engine, visitor).band_totals(OWN, day, day)
    holiday = Door(store.engine, visitor, october_4_from=date(2026, 1, 1)).band_totals(OWN, day, day)
    assert plain["F1"] == 44 and holiday["F1"] == 0 and holiday["F3"] == 96


def deposit(store: Store, code: str, at: datetime) -> int:
    with store.engine.begin() as connection:
        made = connection.execute(
            sa.insert(deposits.deposit).values(
                customer_code=code,
                report="R1",
                title="Consumi mensili",
                period_first=NEW_YEAR,
                period_last=date(2024, 1, 31),
                version=1,
                due_on=date(2024, 3, 1),
                deposited_at=at.replace(tzinfo=None),
            )
        ).inserted_primary_key
        assert made is not None
        file = connection.execute(
            sa.insert(deposits.deposit_file).values(
                deposit_id=made[0], name=f"{code}.csv", format="csv", size=1, sha256="0" * 64, path=f"{code}.csv"
            )
        ).inserted_primary_key
        assert file is not None
        return int(file[0])


def test_only_the_visitors_own_documents_are_listed_and_opened(store: Store) -> None:
    own = deposit(store, "A", datetime(2024, 2, 5, 8, tzinfo=UTC))
    others = deposit(store, "B", datetime(2024, 2, 5, 9, tzinfo=UTC))
    door = door_of(store, "A")
    assert [file.id for file in door.deposits()] == [own]
    assert door.deposits(date(2024, 2, 6)) == [] and len(door.deposits(None, date(2024, 2, 5))) == 1
    assert door.deposited_file(own).name == "A.csv"
    answers = set()
    hostile: list[Any] = [others, 999, 0, -1, 2**63, 10**40, True, None, "1", str(own), float(own), [own]]
    for file_id in hostile:
        with pytest.raises(NotYours) as raised:
            door.deposited_file(file_id)
        answers.add(raised.value.say("it"))
    assert len(answers) == 1
    with pytest.raises(DaysSwapped):
        door.deposits(date(2024, 2, 6), date(2024, 2, 5))
    with pytest.raises(NotADay):
        door.deposits("2024-02-05")  # type: ignore[arg-type]


def test_the_environment_opens_the_door_read_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.hold(OWN, "A", NEW_YEAR)
    monkeypatch.setenv("PORTAL_VISITOR", '{"name": "c-1", "codes": ["A"]}')
    monkeypatch.setenv("PORTAL_DATA_URL", str(store.engine.url))
    monkeypatch.setenv("PORTAL_OCTOBER_4_IS_HOLIDAY_FROM", "2026-01-01")
    door = Door.from_environment()
    assert door.visitor == Visitor("c-1", frozenset({"A"}))
    assert [point.pod for point in door.supply_points()] == [OWN]
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), door._engine.begin() as connection:
        connection.execute(sa.text("delete from holder"))
    door._engine.dispose()


def test_without_a_visitor_or_a_database_there_is_no_door(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORTAL_DATA_URL", str(store.engine.url))
    monkeypatch.delenv("PORTAL_VISITOR", raising=False)
    with pytest.raises(NoVisitor):
        Door.from_environment()
    monkeypatch.setenv("PORTAL_VISITOR", '{"name": "c-1", "codes": []}')
    monkeypatch.delenv("PORTAL_DATA_URL")
    with pytest.raises(Refused):
        Door.from_environment()


def test_swapped_days_are_said_as_an_italian_writes_them() -> None:
    refused = DaysSwapped(first=date(2024, 12, 31), last=date(2024, 1, 1))
    assert refused.say("it").startswith("La prima data (31/12/2024) viene dopo la seconda (01/01/2024).")
