"""Which points, and which of their days, an analyst means: those of some customers, orders or PODs, or all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.customers.identifiers import normal_customer_code
from portal_lib.customers.tables import customer, holder, supply_order, supply_point
from portal_lib.metering.identifiers import normal_pod
from portal_lib.refused import Refused

Days = tuple[date, date]

_AT_ONCE = 1000


class UnknownInScope(Refused):
    it = "Il fornitore non conosce {what} {which}. Correggi l'ambito della lettura e riprova."
    en = "The supplier knows no {what} {which}. Correct what the read is to take in and try again."


@dataclass(frozen=True)
class Scope:
    """What is meant: points that are in all of the three, where one that is empty takes in everything.

    With customers or orders, only the days on which the point was held by one of those customers, under one of
    those orders.
    """

    customers: tuple[str, ...] = ()  # codes
    orders: tuple[str, ...] = ()  # numbers
    pods: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScopedPoint:
    """A point and the days of it that are meant, in order and apart."""

    id: int
    pod: str
    days: tuple[Days, ...]


def points_in(connection: Connection, scope: Scope, first: date, last: date) -> list[ScopedPoint]:
    """The points of a scope between two days, both included, by POD.

    Points that no sheet has announced are nobody's yet and in no scope. :class:`UnknownInScope` for a code, an order
    or a POD that the supplier has not got: a slip of the pen would otherwise read nothing, and nobody would see.
    """
    codes = [normal_customer_code(code) or code for code in scope.customers]
    pods = [normal_pod(pod) for pod in scope.pods]
    for what, wanted, column in (
        ("customer", codes, customer.c.code),
        ("order", scope.orders, supply_order.c.number),
        ("POD", pods, supply_point.c.pod),
    ):
        known = set(_found(connection, column, wanted))
        if missing := [name for name in wanted if name not in known]:
            raise UnknownInScope(what=what, which=", ".join(missing[:5]))

    query = sa.select(supply_point.c.id, supply_point.c.pod).where(supply_point.c.announced)
    rows = connection.execute(query.order_by(supply_point.c.pod)).all()
    points = [(row.id, row.pod) for row in rows if not pods or row.pod in set(pods)]
    if not codes and not scope.orders:
        return [ScopedPoint(point_id, pod, ((first, last),)) for point_id, pod in points]
    held = _held(connection, codes, scope.orders, first, last)
    return [ScopedPoint(point_id, pod, tuple(held[point_id])) for point_id, pod in points if point_id in held]


def holders_of(
    connection: Connection, points: Iterable[int], first: date, last: date
) -> dict[int, list[tuple[date, date, str]]]:
    """Who holds each of these points between two days: first and last day within them, and the customer's code."""
    found: dict[int, list[tuple[date, date, str]]] = defaultdict(list)
    for some in _in_parts(sorted(points)):
        for row in connection.execute(_intervals(first, last).where(holder.c.point_id.in_(some))):
            found[row.point_id].append((*_within(row.first_day, row.last_day, first, last), row.customer_code))
    return dict(found)


def _held(
    connection: Connection, codes: Collection[str], orders: Collection[str], first: date, last: date
) -> dict[int, list[Days]]:
    """The days on which these customers hold points under these orders; intervals that meet become one."""
    found: dict[int, list[Days]] = defaultdict(list)
    for row in connection.execute(_intervals(first, last)):
        if (codes and row.customer_code not in codes) or (orders and row.order_number not in orders):
            continue
        since, until = _within(row.first_day, row.last_day, first, last)
        days = found[row.point_id]
        if days and days[-1][1].toordinal() + 1 == since.toordinal():
            since = days.pop()[0]
        days.append((since, until))
    return dict(found)


def _intervals(first: date, last: date) -> "sa.Select[tuple[object, ...]]":
    """The holders' intervals that share a day with these, point after point and in order."""
    return (
        sa.select(holder)
        .where(holder.c.first_day <= last, sa.or_(holder.c.last_day.is_(None), holder.c.last_day >= first))
        .order_by(holder.c.point_id, holder.c.first_day)
    )


def _within(since: date, until: date | None, first: date, last: date) -> Days:
    return max(since, first), last if until is None else min(until, last)


def _found(connection: Connection, column: "sa.Column[str]", wanted: Collection[str]) -> Iterator[str]:
    for some in _in_parts(sorted(wanted)):
        yield from connection.scalars(sa.select(column).where(column.in_(some)))


T = TypeVar("T")


def _in_parts(values: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
