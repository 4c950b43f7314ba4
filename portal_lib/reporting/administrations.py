"""Whom a report is for: the customer and its orders, and which customers are owed one."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib import db
from portal_lib.customers.tables import customer, holder, supply_order
from portal_lib.reporting.exceptions import NotOneCustomer
from portal_lib.visitor import Visitor
from portal_lib.visitor.asked import data_url


@dataclass(frozen=True)
class Order:
    """What the report says of the order under which a point is supplied; empty where nothing was loaded."""

    number: str
    ordered_on: date | None = None
    cig: str | None = None
    cup: str | None = None
    lot: str | None = None
    expected_kwh: int | None = None


@dataclass(frozen=True)
class Administration:
    """The customer that a report is for, and its orders by number."""

    code: str
    name: str
    tax_code: str | None
    vat: str | None
    office_code: str | None
    orders: dict[str, Order]

    def order(self, number: str | None) -> Order:
        """The order of that number; one that was never loaded still has its number."""
        return self.orders.get(number or "", Order(number or ""))


def from_environment() -> Administration:
    """The customer whose eyes a report's kernel has: the one code of ``PORTAL_VISITOR``.

    Raises :class:`NotOneCustomer` for none, several, or one that the database does not know.
    """
    codes = Visitor.from_environment().codes
    if len(codes) != 1:
        raise NotOneCustomer(count=len(codes))
    found = all_from_environment()
    if not found:
        raise NotOneCustomer(count=0)
    return found[0]


def all_from_environment() -> list[Administration]:
    """Every customer of ``PORTAL_VISITOR`` that the database knows, by code: those of a report about all of them."""
    engine = db.open_engine(data_url(), read_only=True)
    try:
        with db.reading(engine) as connection:
            found = [administration(connection, code) for code in sorted(Visitor.from_environment().codes)]
    finally:
        engine.dispose()
    return [one for one in found if one is not None]


def administration(connection: Connection, code: str) -> Administration | None:
    """The customer with that code and its orders, or None."""
    row = connection.execute(sa.select(customer).where(customer.c.code == code)).one_or_none()
    if row is None:
        return None
    orders = connection.execute(sa.select(supply_order).where(supply_order.c.customer_code == code))
    return Administration(
        code=row.code,
        name=row.name,
        tax_code=row.tax_code,
        vat=row.vat,
        office_code=row.office_code,
        orders={
            order.number: Order(order.number, order.ordered_on, order.cig, order.cup, order.lot, order.expected_kwh)
            for order in orders
        },
    )


def holders(connection: Connection, first: date, last: date) -> list[str]:
    """The codes of all customers that held a point on some day from ``first`` to ``last``, both included."""
    query = (
        sa.select(holder.c.customer_code)
        .distinct()
        .where(holder.c.first_day <= last, sa.or_(holder.c.last_day.is_(None), holder.c.last_day >= first))
        .order_by(holder.c.customer_code)
    )
    return list(connection.scalars(query))
