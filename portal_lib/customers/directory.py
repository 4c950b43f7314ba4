"""Whom the supplier knows: what a registration is held against, and where a customer can be written to.

Fulfils the ``CustomerDirectory`` protocol of the room that registers people, without knowing it.
"""

import hmac
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from portal_lib import db
from portal_lib.customers.identifiers import normal_customer_code, normal_tax_code
from portal_lib.customers.tables import customer


@dataclass(frozen=True)
class DirectoryEntry:
    """A customer as registration needs to know it."""

    code: str
    kind: Literal["household", "organisation"]
    name: str
    email: str | None  # the address on file


class Customers:
    """The customers in the ``data`` database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, code: str, tax_code: str) -> DirectoryEntry | None:
        """The customer with this code, if ``tax_code`` is its codice fiscale or its partita IVA; else None.

        The same work is done whether there is such a customer or not, so that the time of the answer doesn't
        tell which codes exist.
        """
        row = self._row(code)
        given = normal_tax_code(tax_code).encode("utf-8", "replace")
        # Both are compared every time; a number that isn't there matches nothing, not even an empty one.
        matches = [
            hmac.compare_digest(given, (number or "").encode()) and bool(number)
            for number in (row.tax_code if row else None, row.vat if row else None)
        ]
        if row is None or not any(matches):
            return None
        return DirectoryEntry(code=row.code, kind=row.kind, name=row.name, email=row.email)

    def contact_address(self, code: str) -> str | None:
        """The e-mail address on file for a customer, if there is one."""
        row = self._row(code)
        return row.email if row else None

    def _row(self, code: str) -> Row[tuple[str, ...]] | None:
        # A text that can't be a code is looked up too, as one that nobody has.
        wanted = normal_customer_code(code) or ""
        with db.reading(self._engine) as connection:
            return connection.execute(sa.select(customer).where(customer.c.code == wanted)).one_or_none()
