"""How many accounts a customer code has: what is asked before the customer behind it changes."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts.tables import account, account_customer

_AT_ONCE = 1000


def accounts_of(engine: Engine, codes: Collection[str]) -> dict[str, int]:
    """How many accounts hold each of these customer codes, erased ones aside; codes that none holds are left out."""
    wanted, found = sorted(codes), dict[str, int]()
    with db.reading(engine) as connection:
        for start in range(0, len(wanted), _AT_ONCE):
            rows = connection.execute(
                sa.select(account_customer.c.customer_code, sa.func.count())
                .select_from(account_customer.join(account))
                .where(
                    account_customer.c.customer_code.in_(wanted[start : start + _AT_ONCE]), account.c.state != "erased"
                )
                .group_by(account_customer.c.customer_code)
            )
            found |= {row[0]: row[1] for row in rows}
    return found
