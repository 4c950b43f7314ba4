"""What a load would change is shown before it is made; whom it would leave alone is said."""

import json
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.customers import exceptions as refusals
from portal_lib.customers.changes import Change
from portal_lib.customers.loading import load
from portal_lib.customers.orphans import Orphan, _lost
from portal_lib.customers.points import expect
from portal_lib.customers.tables import customer, supply_point
from tests.customers.sheets import CUSTOMERS, POINTS, VAT_ONE, person_tax_code, vat_number, write, write_all
from tests.customers.test_command import Portal, portal
from tests.customers.test_loading import everything

__all__ = ["portal"]

HEADER = POINTS.splitlines()[0] + "\n"
PALESTRA = ";;Via dello Sport 4;Valdombra;;palestra;400;30,0;33\n"
GYM = "IT999E00000102"


@pytest.fixture
def loaded(engine: Engine, tmp_path: Path) -> Engine:
    load(engine, write_all(tmp_path))
    return engine


def test_a_dry_run_tells_each_field_and_changes_nothing(loaded: Engine, tmp_path: Path) -> None:
    before = everything(loaded)
    changed = CUSTOMERS.replace("Comune di Valdombra", "Città di Valdombra").replace("giulia@example.org", "")
    files = [
        write(tmp_path, "c.csv", changed + "10002009;organisation;Nuovo Ente;;{vat_one};;\n"),
        write(tmp_path, "p.csv", HEADER + f"{GYM};-;2025-01-01;" + PALESTRA),
    ]
    told = load(loaded, files, dry_run=True)
    assert everything(loaded) == before
    assert told.changes == [
        Change("customers", "10002001", "changed", "email", "giulia@example.org", None),
        Change("customers", "10002002", "changed", "name", "Comune di Valdombra", "Città di Valdombra"),
        Change("customers", "10002009", "added", "kind", None, "organisation"),
        Change("customers", "10002009", "added", "name", None, "Nuovo Ente"),
        Change("customers", "10002009", "added", "vat", None, VAT_ONE),
        Change("holders", f"{GYM} 2025-01-01", "removed", "customer_code", "10002002", None),
        Change("holders", f"{GYM} 2025-01-01", "removed", "order_number", "OD-1", None),
    ]
    assert load(loaded, files).changes == told.changes
    assert everything(loaded) != before and load(loaded, files[:1], dry_run=True).changes == []


def test_a_mistake_is_found_by_a_dry_run_too(loaded: Engine, tmp_path: Path) -> None:
    with pytest.raises(refusals.HoldersOverlap):
        load(loaded, [write(tmp_path, "p.csv", HEADER + f"{GYM};10002001;2024-06-01;" + PALESTRA)], dry_run=True)


def test_a_contact_is_loaded_where_the_sheet_has_one_and_kept_where_it_has_not(loaded: Engine, tmp_path: Path) -> None:
    lines = CUSTOMERS.splitlines()
    more = [f"{lines[0]};contact_phone;contact_name", f"{lines[2]};0463 123456;Rag. Bianchi"]
    load(
        loaded,
        [
            write(tmp_path, "c.csv", "\n".join(more) + "\n"),
            write(tmp_path, "d.csv", CUSTOMERS.replace(lines[2] + "\n", "")),
        ],
    )
    load(loaded, [write(tmp_path, "c.csv", CUSTOMERS)])  # no such columns: what they said stays
    with db.reading(loaded) as connection:
        rows = connection.execute(
            sa.select(customer.c.contact_name, customer.c.contact_phone).order_by(customer.c.code)
        ).all()
    assert [tuple(row) for row in rows] == [(None, None), ("Rag. Bianchi", "0463 123456"), (None, None)]


def test_a_sheet_announces_a_point_that_readings_named_first(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        waiting = expect(connection, [GYM])[GYM]
    told = load(engine, write_all(tmp_path), dry_run=True)
    assert Change("supply points", GYM, "changed", "announced", False, True) in told.changes
    load(engine, write_all(tmp_path))
    with db.reading(engine) as connection:
        point = connection.execute(sa.select(supply_point).where(supply_point.c.pod == GYM)).one()
    assert point.announced is True and point.id == waiting and point.use == "palestra"


def two_accounts(codes: Collection[str]) -> dict[str, int]:
    return dict.fromkeys(codes, 2)


@pytest.mark.parametrize(
    ("line", "orphaned"),
    [
        ("10002001;household;Altra Persona;{other};;;", True),
        ("10002001;organisation;Ditta;;{vat};;", True),
        ("10002001;organisation;Giulia Ferraris;{person};{vat};;", False),  # the same number, and one more
        ("10002001;household;Giulia Ferraris Neri;{person};;;", False),
    ],
)
def test_a_customer_that_becomes_somebody_else_is_told_where_accounts_see_its_data(
    loaded: Engine, tmp_path: Path, line: str, orphaned: bool
) -> None:
    line = line.format(other=person_tax_code("NREGLI85C52X999"), vat=vat_number("9999903999"), person="{person}")
    path = write(tmp_path, "c.csv", CUSTOMERS.splitlines()[0] + "\n" + line + "\n")
    told = load(loaded, [path], dry_run=True, accounts_of=two_accounts)
    assert told.orphans == ([Orphan("accounts", "10002001", 2, "tax numbers")] if orphaned else [])
    assert load(loaded, [path], dry_run=True).orphans == []  # nobody registered
    if orphaned:
        before = everything(loaded)
        with pytest.raises(refusals.WouldOrphan, match=r"10002001 would be somebody else.* 2 accounts.*--accept-orph"):
            load(loaded, [path], accounts_of=two_accounts)
        assert everything(loaded) == before
        assert load(loaded, [path], accounts_of=two_accounts, accept_orphans=True).orphans == told.orphans


def test_a_customer_that_would_hold_nothing_any_more_is_told(loaded: Engine, tmp_path: Path) -> None:
    path = write(tmp_path, "p.csv", HEADER + f"{GYM};10002002;2023-01-01;2024-12-31" + PALESTRA)
    told = load(loaded, [path], dry_run=True, accounts_of=two_accounts)
    assert told.orphans == [Orphan("accounts", "10002003", 2, "no supply point")]


def test_readings_that_nobody_would_hold_are_told(loaded: Engine, tmp_path: Path) -> None:
    asked: list[tuple[date, date | None]] = []

    def forty(_connection: Connection, _point: int, first: date, last: date | None) -> int:
        asked.append((first, last))
        return 40 if first >= date(2025, 1, 1) else 0

    def points(*lines: str) -> list[Path]:
        return [write(tmp_path, "p.csv", HEADER + "".join(line + PALESTRA for line in lines))]

    ended = points(f"{GYM};10002002;2025-01-01;2025-06-30")
    assert load(loaded, ended, dry_run=True, reading_days=forty).orphans == [
        Orphan("readings", GYM, 40, "2025-07-01 – …")
    ]
    with pytest.raises(refusals.WouldOrphan, match=f"POD {GYM} has readings on 40 days"):
        load(loaded, ended, reading_days=forty)
    handed_on = points(f"{GYM};10002002;2025-01-01;2025-06-30", f"{GYM};10002003;2025-07-01;")
    asked.clear()
    assert load(loaded, handed_on, dry_run=True, reading_days=forty).orphans == [] and asked == []
    earlier = points(f"{GYM};10002003;2023-01-01;2023-12-31", f"{GYM};-;2025-01-01;")
    load(loaded, earlier, dry_run=True, reading_days=forty)
    assert asked == [(date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 1, 1), None)]


def intervals(cuts: list[int], last_open: bool) -> list[tuple[date, date | None]]:
    cuts = sorted(set(cuts))
    found: list[tuple[date, date | None]] = [
        (date.fromordinal(730_000 + first), date.fromordinal(730_000 + last))
        for first, last in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    if last_open and found:
        found[-1] = (found[-1][0], None)
    return found


def days(of: list[tuple[date, date | None]]) -> set[int]:
    return {day for first, last in of for day in range(first.toordinal(), (last.toordinal() if last else 730_100) + 1)}


CUTS = st.lists(st.integers(0, 60), max_size=8)


@given(CUTS, st.booleans(), CUTS, st.booleans())
def test_the_days_that_are_lost_are_those_held_before_and_not_after(
    one: list[int], one_open: bool, two: list[int], two_open: bool
) -> None:
    before, after = intervals(one, one_open), intervals(two, two_open)
    lost = list(_lost(before, after))
    assert days(lost) == days(before) - days(after)
    assert all(last is None or first <= last for first, last in lost)


def test_the_command_shows_what_would_change_and_wants_orphans_accepted(
    portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, add_reading: Callable[[Path, str, date], None]
) -> None:
    assert portal("customers", "load", *map(str, write_all(tmp_path)))[0] == 0
    add_reading(tmp_path / "var" / "data" / "data.sqlite", GYM, date(2025, 8, 1))
    register(tmp_path / "var" / "accounts" / "accounts.sqlite", "10002001")
    other = CUSTOMERS.replace("{person}", person_tax_code("NREGLI85C52X999"))
    files = [
        str(write(tmp_path, "c.csv", other)),
        str(write(tmp_path, "p.csv", HEADER + f"{GYM};10002002;2025-01-01;2025-06-30;OD-1" + PALESTRA[1:])),
    ]
    code, out, err = portal("customers", "load", *files, "--dry-run", "--json")
    assert code == 0 and "Nothing has been changed." in err
    assert "Customer 10002001 would be somebody else by its tax numbers, and 1 accounts see its data." in err
    assert f"POD {GYM} has readings on 1 days that nobody would hold (2025-07-01 – …)." in err
    assert [(row["what"], row["key"], row["change"], row["field"]) for row in json.loads(out)] == [
        ("customers", "10002001", "changed", "tax_code"),
        ("holders", f"{GYM} 2025-01-01", "changed", "last_day"),
        ("accounts", "10002001", "orphaned", "tax numbers"),
        ("readings", GYM, "orphaned", "2025-07-01 – …"),
    ]
    code, out, err = portal("customers", "load", *files)
    assert code == 1 and out == "" and "--accept-orphans" in err and "Traceback" not in err
    assert portal("customers", "load", *files, "--accept-orphans")[0] == 0
    code, out, err = portal("customers", "load", *files, "--dry-run")
    assert code == 0 and "nothing would change" in err


@pytest.mark.parametrize("kind", ["reactive", "register"])
def test_readings_without_an_active_curve_are_nobodys_to_lose_either(portal: Portal, tmp_path: Path, kind: str) -> None:
    from portal_lib.metering.calendar import day_number
    from portal_lib.metering.tables import curve_day, register_reading

    assert portal("customers", "load", *map(str, write_all(tmp_path)))[0] == 0
    engine = db.open_engine(f"sqlite:///{tmp_path / 'var' / 'data' / 'data.sqlite'}")
    with engine.begin() as connection:
        point = connection.scalar(sa.select(supply_point.c.id).where(supply_point.c.pod == GYM))
        row = {"point_id": point, "day": day_number(date(2025, 8, 1)), "flags": 0, "file_id": 1}
        if kind == "reactive":
            curve = np.zeros(96, dtype="<i4").tobytes()
            connection.execute(sa.insert(curve_day).values(row | {"magnitude": "Er", "n": 96, "curve": curve}))
        else:
            said = {"kind": "register", "magnitude": "Ea", "band": "F1", "value": 5}
            connection.execute(sa.insert(register_reading).values(row | said))
    engine.dispose()
    ended = str(write(tmp_path, "p.csv", HEADER + f"{GYM};10002002;2025-01-01;2025-06-30;OD-1" + PALESTRA[1:]))
    code, _, err = portal("customers", "load", ended)
    assert code == 1 and f"POD {GYM} has readings on 1 days" in err


@pytest.fixture
def add_reading() -> Callable[[Path, str, date], None]:
    def add(file: Path, pod: str, day: date) -> None:
        from portal_lib.metering.calendar import day_number
        from portal_lib.metering.tables import curve_day

        engine = db.open_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            connection.execute(
                sa.insert(curve_day).values(
                    point_id=connection.scalar(sa.select(supply_point.c.id).where(supply_point.c.pod == pod)),
                    magnitude="Ea",
                    day=day_number(day),
                    n=96,
                    flags=0,
                    file_id=1,
                    curve=np.zeros(96, dtype="<i4").tobytes(),
                )
            )
        engine.dispose()

    return add


def register(file: Path, code: str) -> None:
    from datetime import datetime

    from portal_lib.accounts.tables import account, account_customer

    url, at = f"sqlite:///{file}", datetime.fromisoformat("2026-01-01")
    db.migrate("accounts", url)
    engine = db.open_engine(url)
    with engine.begin() as connection:
        for number, state in ((1, "active"), (2, "erased")):
            name = f"c-{number}"
            connection.execute(
                sa.insert(account).values(
                    id=number, kind="customer", hub_name=name, login=name, login_key=name, state=state, created_at=at
                )
            )
            connection.execute(
                sa.insert(account_customer).values(account_id=number, customer_code=code, added_at=at, approved_at=at)
            )
    engine.dispose()
