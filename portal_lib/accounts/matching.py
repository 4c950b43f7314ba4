"""Is this somebody's bill? A customer code and the tax code that belongs to it, asked with a limit.

Whoever guesses learns nothing: a wrong code and a wrong tax code get one and the same answer after the same work, and
the tries are counted before anything is looked up: per customer code (known or not), per address and all together. A
right match gives its try back, so that customers never use a limit up; a username that is named as taken does not
(:func:`charge`).
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.engine import Engine

from portal_lib.accounts import audit, throttle
from portal_lib.accounts.directory import CustomerDirectory, DirectoryEntry
from portal_lib.accounts.exceptions import NoSuchCustomer
from portal_lib.accounts.throttle import Try
from portal_lib.clock import Clock
from portal_lib.settings import Settings

#: Where somebody says whose customer they are.
Door = Literal["registration", "profile"]

#: Asked for when no partita IVA was typed, so that every claim costs the directory the same two questions.
_NOBODY = "00000000000"


@dataclass(frozen=True)
class Claim:
    """What somebody says of themselves, each in its normal spelling: the code on the bill, their own codice fiscale
    and, for an organisation, its partita IVA or its own codice fiscale.
    """

    code: str
    tax_code: str
    vat: str | None = None


def identify(
    engine: Engine,
    clock: Clock,
    directory: CustomerDirectory,
    settings: Settings,
    claim: Claim,
    *,
    door: Door,
    address: str | None = None,
    account_id: int | None = None,
) -> DirectoryEntry:
    """The customer that a claim belongs to: an organisation by its partita IVA, a household by the person's own code.

    Raises :class:`NoSuchCustomer`, or :class:`TooManyTries` once a limit is used up, whatever the claim.
    """
    tries = _tries(settings, claim.code, address)
    throttle.take(engine, clock, tries)
    entry = _find(directory, claim)
    if entry is None:
        with engine.begin() as connection:
            audit.record(
                connection,
                audit.Event.CUSTOMER_REFUSED,
                clock,
                account_id=account_id,
                address=address,
                door=door,
                reason="no-match",
            )
        raise NoSuchCustomer("customer_code")
    throttle.give_back(engine, clock, tries)
    return entry


def charge(engine: Engine, clock: Clock, settings: Settings, claim: Claim, *, address: str | None = None) -> None:
    """Count one more try for somebody who matched and is about to learn something about others.

    Raises :class:`TooManyTries` instead, once a limit is used up.
    """
    throttle.take(engine, clock, _tries(settings, claim.code, address))


def _tries(settings: Settings, code: str, address: str | None) -> list[Try]:
    return [
        Try("identify-customer", code, settings.limit_identify_customer),
        Try("identify-address", throttle.network(address), settings.limit_identify_address),
        Try("identify-overall", "", settings.limit_identify_overall),
    ]


def _find(directory: CustomerDirectory, claim: Claim) -> DirectoryEntry | None:
    by_vat = directory.find(claim.code, claim.vat or _NOBODY)
    by_person = directory.find(claim.code, claim.tax_code)
    if claim.vat is not None and by_vat is not None and by_vat.kind == "organisation":
        return by_vat
    if by_person is not None and by_person.kind == "household":
        return by_person
    return None
