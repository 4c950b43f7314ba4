"""Finding accounts for staff: by login, name, address or customer code, or by what has to be done about them."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts.names import login_key
from portal_lib.accounts.tables import account, account_customer, staff_member

#: "to-do": accounts that wait for staff, and codes that wait for approval. The others are states, and the staff.
Kind = Literal["", "to-do", "unconfirmed", "waiting", "active", "frozen", "staff"]
KINDS: tuple[Kind, ...] = get_args(Kind)

PAGE = 25
_LONGEST = 200
_MOST_WORDS = 6


@dataclass(frozen=True)
class Found:
    """One account in a list. ``created_at`` is naive UTC; ``unapproved`` are codes that wait for approval."""

    id: int
    login: str
    name: str
    kind: Literal["customer", "staff"]
    group: str | None
    state: str
    email: str | None
    codes: tuple[str, ...]
    unapproved: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class FoundPage:
    """One page of a search; pages count from 1."""

    accounts: tuple[Found, ...]
    total: int
    page: int
    pages: int


def find(engine: Engine, words: str = "", kind: Kind = "", *, page: int = 1) -> FoundPage:
    """The accounts that fit every word, by login. Any text may be asked for; an erased account is never found."""
    chosen = sa.and_(account.c.state != "erased", _of_kind(kind), *(_fits(word) for word in _words(words)))
    with db.reading(engine) as connection:
        total = int(connection.execute(sa.select(sa.func.count()).select_from(account).where(chosen)).scalar_one())
        pages = max(1, -(-total // PAGE))
        page = min(max(1, page), pages)
        rows = connection.execute(
            sa.select(account, staff_member.c.group)
            .outerjoin(staff_member)
            .where(chosen)
            .order_by(account.c.login_key)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        ).all()
        codes: dict[int, list[Any]] = {}
        held = account_customer.c.account_id.in_([row.id for row in rows])
        for code in connection.execute(
            sa.select(account_customer).where(held).order_by(account_customer.c.customer_code)
        ):
            codes.setdefault(code.account_id, []).append(code)
    found = tuple(
        Found(
            id=row.id,
            login=row.login,
            name=f"{row.first_name} {row.last_name}".strip(),
            kind=row.kind,
            group=row.group,
            state=row.state,
            email=row.email,
            codes=tuple(code.customer_code for code in codes.get(row.id, ())),
            unapproved=tuple(code.customer_code for code in codes.get(row.id, ()) if code.approved_at is None),
            created_at=row.created_at,
        )
        for row in rows
    )
    return FoundPage(found, total, page, pages)


def _words(text: str) -> list[str]:
    # What no database can hold is looked for as what it can: nobody is called that anyway.
    plain = text[:_LONGEST].replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", plain).split()[:_MOST_WORDS]


def _fits(word: str) -> sa.ColumnElement[bool]:
    # SQLite compares letters beyond ASCII as they are: names are looked for as typed and with a capital.
    spellings = {word, word.capitalize(), word.upper(), word.lower()}
    key = login_key(word)
    return sa.or_(
        account.c.login_key.contains(key, autoescape=True),
        *(account.c.first_name.icontains(each, autoescape=True) for each in spellings),
        *(account.c.last_name.icontains(each, autoescape=True) for each in spellings),
        account.c.email.icontains(word, autoescape=True),
        sa.exists().where(
            account_customer.c.account_id == account.c.id,
            account_customer.c.customer_code.istartswith(word, autoescape=True),
        ),
    )


def _of_kind(kind: Kind) -> sa.ColumnElement[bool]:
    if kind == "":
        return sa.true()
    if kind == "staff":
        return account.c.kind == "staff"
    if kind == "to-do":
        unapproved = sa.exists().where(
            account_customer.c.account_id == account.c.id, account_customer.c.approved_at.is_(None)
        )
        return sa.or_(account.c.state == "waiting", sa.and_(unapproved, account.c.state != "frozen"))
    return account.c.state == kind
