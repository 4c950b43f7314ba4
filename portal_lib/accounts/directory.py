"""What the accounts know about customers: nothing but this protocol.

``portal_lib.customers.directory`` fulfils it and ``portal_lib.hub.wiring`` puts the two together.
"""

from typing import Protocol


class DirectoryEntry(Protocol):
    """A customer as the supplier has it on file."""

    @property
    def code(self) -> str:
        """The customer code as on the bill, in its normal spelling."""

    @property
    def kind(self) -> str:
        """``"household"`` or ``"organisation"``."""

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str | None:
        """The contact's address on file."""


class CustomerDirectory(Protocol):
    """Finds customers by what stands on their bill."""

    def find(self, code: str, tax_code: str) -> DirectoryEntry | None:
        """The customer with this code whose codice fiscale or partita IVA equals ``tax_code``; else None.

        Takes the same time whether the code is unknown or the tax code is another's.
        """

    def contact_address(self, code: str) -> str | None:
        """The e-mail address on file for a customer, or None."""
