"""Supply points and the days on which each customer held them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from portal_lib.customers.tables import customer, holder, supply_point


@dataclass(frozen=True)
class Holding:
    """A customer holds a point from ``first`` to ``last``, both days included; None is open."""

    customer_code: str
    first: date
    last: date | None
    order_number: str | None


@dataclass(frozen=True)
class SupplyPoint:
    """A supply point with some of its holdings, in the order of their days."""

    pod: str
    address: str
    municipality: str
    cost_centre: str
    use: str
    voltage: int | None  # V
    contracted_kw: float | None
    available_kw: float | None
    holdings: tuple[Holding, ...]


@dataclass(frozen=True)
class HeldPoint:
    """A supply point and its holder on one day, if it had one."""

    id: int
    pod: str
    address: str
    municipality: str
    cost_centre: str
    use: str
    voltage: int | None  # V
    contracted_kw: float | None
    available_kw: float | None
    holder_code: str | None
    holder: str | None  # the customer's name


def points_held_by(connection: Connection, codes: Collection[str]) -> dict[int, SupplyPoint]:
    """The points that one of these customers holds or has held, by id, in the order of their PODs.

    Of each point only the holdings of these customers are told, never who came before or after.
    """
    return _held(connection, sorted(codes), None)


def point_held_by(connection: Connection, codes: Collection[str], pod: str) -> tuple[int, SupplyPoint] | None:
    """One such point with its id; None where no such customer ever held it, known to the supplier or not."""
    return next(iter(_held(connection, sorted(codes), pod).items()), None)


def points_on(connection: Connection, day: date) -> list[HeldPoint]:
    """Every supply point that a sheet has announced, in the order of the PODs, with its holder on ``day``."""
    held_that_day = sa.and_(
        holder.c.point_id == supply_point.c.id,
        holder.c.first_day <= day,
        sa.or_(holder.c.last_day.is_(None), holder.c.last_day >= day),
    )
    of_the_point = [column for column in supply_point.c if column.name != "announced"]
    rows = connection.execute(
        sa.select(*of_the_point, customer.c.code.label("holder_code"), customer.c.name.label("holder"))
        .select_from(
            supply_point.outerjoin(holder, held_that_day).outerjoin(customer, customer.c.code == holder.c.customer_code)
        )
        .where(supply_point.c.announced)
        .order_by(supply_point.c.pod)
    )
    return [HeldPoint(**row) for row in rows.mappings()]


#: Made once: every look through a door asks this, and making the statement anew takes longer than asking.
_OF_CODES = (
    sa.select(supply_point, holder.c.customer_code, holder.c.first_day, holder.c.last_day, holder.c.order_number)
    .join(holder, holder.c.point_id == supply_point.c.id)
    .where(holder.c.customer_code.in_(sa.bindparam("codes", expanding=True)))
    .order_by(supply_point.c.pod, holder.c.first_day)
)
_OF_CODES_AND_POD = _OF_CODES.where(supply_point.c.pod == sa.bindparam("pod"))


def _held(connection: Connection, codes: list[str], pod: str | None) -> dict[int, SupplyPoint]:
    query = _OF_CODES if pod is None else _OF_CODES_AND_POD
    asked = {"codes": codes} if pod is None else {"codes": codes, "pod": pod}
    of_point: dict[int, list[Row[tuple[object, ...]]]] = {}
    for row in connection.execute(query, asked):
        of_point.setdefault(row.id, []).append(row)
    return {point_id: _point(rows) for point_id, rows in of_point.items()}


def _point(rows: list[Row[tuple[object, ...]]]) -> SupplyPoint:
    row = rows[0]
    return SupplyPoint(
        pod=row.pod,
        address=row.address,
        municipality=row.municipality,
        cost_centre=row.cost_centre,
        use=row.use,
        voltage=row.voltage,
        contracted_kw=row.contracted_kw,
        available_kw=row.available_kw,
        holdings=tuple(Holding(row.customer_code, row.first_day, row.last_day, row.order_number) for row in rows),
    )
