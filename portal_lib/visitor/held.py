"""What the data database holds about one person: for the copy of their data that anybody may ask for.

Fulfils the ``SupplierRecords`` protocol of the room that hands the copy out, without knowing it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers.holdings import points_held_by
from portal_lib.customers.tables import customer
from portal_lib.deposit.tables import deposit, deposit_file, download_visit, receipt
from portal_lib.visits import staff_read


class HeldRecords:
    """Reads the ``data`` database; everything comes in one order, and as JSON takes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def held_about(self, hub_name: str, codes: Iterable[str], own: Iterable[str]) -> Mapping[str, Any]:
        """``customers``, ``supply_points``, ``receipts``, ``download_visits`` and ``staff_reads``.

        Several people may share a customer code, so of a customer's tax codes and contact only those in ``own`` are
        told. Days are Rome days, instants UTC.
        """
        codes, own = sorted(set(codes)), set(own)
        with db.reading(self._engine) as connection:
            customers = connection.execute(
                sa.select(customer).where(customer.c.code.in_(codes)).order_by(customer.c.code)
            )
            points = points_held_by(connection, codes).values()
            receipts = connection.execute(
                sa.select(receipt.c.fetched_at, deposit_file.c.name, deposit.c.customer_code, deposit.c.report)
                .select_from(receipt.join(deposit_file).join(deposit))
                .where(receipt.c.visitor == hub_name)
                .order_by(receipt.c.id)
            )
            reads = connection.execute(
                sa.select(staff_read).where(staff_read.c.reader == hub_name).order_by(staff_read.c.id)
            )
            visits = connection.execute(
                sa.select(download_visit.c.before_at, download_visit.c.last_at).where(
                    download_visit.c.visitor == hub_name
                )
            )
            return {
                "customers": [_customer(dict(row), own) for row in customers.mappings()],
                "supply_points": [
                    {
                        "pod": point.pod,
                        "address": point.address,
                        "municipality": point.municipality,
                        "cost_centre": point.cost_centre,
                        "use": point.use,
                        "voltage_v": point.voltage,
                        "contracted_kw": point.contracted_kw,
                        "available_kw": point.available_kw,
                        "held": [
                            {
                                "customer_code": holding.customer_code,
                                "first_day": str(holding.first),
                                "last_day": str(holding.last) if holding.last else None,
                            }
                            for holding in point.holdings
                        ],
                    }
                    for point in sorted(points, key=lambda point: point.pod)
                ],
                "receipts": [
                    {
                        "file": row.name,
                        "report": row.report,
                        "customer_code": row.customer_code,
                        "fetched_at": row.fetched_at.isoformat(timespec="seconds") + "Z",
                    }
                    for row in receipts
                ],
                "download_visits": [
                    at.isoformat(timespec="seconds") + "Z" for row in visits for at in row if at is not None
                ],
                "staff_reads": [
                    {
                        "at": row.at.isoformat(timespec="seconds") + "Z",
                        "first_day": str(row.first_day),
                        "last_day": str(row.last_day),
                        "points": row.points,
                        "reason": row.reason,
                    }
                    for row in reads
                ],
            }


def _customer(row: dict[str, Any], own: set[str]) -> dict[str, Any]:
    private = ("tax_code", "vat", "email", "contact_name", "contact_phone")
    return {name: value for name, value in row.items() if name not in private or value in own}
