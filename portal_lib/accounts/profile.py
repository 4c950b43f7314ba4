"""What a person sees of their own account, and the plain things that they change by themselves."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import audit, sessions
from portal_lib.accounts.contact_details import checked_mobile
from portal_lib.accounts.people import Kind
from portal_lib.accounts.tables import account
from portal_lib.clock import Clock
from portal_lib.language import Language, language_of


@dataclass(frozen=True)
class Profile:
    """An account as its owner sees it. ``has_password`` is False for who comes in by single sign-on."""

    login: str
    kind: Kind
    first_name: str
    last_name: str
    email: str | None
    mobile: str | None
    language: Language
    has_password: bool

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.login

    @property
    def customer(self) -> bool:
        return self.kind == "customer"


def profile_of(engine: Engine, hub_name: str) -> Profile:
    """The profile behind a Hub name; :class:`sqlalchemy.exc.NoResultFound` where there is none."""
    with db.reading(engine) as connection:
        row = connection.execute(sa.select(account).where(account.c.hub_name == hub_name)).one()
    return Profile(
        login=row.login,
        kind=row.kind,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        mobile=row.mobile,
        language=language_of(row.language),
        has_password=row.password_hash is not None,
    )


def change_mobile(engine: Engine, clock: Clock, hub_name: str, typed: str, *, address: str | None = None) -> None:
    """Keep another mobile number, or none; raises the registration form's own refusals."""
    mobile = checked_mobile(typed)
    with engine.begin() as connection:
        row = connection.execute(sa.select(account).where(account.c.hub_name == hub_name)).one()
        if row.mobile == mobile:
            return
        connection.execute(account.update().where(account.c.id == row.id).values(mobile=mobile))
        audit.record(connection, audit.Event.PROFILE_CHANGED, clock, account_id=row.id, address=address, field="mobile")


def end_everywhere(engine: Engine, clock: Clock, hub_name: str, *, address: str | None = None) -> None:
    """Log this person out on every device; the Hub carries it out."""
    with engine.begin() as connection:
        account_id = connection.execute(sa.select(account.c.id).where(account.c.hub_name == hub_name)).scalar_one()
        sessions.end_all(connection, clock, account_id, "asked", address=address)
