"""The proof for a tender and period: what was deposited when, and who fetched which version when."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.deposit import catalogue
from portal_lib.deposit.tables import deposit, deposit_file, receipt


@dataclass(frozen=True)
class Receipt:
    """One file of one version; ``fetched_at`` and ``visitor`` (a Hub user name) are None where nobody fetched it.

    Instants are aware, UTC.
    """

    report: str
    customer_code: str
    version: int
    provisional: bool
    due_on: date
    deposited_at: datetime
    on_time: bool
    name: str
    sha256: str
    fetched_at: datetime | None
    visitor: str | None


def receipts(connection: Connection, tender: str, first: date, last: date) -> list[Receipt]:
    """Every file of a tender's period with each of its fetches, by report, customer, version and time."""
    query = (
        sa.select(deposit, deposit_file.c.name, deposit_file.c.sha256, receipt.c.fetched_at, receipt.c.visitor)
        .join_from(deposit, deposit_file)
        .outerjoin(receipt, receipt.c.file_id == deposit_file.c.id)
        .where(deposit.c.tender == tender, deposit.c.period_first == first, deposit.c.period_last == last)
        .order_by(deposit.c.report, deposit.c.customer_code, deposit.c.version, deposit_file.c.id, receipt.c.fetched_at)
    )
    found = []
    for row in connection.execute(query):
        deposited_at = row.deposited_at.replace(tzinfo=UTC)
        found.append(
            Receipt(
                report=row.report,
                customer_code=row.customer_code,
                version=row.version,
                provisional=bool(row.provisional),
                due_on=row.due_on,
                deposited_at=deposited_at,
                on_time=catalogue.on_time(deposited_at, row.due_on),
                name=row.name,
                sha256=row.sha256,
                fetched_at=row.fetched_at.replace(tzinfo=UTC) if row.fetched_at is not None else None,
                visitor=row.visitor,
            )
        )
    return found
