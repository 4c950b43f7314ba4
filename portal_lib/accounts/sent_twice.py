"""A registration form that arrived twice: a second click on a slow page, or a browser that sent its request again.

The first one made the account. To tell its owner that the username is taken would be true, and would leave them
believing that somebody else has it.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.names import login_key
from portal_lib.accounts.passwords import verify_or_pretend
from portal_lib.accounts.registration_form import Applicant
from portal_lib.accounts.tables import account, account_customer
from portal_lib.clock import Clock

#: A later form is somebody who comes back, and who is helped more by "that name is taken".
_AT_MOST_APART = timedelta(minutes=10)


def approved_before(engine: Engine, clock: Clock, applicant: Applicant, code: str) -> bool | None:
    """None unless this very form has just made an account; then whether that account sees the customer's data.

    The same form: username, codice fiscale, customer code and password. The password is asked so that nobody else
    of the same customer learns anything. Slow on purpose (Argon2id) where the rest fits.
    """
    query = (
        sa.select(account.c.password_hash, account_customer.c.approved_at)
        .select_from(account.join(account_customer))
        .where(
            account.c.login_key == login_key(applicant.login),
            account.c.kind == "customer",
            account.c.state.in_(("unconfirmed", "waiting")),
            account.c.tax_code == applicant.tax_code,
            account.c.created_at >= stored_now(clock) - _AT_MOST_APART,
            account_customer.c.customer_code == code,
        )
    )
    with db.reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None or not verify_or_pretend(row.password_hash, applicant.password):
        return None
    return row.approved_at is not None
