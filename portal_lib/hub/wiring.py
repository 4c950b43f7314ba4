"""What the Hub's pages work with: settings, the accounts database, the customer directory and a way to send
mail.

This is the one place where ``accounts`` meets ``customers``. Everything is opened when first asked for.
"""

import functools
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts.directory import CustomerDirectory
from portal_lib.accounts.personal_data import SupplierRecords
from portal_lib.clock import Clock, system_clock
from portal_lib.customers.directory import Customers
from portal_lib.mail_transports import OutboxTransport, SmtpTransport, Transport
from portal_lib.settings import Settings, load_settings
from portal_lib.visitor.held import HeldRecords

if TYPE_CHECKING:
    from portal_lib.hub.delivery import PostOffice
    from portal_lib.hub.session_ends import SessionEnds


class Wiring:
    """One per Hub process: :meth:`shared`."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        self.settings = settings
        self.clock = clock
        #: Carries ended sessions everywhere; the authenticator sets it when the Hub starts.
        self.session_ends: SessionEnds | None = None
        #: Sends the mail queue; the authenticator sets it when the Hub starts.
        self.post_office: PostOffice | None = None

    @classmethod
    @functools.cache
    def shared(cls) -> "Wiring":
        """The wiring of this process, from the settings in force."""
        return cls(load_settings())

    async def end_sessions(self) -> None:
        """Carry out now what a journey has just ended, instead of in half a second."""
        if self.session_ends is not None:
            await self.session_ends.carry_out()

    async def mail_is_held_up(self) -> bool:
        """Whether mail that was queued just now waits for a mail server that does not take it."""
        return self.post_office is None or await self.post_office.is_held_up()

    @functools.cached_property
    def accounts(self) -> Engine:
        """The accounts database."""
        return db.open_engine(self.settings.accounts_database)

    @functools.cached_property
    def directory(self) -> CustomerDirectory:
        """The supplier's customers. The Hub only asks about them, so the database itself refuses writes."""
        return Customers(self.data)

    @functools.cached_property
    def records(self) -> SupplierRecords:
        """What the supplier's database holds about a person."""
        return HeldRecords(self.data)

    @functools.cached_property
    def data(self) -> Engine:
        """The data database, which the Hub only reads."""
        return db.open_engine(self.settings.data_database, read_only=True)

    @functools.cached_property
    def transport(self) -> Transport | None:
        """How mail leaves: into the demo's outbox, by SMTP, or not at all (it then waits in the queue)."""
        if self.settings.outbox:
            return OutboxTransport(self.settings.outbox_folder)
        if self.settings.smtp_host is not None:
            return SmtpTransport(self.settings)
        return None
