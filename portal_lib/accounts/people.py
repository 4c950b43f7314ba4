"""People as the doors know them: who an account is, and what it may see."""

from dataclasses import dataclass
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts.tables import account, account_customer, staff_member
from portal_lib.language import Language, language_of

Kind = Literal["customer", "staff"]


@dataclass(frozen=True)
class Person:
    """An account that may come in. ``groups`` are Hub groups: ``customer-<code>``, or
    ``analysts``/``operators``.
    """

    hub_name: str
    login: str
    kind: Kind
    first_name: str
    last_name: str
    language: Language
    groups: tuple[str, ...]


def customer_group(code: str) -> str:
    """The Hub group of everyone who sees a customer's data."""
    return f"customer-{code}"


def groups_of(connection: Connection, account_id: int) -> tuple[str, ...]:
    """The Hub groups of an account, sorted; a customer code that waits for approval gives none yet."""
    codes = connection.execute(
        sa.select(account_customer.c.customer_code).where(
            account_customer.c.account_id == account_id, account_customer.c.approved_at.is_not(None)
        )
    ).scalars()
    staff = connection.execute(sa.select(staff_member.c.group).where(staff_member.c.account_id == account_id)).scalars()
    return tuple(sorted([*(customer_group(code) for code in codes), *staff]))


def active_person(engine: Engine, hub_name: str) -> Person | None:
    """The person behind a Hub name, or None where there is none or the account is not active."""
    with db.reading(engine) as connection:
        row = connection.execute(
            sa.select(account).where(account.c.hub_name == hub_name, account.c.state == "active")
        ).one_or_none()
        return None if row is None else person(connection, row)


def person(connection: Connection, row: sa.Row[Any]) -> Person:
    """The person in a row of ``account``."""
    return Person(
        hub_name=row.hub_name,
        login=row.login,
        kind=cast(Kind, row.kind),
        first_name=row.first_name,
        last_name=row.last_name,
        language=language_of(row.language),
        groups=groups_of(connection, row.id),
    )


def set_language(engine: Engine, hub_name: str, language: Language) -> None:
    """The language of an account's mails and pages."""
    with engine.begin() as connection:
        connection.execute(account.update().where(account.c.hub_name == hub_name).values(language=language))


def list_accounts(engine: Engine) -> list[dict[str, Any]]:
    """Every account for the operator's list, by login: no hash, no tax code, instants in UTC."""
    with db.reading(engine) as connection:
        rows = connection.execute(sa.select(account).order_by(account.c.login_key)).all()
        codes: dict[int, list[str]] = {}
        for link in connection.execute(sa.select(account_customer).order_by(account_customer.c.customer_code)):
            codes.setdefault(link.account_id, []).append(link.customer_code)
        staff = {row.account_id: row.group for row in connection.execute(sa.select(staff_member))}
    return [
        {
            "login": row.login,
            "kind": row.kind,
            "state": row.state,
            "name": f"{row.first_name} {row.last_name}".strip(),
            "customers": ", ".join(codes.get(row.id, [])) or None,
            "group": staff.get(row.id),
            "email": row.email,
            "created_at": row.created_at.isoformat(timespec="seconds") + "Z",
            "confirmed_at": row.confirmed_at.isoformat(timespec="seconds") + "Z" if row.confirmed_at else None,
        }
        for row in rows
    ]
