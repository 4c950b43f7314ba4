"""A supplier moves from SQLite to PostgreSQL and back, and nothing is lost on the way."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from portal_lib import copying, db
from portal_lib.accounts import tables as accounts
from portal_lib.cli import main as command
from portal_lib.cli.data import all_tables
from portal_lib.copying import CopyDiffers, NotThisDatabase, RowsRefused
from portal_lib.customers import tables as customers
from portal_lib.metering import tables as metering
from portal_lib.visits import staff_read
from tests.databases import PostgresServer

Portal = Callable[..., tuple[int, str, str]]
AT = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Portal:
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["portal", *words])
        code = 0
        try:
            command.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def curve(day: int, n: int, file_id: int) -> dict[str, Any]:
    values = np.random.default_rng(day).integers(-(2**31), 2**31, n).astype("<i4")
    return {
        "point_id": 7, "magnitude": "Ea", "day": day, "n": n, "flags": day % 4, "file_id": file_id,
        "curve": values.tobytes(),
    }  # fmt: skip


def fill_data(url: str) -> None:
    engine = db.open_engine(url)
    with engine.begin() as connection:
        for table, rows in (
            (customers.customer, [
                {"code": "A.1_-", "kind": "household", "name": "Nicolò Città €😀", "email": None},
                {"code": "B", "kind": "organisation", "name": "'; drop table customer; --", "vat": "00743110157"},
            ]),
            (customers.supply_point, [
                {"id": 7, "pod": "IT999E00000007", "contracted_kw": 0.1 + 0.2, "available_kw": None},
                {"id": 40, "pod": "IT999E00000040", "announced": False, "contracted_kw": 1e-17},
            ]),
            (customers.holder, [
                {"point_id": 7, "first_day": date(2023, 1, 1), "last_day": None, "customer_code": "A.1_-"},
            ]),
            (metering.source_file, [
                {"id": number, "sha256": f"{number:064x}", "flow": "PDO", "name": "a.xml", "sent_at": "20250101000000",
                 "received_at": AT}
                for number in (1, 2)
            ]),
            (metering.curve_day, [curve(day, (0, 23, 92, 96, 100)[day % 5], 2) for day in range(20_000, 25_500)]),
            (metering.curve_day_superseded, [curve(20_003, 96, 1)]),
            (metering.register_reading, [
                {"point_id": 40, "day": 20_100, "kind": "register", "magnitude": "Ea", "band": "F1",
                 "value": 2**40, "flags": 1, "file_id": 2}
            ]),
            (staff_read, [{"reader": "s-ada", "at": AT, "first_day": date(2024, 1, 1), "last_day": date(2024, 2, 1),
                           "points": 3}]),
        ):  # fmt: skip
            for row in rows:
                connection.execute(sa.insert(table), row)
    engine.dispose()


def fill_accounts(url: str) -> None:
    engine = db.open_engine(url)
    with engine.begin() as connection:
        person = {"kind": "customer", "state": "active", "created_at": AT}
        connection.execute(
            sa.insert(accounts.account),
            [
                person | {"id": 3, "hub_name": "c-3", "login": "Anna", "login_key": "anna", "password_hash": "$a$"},
                person | {"id": 9, "hub_name": "c-9", "login": "Ugo", "login_key": "ugo", "password_hash": None},
            ],
        )
        connection.execute(
            sa.insert(accounts.audit_event),
            [
                {"at": AT, "event": "e", "account_id": 3, "detail": {"è": [1, None, "\U0001f600", {"a": 1.5}]}},
                {"at": AT, "event": "e", "account_id": None, "detail": {}},
            ],
        )
        # A null of the database, and the null of JSON.
        token = {"account_id": 3, "purpose": "confirm", "created_at": AT, "expires_at": AT, "used_at": None}
        connection.execute(sa.insert(accounts.token).values(token | {"sha256": "1", "detail": sa.null()}))
        connection.execute(sa.insert(accounts.token).values(token | {"sha256": "2", "detail": sa.JSON.NULL}))
        connection.execute(
            sa.insert(accounts.consent).values(
                account_id=3, purpose="notice", granted=True, at=AT, notice_version="1", notice_sha256="x", channel="r"
            )
        )
    engine.dispose()


FILL = {"data": fill_data, "accounts": fill_accounts}


def content(url: str, which: db.Which) -> dict[str, set[str]]:
    """Every row of every table, as text."""
    engine = db.open_engine(url)
    with db.reading(engine) as connection:
        rows = {
            name: {repr(tuple(row)) for row in connection.execute(sa.select(table))}
            for name, table in all_tables()[which].tables.items()
        }
    engine.dispose()
    return rows


@pytest.mark.parametrize("which", ["data", "accounts"])
def test_a_database_goes_to_postgresql_and_back_and_is_the_same(
    portal: Portal, postgres: PostgresServer, tmp_path: Path, which: db.Which
) -> None:
    first, back, over = f"sqlite:///{tmp_path / 'first.sqlite'}", tmp_path / "back.sqlite", postgres.empty()
    db.migrate(which, first)
    FILL[which](first)
    code, out, err = portal("data", "copy", str(tmp_path / "first.sqlite"), over, "--json")
    assert code == 0, err
    assert f"The {which} database is copied" in err
    sent = json.loads(out)
    assert content(over, which) == content(first, which)
    code, out, err = portal("data", "copy", over, str(back), "--json")
    assert code == 0, err
    assert json.loads(out) == sent
    assert content(f"sqlite:///{back}", which) == content(first, which)
    if which == "accounts":
        nulls = sa.text("select sha256 from token where detail is null")
        for url in (over, f"sqlite:///{back}"):
            with db.reading(db.open_engine(url)) as connection:
                assert connection.execute(nulls).scalars().all() == ["1"]
    postgres.drop(over)


def test_new_rows_are_numbered_after_the_copied_ones(portal: Portal, postgres: PostgresServer, tmp_path: Path) -> None:
    first, over = f"sqlite:///{tmp_path / 'first.sqlite'}", postgres.empty()
    db.migrate("data", first)
    fill_data(first)
    assert portal("data", "copy", first, over)[0] == 0
    engine = db.open_engine(over)
    with engine.begin() as connection:
        made = connection.execute(sa.insert(customers.supply_point).values(pod="IT999E00000041"))
        assert made.inserted_primary_key[0] == 41
        connection.execute(
            sa.insert(metering.source_file).values(sha256="f", flow="PDO", name="b", sent_at="", received_at=AT)
        )
    engine.dispose()
    postgres.drop(over)


def test_a_target_that_holds_anything_is_refused_and_left_alone(portal: Portal, tmp_path: Path) -> None:
    first, second = (f"sqlite:///{tmp_path / name}" for name in ("first.sqlite", "second.sqlite"))
    for url in (first, second):
        db.migrate("data", url)
        fill_data(url)
    before = content(second, "data")
    code, _, err = portal("data", "copy", first, second)
    assert code == 1 and "isn't empty" in err and content(second, "data") == before


def test_what_is_not_this_portals_database_is_neither_read_nor_written(
    portal: Portal, postgres: PostgresServer, tmp_path: Path
) -> None:
    data, others = f"sqlite:///{tmp_path / 'data.sqlite'}", f"sqlite:///{tmp_path / 'accounts.sqlite'}"
    db.migrate("data", data)
    db.migrate("accounts", others)
    old = f"sqlite:///{tmp_path / 'old.sqlite'}"
    db.migrate("data", old, to="0001")
    for source, target, said in (
        (data, others, "isn't a database of this version"),
        (others, data, "isn't a database of this version"),
        (old, f"{tmp_path}/new.sqlite", "start the new portal on it first"),
        (data, data, "the same one"),
        (str(tmp_path / "none.sqlite"), data, "There is no database"),
    ):
        code, _, err = portal("data", "copy", source, target)
        assert code == 1 and said in err and "Traceback" not in err
    assert not (tmp_path / "none.sqlite").exists() and not (tmp_path / "new.sqlite").exists()


def test_a_password_in_an_address_is_in_no_sentence(postgres: PostgresServer) -> None:
    over = postgres.empty()
    secret = make_url(over).set(password="geheim")
    with pytest.raises(NotThisDatabase) as raised:
        copying.check_tables(db.open_engine(secret.render_as_string(hide_password=False)), all_tables()["data"])
    assert "geheim" not in raised.value.say("it") + raised.value.say("en")
    postgres.drop(over)


def test_a_row_that_the_target_cannot_hold_stops_all_of_it(postgres: PostgresServer, tmp_path: Path) -> None:
    first, over = f"sqlite:///{tmp_path / 'first.sqlite'}", postgres.migrated("data")
    db.migrate("data", first)
    fill_data(first)
    here, there = db.open_engine(first), db.open_engine(over)
    with here.begin() as connection:  # SQLite takes a name of any length
        connection.execute(sa.update(customers.supply_point).values(address="x" * 201))
    with pytest.raises(RowsRefused, match="supply_point: value too long"):
        copying.copy(here, there, all_tables()["data"])
    with db.reading(there) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(customers.customer)) == 0
    there.dispose()
    postgres.drop(over)


def test_what_arrives_other_than_it_was_is_not_kept(tmp_path: Path) -> None:
    first, second = (f"sqlite:///{tmp_path / name}" for name in ("first.sqlite", "second.sqlite"))
    for url in (first, second):
        db.migrate("data", url)
    fill_data(first)
    here, there = db.open_engine(first), db.open_engine(second)
    with there.begin() as connection:
        connection.exec_driver_sql(
            "create trigger spoil after insert on holder begin update holder set order_number = 'x'; end"
        )
    with pytest.raises(CopyDiffers, match="holder"):
        copying.copy(here, there, all_tables()["data"])
    with db.reading(there) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(customers.customer)) == 0


@pytest.mark.parametrize("which", ["data", "accounts"])
def test_every_table_of_a_database_is_known_to_the_copy(tmp_path: Path, which: db.Which) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    db.migrate(which, url)
    copying.check_tables(db.open_engine(url), all_tables()[which])
