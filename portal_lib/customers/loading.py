"""Loading customers, supply points with their holders, and orders: all files of one call, or nothing.

Loading again updates: a row replaces what was stored under the same key (a customer's code; a POD; a POD and
the first day of an interval; a customer's code and an order's number), and what no row speaks of stays as it
is. Who held a point when is thus never lost by leaving a row out; an interval that should not have been there
is taken back by a row of its own (``docs/customers-files.md``).

What a load does is known for certain once it is done. So to show it before it is made, it is made, told, and taken
back: one transaction, one way through the code.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib.customers import exceptions as refusals
from portal_lib.customers.changes import Change, Count, Ledger
from portal_lib.customers.orphans import AccountsOf, Orphan, ReadingDays, before, orphans
from portal_lib.customers.points import lock, point_ids
from portal_lib.customers.records import (
    CustomerRecord,
    OrderRecord,
    PointRecord,
    customer_of,
    order_of,
    point_of,
)
from portal_lib.customers.sheets import Row, read_sheets
from portal_lib.customers.tables import customer, holder, supply_order, supply_point


@dataclass(frozen=True)
class Loaded:
    """What a load did, or would do."""

    counts: list[Count]
    changes: list[Change]
    orphans: list[Orphan]


@dataclass(frozen=True)
class _Interval:
    """The days on which a customer holds a point, and the row that says so (None: it is stored already)."""

    first: date
    last: date | None
    customer_code: str
    order_number: str | None
    row: Row | None = None

    @property
    def days(self) -> str:
        return f"{self.first} – {self.last or '…'}"

    @property
    def stated(self) -> dict[str, Any]:
        return {"last_day": self.last, "customer_code": self.customer_code, "order_number": self.order_number}


class _FromRow(Protocol):
    @property
    def row(self) -> Row: ...


R = TypeVar("R", bound=_FromRow)


def load(
    engine: Engine,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    accept_orphans: bool = False,
    accounts_of: AccountsOf = lambda _codes: {},
    reading_days: ReadingDays = lambda _connection, _point, _first, _last: 0,
) -> Loaded:
    """Load files of customers, supply points and orders (CSV, XLSX), in whichever order they are named.

    All of them together in one transaction: where one row of one file is wrong, a refusal
    (:mod:`portal_lib.customers.exceptions`) names it and nothing has changed. With ``dry_run`` nothing has changed
    either, and the answer tells what would. A load that leaves accounts or readings without an owner is refused
    unless ``accept_orphans``; a dry run tells them.
    """
    customers: list[CustomerRecord] = []
    orders: list[OrderRecord] = []
    points: list[PointRecord] = []
    for path in paths:
        for sheet in read_sheets(path):
            match sheet.name:
                case "customers":
                    customers += map(customer_of, sheet.rows)
                case "orders":
                    orders += map(order_of, sheet.rows)
                case "supply points":
                    points += map(point_of, sheet.rows)
    _once_each(customers, "code", lambda record: f"customer {record.code}")
    _once_each(orders, "number", lambda record: f"order {record.number} of customer {record.customer_code}")
    _once_each(points, "pod", lambda record: f"POD {record.pod} from {record.first_day}")
    _one_voice(points)

    with engine.connect() as connection, connection.begin() as transaction:
        lock(connection)
        was = before(connection, [record.code for record in customers], [record.pod for record in points])
        ledgers = [
            _load_customers(connection, customers),
            _load_orders(connection, orders),
            _load_points(connection, points),
            _load_holders(connection, points),
        ]
        alone = orphans(connection, was, accounts_of, reading_days)
        if alone and not (dry_run or accept_orphans):
            raise refusals.WouldOrphan(alone)
        if dry_run:
            transaction.rollback()
    return Loaded(
        counts=[ledger.count() for ledger in ledgers],
        changes=[change for ledger in ledgers for change in ledger.changes],
        orphans=alone,
    )


def _once_each(records: Sequence[R], column: str, named: Callable[[R], str]) -> None:
    """Refuse the second row about the same thing."""
    seen: dict[str, Row] = {}
    for record in records:
        what = named(record)
        if (other := seen.setdefault(what, record.row)) is not record.row:
            raise record.row.refuse(refusals.RepeatedRow, column, what=what, other=other.row, other_file=other.file)


#: What a point is, apart from who holds it: the columns of its own table.
_OF_THE_POINT = (
    "address",
    "municipality",
    "cost_centre",
    "use",
    "voltage",
    "contracted_kw",
    "available_kw",
)


def _one_voice(points: Iterable[PointRecord]) -> None:
    """Refuse rows of one POD that don't say the same about the point itself."""
    first_of: dict[str, PointRecord] = {}
    for record in points:
        if record.customer_code is None:
            continue
        first = first_of.setdefault(record.pod, record)
        for column in _OF_THE_POINT:
            if getattr(record, column) != getattr(first, column):
                raise record.row.refuse(
                    refusals.Contradiction,
                    column,
                    pod=record.pod,
                    value=record.row.cells[column].strip(),
                    other=first.row.row,
                    other_file=first.row.file,
                    other_value=first.row.cells[column].strip(),
                )


def _load_customers(connection: Connection, records: Sequence[CustomerRecord]) -> Ledger:
    names = ("kind", "name", "tax_code", "vat", "email", "office_code")
    wanted = {(record.code,): _values(record, names) | record.contact for record in records}
    _no_zeros_were_lost(connection, records)
    return _upsert(connection, "customers", customer, ("code",), wanted)


def _load_orders(connection: Connection, records: Sequence[OrderRecord]) -> Ledger:
    _customers_are_known(connection, ((record.row, record.customer_code) for record in records))
    names = ("ordered_on", "cig", "cup", "lot", "expected_kwh")
    wanted = {(record.customer_code, record.number): _values(record, names) for record in records}
    return _upsert(connection, "orders", supply_order, ("customer_code", "number"), wanted)


def _load_points(connection: Connection, records: Sequence[PointRecord]) -> Ledger:
    wanted = {
        (record.pod,): _values(record, _OF_THE_POINT) | {"announced": True}
        for record in records
        if record.customer_code is not None
    }
    return _upsert(connection, "supply points", supply_point, ("pod",), wanted)


def _load_holders(connection: Connection, records: Sequence[PointRecord]) -> Ledger:
    _customers_are_known(
        connection,
        ((record.row, record.customer_code) for record in records if record.customer_code is not None),
    )
    _orders_are_known(connection, records)
    ids = point_ids(connection, (record.pod for record in records))
    stored = _stored_intervals(connection, ids.values())

    adding: list[dict[str, Any]] = []
    changing: list[dict[str, Any]] = []
    removing: list[dict[str, Any]] = []
    ledger = Ledger("holders")
    by_pod: dict[str, list[PointRecord]] = defaultdict(list)
    for record in records:
        by_pod[record.pod].append(record)
    for pod, rows in by_pod.items():
        point_id = ids.get(pod, 0)
        before = stored.get(point_id, {})
        after = dict(before)
        for record in rows:
            key = {"of_point": point_id, "of_day": record.first_day}
            named = f"{pod} {record.first_day}"
            if record.customer_code is None:
                if record.first_day not in before:
                    raise record.row.refuse(refusals.NoSuchHolding, "holder_from", pod=pod, first=record.first_day)
                ledger.removed(named, after.pop(record.first_day).stated)
                removing.append(key)
                continue
            interval = _Interval(
                record.first_day, record.last_day, record.customer_code, record.order_number, record.row
            )
            after[record.first_day] = interval
            old = before.get(record.first_day)
            if old is not None and old.stated == interval.stated:
                ledger.unchanged += 1
            elif old is None:
                ledger.added(named, interval.stated)
                adding.append({"point_id": point_id, "first_day": interval.first} | interval.stated)
            else:
                ledger.changed(named, old.stated, interval.stated)
                changing.append(key | interval.stated)
        _nobody_overlaps(pod, after.values())

    this_interval = sa.and_(holder.c.point_id == sa.bindparam("of_point"), holder.c.first_day == sa.bindparam("of_day"))
    if removing:
        connection.execute(sa.delete(holder).where(this_interval), removing)
    if changing:
        connection.execute(sa.update(holder).where(this_interval), changing)
    if adding:
        connection.execute(sa.insert(holder), adding)
    return ledger


def _nobody_overlaps(pod: str, intervals: Iterable[_Interval]) -> None:
    """Refuse two intervals of one point that share a day."""
    in_order = sorted(intervals, key=lambda interval: interval.first)
    for earlier, later in pairwise(in_order):
        if earlier.last is not None and earlier.last < later.first:
            continue
        row = later.row or earlier.row
        assert row is not None, "stored intervals never overlap, so one of the two is from a file"
        raise row.refuse(
            refusals.HoldersOverlap,
            "holder_from",
            pod=pod,
            one=earlier.customer_code,
            one_days=earlier.days,
            two=later.customer_code,
            two_days=later.days,
        )


def _stored_intervals(connection: Connection, ids: Iterable[int]) -> dict[int, dict[date, _Interval]]:
    found: dict[int, dict[date, _Interval]] = defaultdict(dict)
    for some in _in_parts(sorted(ids)):
        for row in connection.execute(sa.select(holder).where(holder.c.point_id.in_(some))):
            found[row.point_id][row.first_day] = _Interval(
                row.first_day, row.last_day, row.customer_code, row.order_number
            )
    return found


def _customers_are_known(connection: Connection, named: Iterable[tuple[Row, str]]) -> None:
    places = dict[str, Row]()
    for row, code in named:
        places.setdefault(code, row)
    known: set[str] = set()
    for some in _in_parts(list(places)):
        known.update(connection.scalars(sa.select(customer.c.code).where(customer.c.code.in_(some))))
    for code, row in places.items():
        if code not in known:
            raise row.refuse(refusals.UnknownCustomer, "customer_code", code=code)


def _no_zeros_were_lost(connection: Connection, records: Sequence[CustomerRecord]) -> None:
    """Refuse a code that is another one's without the zeros at its beginning, as spreadsheets take them away."""
    known = {record.code for record in records}
    bare = {record.code: record for record in records if not record.code.startswith("0")}
    zeros = {code.lstrip("0"): code for code in known if code.startswith("0")}
    for some in _in_parts(sorted(bare)):
        without = sa.func.ltrim(customer.c.code, "0")
        found = connection.execute(
            sa.select(customer.c.code, without.label("bare")).where(without.in_(some), customer.c.code != without)
        )
        zeros |= {row.bare: row.code for row in found}
    for code, record in bare.items():
        if code in zeros:
            raise record.row.refuse(refusals.LostZeros, "code", value=code, like=zeros[code])


def _orders_are_known(connection: Connection, records: Iterable[PointRecord]) -> None:
    places = dict[tuple[str, str], Row]()
    for record in records:
        if record.customer_code is not None and record.order_number is not None:
            places.setdefault((record.customer_code, record.order_number), record.row)
    known: set[tuple[str, str]] = set()
    for some in _in_parts(sorted({code for code, _ in places})):
        rows = connection.execute(
            sa.select(supply_order.c.customer_code, supply_order.c.number).where(supply_order.c.customer_code.in_(some))
        )
        known.update((row.customer_code, row.number) for row in rows)
    for (code, number), row in places.items():
        if (code, number) not in known:
            raise row.refuse(refusals.UnknownOrder, "order_number", code=code, number=number)


def _upsert(
    connection: Connection,
    what: str,
    table: sa.Table,
    key: tuple[str, ...],
    wanted: Mapping[tuple[Any, ...], dict[str, Any]],
) -> Ledger:
    """Insert or update rows by key, and tell what that changed. ``wanted``: {key: values}."""
    stored: dict[tuple[Any, ...], dict[str, Any]] = {}
    for some in _in_parts(sorted({of[0] for of in wanted})):
        for row in connection.execute(sa.select(table).where(table.c[key[0]].in_(some))).mappings():
            stored[tuple(row[name] for name in key)] = dict(row)
    ledger = Ledger(what)
    adding, changing = [], []
    spoken_of = dict.fromkeys(name for values in wanted.values() for name in values)
    for of, said in wanted.items():
        # What one sheet has no column for stays as it is; statements want the same names for every row.
        values = spoken_of | _only(stored.get(of, {}), spoken_of) | said
        named = " ".join(of)
        if of not in stored:
            ledger.added(named, values)
            adding.append(dict(zip(key, of, strict=True)) | values)
        elif any(stored[of][name] != value for name, value in values.items()):
            ledger.changed(named, stored[of], values)
            changing.append({f"of_{name}": part for name, part in zip(key, of, strict=True)} | values)
        else:
            ledger.unchanged += 1
    if adding:
        connection.execute(sa.insert(table), adding)
    if changing:
        this_row = sa.and_(*(table.c[name] == sa.bindparam(f"of_{name}") for name in key))
        connection.execute(sa.update(table).where(this_row), changing)
    return ledger


def _values(record: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _only(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


T = TypeVar("T")


def _in_parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Values in lists short enough for one query's bound values."""
    for start in range(0, len(values), 1000):
        yield values[start : start + 1000]
