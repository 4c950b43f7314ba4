"""What a load would leave without an owner: accounts whose customer is somebody else now or holds nothing any more,
and readings on days on which nobody holds their point any more.

Accounts and readings are other rooms' business: who loads hands over how to count them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.customers.tables import customer, holder, supply_point

#: How many accounts hold each of these customer codes; codes that none holds may be left out.
AccountsOf = Callable[[Collection[str]], Mapping[str, int]]

#: On how many days between two, both included (None: without end), a point has readings.
ReadingDays = Callable[[Connection, int, date, date | None], int]

_ONE_DAY = timedelta(days=1)

Days = tuple[date, date | None]

T = TypeVar("T")


@dataclass(frozen=True)
class Orphan:
    """One customer whose accounts, or one POD whose readings, would be nobody's."""

    what: str  # "accounts" | "readings"
    key: str  # customer code | POD
    count: int  # accounts | days with readings
    why: str  # the customer's "tax numbers" | "no supply point" | the days, "2025-01-01 – …"


@dataclass(frozen=True)
class Before:
    """What stands before a load, of what the load may touch: read first, held against what stands afterwards."""

    numbers: dict[str, frozenset[str]]  # customer code -> its tax numbers
    held: dict[int, list[tuple[Days, str]]]  # point -> intervals with the holder's code, in order
    holders: frozenset[str]  # all codes that hold or held any of these points


def before(connection: Connection, codes: Collection[str], pods: Collection[str]) -> Before:
    """What stands now, of these customers and points."""
    points = _point_ids(connection, pods)
    held = _held(connection, points)
    holders = frozenset(code for intervals in held.values() for _, code in intervals)
    return Before(_numbers(connection, codes), held, holders)


def orphans(connection: Connection, was: Before, accounts_of: AccountsOf, reading_days: ReadingDays) -> list[Orphan]:
    """Whom what now stands in this transaction leaves alone, compared with what stood before."""
    found: list[Orphan] = []
    now = _numbers(connection, was.numbers)
    # Some number must still be the same: a customer that gets a partita IVA besides is the same one.
    other = {code for code, numbers in was.numbers.items() if numbers and not numbers & now.get(code, frozenset())}
    alone = {code for code in was.holders if not _holds_anything(connection, code)}
    accounts = accounts_of(other | alone) if other | alone else {}
    for code in sorted(other | alone):
        if count := accounts.get(code, 0):
            found.append(Orphan("accounts", code, count, "tax numbers" if code in other else "no supply point"))
    pods = _pods(connection, was.held)
    held = _held(connection, was.held)
    for point_id, intervals in was.held.items():
        for first, last in _lost([days for days, _ in intervals], [days for days, _ in held.get(point_id, [])]):
            if days := reading_days(connection, point_id, first, last):
                found.append(Orphan("readings", pods[point_id], days, f"{first} – {last or '…'}"))
    return found


def _lost(before: Iterable[Days], after: list[Days]) -> Iterable[Days]:
    """The days that were somebody's and are nobody's; each list in order, its intervals apart."""
    for first, last in before:
        at: date | None = first
        for since, until in after:
            if at is None or (until is not None and until < at) or (last is not None and since > last):
                continue
            if since > at:
                yield at, since - _ONE_DAY
            at = None if until is None else until + _ONE_DAY
        if at is not None and (last is None or at <= last):
            yield at, last


def _numbers(connection: Connection, codes: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for some in _in_parts(sorted(codes)):
        rows = connection.execute(
            sa.select(customer.c.code, customer.c.tax_code, customer.c.vat).where(customer.c.code.in_(some))
        )
        found |= {row.code: frozenset(number for number in (row.tax_code, row.vat) if number) for row in rows}
    return found


def _held(connection: Connection, points: Iterable[int]) -> dict[int, list[tuple[Days, str]]]:
    found: dict[int, list[tuple[Days, str]]] = defaultdict(list)
    for some in _in_parts(sorted(points)):
        rows = connection.execute(
            sa.select(holder).where(holder.c.point_id.in_(some)).order_by(holder.c.point_id, holder.c.first_day)
        )
        for row in rows:
            found[row.point_id].append(((row.first_day, row.last_day), row.customer_code))
    return dict(found)


def _holds_anything(connection: Connection, code: str) -> bool:
    return connection.scalar(sa.select(holder.c.point_id).where(holder.c.customer_code == code).limit(1)) is not None


def _point_ids(connection: Connection, pods: Collection[str]) -> list[int]:
    ids: list[int] = []
    for some in _in_parts(sorted(pods)):
        ids += connection.scalars(sa.select(supply_point.c.id).where(supply_point.c.pod.in_(some)))
    return ids


def _pods(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in _in_parts(sorted(ids)):
        rows = connection.execute(sa.select(supply_point.c.id, supply_point.c.pod).where(supply_point.c.id.in_(some)))
        found |= {row.id: row.pod for row in rows}
    return found


def _in_parts(values: list[T]) -> Iterable[list[T]]:
    for start in range(0, len(values), 1000):
        yield values[start : start + 1000]
