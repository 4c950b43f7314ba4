"""Somebody with an account of their own, for the tests of what they may do with it."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import sessions
from portal_lib.accounts.activation import activate
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, audit_event, outgoing_mail
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory

PASSWORD = "Girasole-7"
ADDRESS = "192.0.2.1"


@dataclass
class Owner:
    """``parts`` are what most journeys take first: engine, clock, settings, Hub name."""

    engine: Engine
    clock: MovableClock
    settings: Settings
    hub_name: str

    @property
    def parts(self) -> tuple[Engine, MovableClock, Settings, str]:
        return self.engine, self.clock, self.settings, self.hub_name

    @property
    def row(self) -> sa.Row[Any]:
        with self.engine.connect() as connection:
            return connection.execute(sa.select(account).where(account.c.hub_name == self.hub_name)).one()

    def events(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(
                connection.execute(
                    sa.select(audit_event.c.event)
                    .where(audit_event.c.account_id == self.row.id)
                    .order_by(audit_event.c.id)
                ).scalars()
            )

    def mails(self) -> list[tuple[str, str]]:
        """Recipient and text of every mail, oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(outgoing_mail).order_by(outgoing_mail.c.id))
            return [(row.recipient, row.text) for row in rows]

    def log_in(self, session_id: str = "browser-1") -> None:
        sessions.begin(self.engine, self.clock, self.hub_name, session_id, address=ADDRESS, agent="Firefox")

    def is_in(self, session_id: str = "browser-1") -> bool:
        return sessions.is_live(self.engine, self.clock, self.hub_name, session_id)


def opened(
    engine: Engine, clock: MovableClock, directory: PaperDirectory, settings: Settings, form: RegistrationForm
) -> Owner:
    """Registered, activated and without a mail that waits."""
    register(engine, clock, directory, settings, form, address=ADDRESS)
    activate(engine, clock, form.username)
    with engine.begin() as connection:
        connection.execute(outgoing_mail.delete())
        hub_name = connection.execute(
            sa.select(account.c.hub_name).where(account.c.login == form.username)
        ).scalar_one()
    return Owner(engine, clock, settings, hub_name)
