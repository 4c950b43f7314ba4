import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from portal_lib import db
from portal_lib.refused import Refused
from portal_lib.visitor import StaffDoor
from portal_lib.visitor.exceptions import DaysSwapped, NoSuchDetail, ReadNotRecorded
from portal_lib.visitor.recording import record_at
from portal_lib.visits import UnclearRead, record_read, staff_read
from tests.visitor.conftest import OTHER, OWN, Store

FIRST, LAST = date(2024, 10, 27), date(2024, 10, 28)  # the first has 25 hours


def noon() -> datetime:
    return datetime(2024, 10, 30, 11, tzinfo=UTC)


@pytest.fixture
def filled(store: Store) -> Store:
    store.hold(OWN, "A", date(2024, 1, 1), FIRST)
    store.hold(OWN, "B", LAST)
    store.measure(OWN, [FIRST, LAST], wh=250)
    store.measure(OTHER, [LAST], wh=500)
    return store


class Records(list[tuple[date, date, int, str]]):
    def __call__(self, first: date, last: date, points: int, reason: str) -> None:
        self.append((first, last, points, reason))


def test_the_fleet_is_every_points_readings_whoever_held_it(filled: Store) -> None:
    records = Records()
    door = StaffDoor(filled.engine, "s-ada", records, clock=noon)
    fleet = door.fleet(FIRST, LAST, reason="carico")
    assert records == [(FIRST, LAST, 2, "carico")]
    assert list(fleet.columns) == ["pod", "kwh", "band", "minutes", "flags"]
    assert fleet.groupby("pod", observed=True)["kwh"].sum().to_dict() == {OWN: 49.0, OTHER: 48.0}
    assert fleet["pod"].cat.categories.tolist() == [OWN, OTHER]
    assert isinstance(fleet.index, pd.DatetimeIndex) and str(fleet.index.tz) == "Europe/Rome"
    by_hour = fleet.groupby(fleet.index)["kwh"].sum()
    assert len(by_hour) == 49 and by_hour.iloc[0] == 1.0 and by_hour.iloc[-1] == 3.0


@pytest.mark.parametrize(("granularity", "rows"), [("quarter_hour", 292), ("hour", 73), ("day", 3)])
def test_the_fleet_can_be_read_in_each_detail(filled: Store, granularity: str, rows: int) -> None:
    fleet = StaffDoor(filled.engine, "s-ada", Records(), clock=noon).fleet(FIRST, LAST, granularity)
    assert len(fleet) == rows and fleet["kwh"].sum() == 97.0


def test_a_read_that_cannot_be_recorded_is_not_made(filled: Store) -> None:
    statements: list[str] = []
    event.listen(filled.engine, "before_cursor_execute", lambda _c, _u, said, *_: statements.append(said))

    def refuse(*_: object) -> None:
        raise ReadNotRecorded(reason="down")

    with pytest.raises(ReadNotRecorded):
        StaffDoor(filled.engine, "s-ada", refuse, clock=noon).fleet(FIRST, LAST)
    assert not any("curve_day" in statement for statement in statements)


def test_the_record_is_made_before_the_first_curve_is_read(filled: Store) -> None:
    order: list[str] = []
    event.listen(
        filled.engine,
        "before_cursor_execute",
        lambda _c, _u, said, *_: order.append("curve") if "curve_day" in said else None,
    )
    StaffDoor(filled.engine, "s-ada", lambda *_: order.append("record"), clock=noon).fleet(FIRST, LAST)
    assert order == ["record", "curve", "curve"]


def test_a_wrong_question_is_refused_and_not_recorded(filled: Store) -> None:
    records = Records()
    door = StaffDoor(filled.engine, "s-ada", records, clock=noon)
    with pytest.raises(DaysSwapped):
        door.fleet(LAST, FIRST)
    with pytest.raises(NoSuchDetail):
        door.fleet(FIRST, LAST, "minute")
    assert records == []


def test_a_supplier_without_points_has_an_empty_fleet(store: Store) -> None:
    from portal_lib.customers.tables import supply_point

    with store.engine.begin() as connection:
        connection.execute(sa.delete(supply_point))
    records = Records()
    fleet = StaffDoor(store.engine, "s-ada", records, clock=noon).fleet(FIRST, LAST)
    assert fleet.empty and list(fleet.columns)[:2] == ["pod", "kwh"] and records == [(FIRST, LAST, 0, "")]


def test_points_are_listed_with_their_present_holder(filled: Store) -> None:
    points = StaffDoor(filled.engine, "s-ada", Records(), clock=noon).points()
    assert points["pod"].tolist() == [OWN, OTHER]
    assert points["holder_code"].fillna("nobody").tolist() == ["B", "nobody"]
    assert points["holder"].fillna("nobody").tolist() == ["Cliente B", "nobody"]


class Portal(BaseHTTPRequestHandler):
    """A portal's address for records that answers as it is told to."""

    answers: int = 204
    seen: list[tuple[str, str | None, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Authorization"], json.loads(body)))
        self.send_response(self.answers)
        if self.answers in (302, 307):
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def portal() -> Iterator[tuple[type[Portal], str]]:
    handler = type("Answering", (Portal,), {"seen": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}/services/portale/internal/reads"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_notebook_tells_the_portal_with_its_token(
    filled: Store, portal: tuple[type[Portal], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, url = portal
    monkeypatch.setenv("PORTAL_DATA_URL", str(filled.engine.url))
    monkeypatch.setenv("PORTAL_READS_URL", url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "sesame")
    monkeypatch.setenv("JUPYTERHUB_USER", "s-ada")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody listens there
    door = StaffDoor.from_environment()
    assert door.reader == "s-ada"
    assert not door.fleet(FIRST, LAST, reason="Carico «ottobre»").empty
    assert handler.seen == [
        (
            "/services/portale/internal/reads",
            "token sesame",
            {"first": "2024-10-27", "last": "2024-10-28", "points": 2, "reason": "Carico «ottobre»"},
        )
    ]
    door._engine.dispose()


@pytest.mark.parametrize("status", [302, 307, 400, 403, 500])
def test_any_other_answer_than_done_means_that_nothing_is_read(portal: tuple[type[Portal], str], status: int) -> None:
    handler, url = portal
    handler.answers = status
    with pytest.raises(ReadNotRecorded) as raised:
        record_at(url, "sesame")(FIRST, LAST, 1, "")
    assert str(status) in raised.value.say("it") and "sesame" not in raised.value.say("en")
    assert len(handler.seen) == 1  # the token follows no redirect


@pytest.mark.parametrize(
    ("url", "token"),
    [
        (None, "sesame"),
        ("", "sesame"),
        ("http://127.0.0.1:9/", None),
        ("http://127.0.0.1:9/", "sesame"),
        ("file:///etc/passwd", "sesame"),
        ("http://[broken", "sesame"),
        ("http://127.0.0.1:9/", "ses\name"),
    ],
)
def test_an_address_that_does_not_work_means_that_nothing_is_read(url: str | None, token: str | None) -> None:
    with pytest.raises(ReadNotRecorded) as raised:
        record_at(url, token)(FIRST, LAST, 1, "")
    assert "ses" not in raised.value.say("en")


def test_a_record_says_who_read_what_when_and_why(store: Store) -> None:
    record_read(store.engine, "s-ada", FIRST, LAST, 2, " Carico\n del parco ", noon)
    with db.reading(store.engine) as connection:
        (row,) = connection.execute(sa.select(staff_read)).all()
    assert tuple(row)[1:] == ("s-ada", noon().replace(tzinfo=None), FIRST, LAST, 2, "Carico del parco")


@pytest.mark.parametrize(
    ("reader", "first", "points", "reason"),
    [
        ("", FIRST, 1, ""),
        ("s" * 256, FIRST, 1, ""),
        ("s-ada", date(2025, 1, 1), 1, ""),
        ("s-ada", FIRST, -1, ""),
        ("s-ada", FIRST, 2**31, ""),
        ("s-ada", FIRST, 1, "x" * 201),
        ("s-ada", FIRST, 1, "x\0"),
    ],
)
def test_a_record_that_would_not_tell_is_refused(
    store: Store, reader: str, first: date, points: int, reason: str
) -> None:
    with pytest.raises(UnclearRead) as raised:
        record_read(store.engine, reader, first, LAST, points, reason, noon)
    assert isinstance(raised.value, Refused)
    with db.reading(store.engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(staff_read)).scalar_one() == 0
