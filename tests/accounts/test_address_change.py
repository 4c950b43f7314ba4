"""A new address: nothing changes before its link is used, and the old address can still stop it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import address_change, tokens
from portal_lib.accounts.exceptions import BadEmail, EmailsDiffer, Missing
from portal_lib.accounts.exceptions.profile import (
    AddressLinkExpired,
    AddressLinkUnknown,
    SameAddress,
    TooManyAddressChanges,
    WrongOwnPassword,
)
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import token
from portal_lib.refused import Refused
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory
from tests.accounts.owner import ADDRESS, PASSWORD, Owner, opened

NEW = "nuova@example.it"


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    return opened(engine, clock, directory, settings, household_form)


def ask(owner: Owner, email: str = NEW, password: str = PASSWORD, again: str | None = None) -> str:
    address_change.ask(*owner.parts, email, email if again is None else again, password, address=ADDRESS)
    return secret_of(owner)


def secret_of(owner: Owner) -> str:
    """The secret in the newest mail to a new address."""
    found = [re.search(r"token=([\w-]+)", text) for _, text in owner.mails()]
    return [match[1] for match in found if match is not None][-1]


def confirm(owner: Owner, secret: str) -> str:
    return address_change.confirm(owner.engine, owner.clock, owner.settings, secret, address=ADDRESS).outcome


def test_nothing_changes_before_the_link_is_used(owner: Owner) -> None:
    secret = ask(owner)
    assert owner.row.email == "manuela@example.it"
    assert address_change.pending(owner.engine, owner.clock, owner.hub_name) == NEW
    assert confirm(owner, secret) == "changed"
    assert owner.row.email == NEW
    assert address_change.pending(owner.engine, owner.clock, owner.hub_name) is None


def test_the_old_address_hears_at_once_and_does_not_learn_the_new_one(owner: Owner) -> None:
    ask(owner)
    (_, to_new), (recipient, to_old) = owner.mails()
    assert recipient == "manuela@example.it"
    assert NEW not in to_old and "token=" not in to_old
    assert "password-dimenticata" in to_old
    assert "token=" in to_new


def test_both_addresses_hear_of_the_change(owner: Owner) -> None:
    confirm(owner, ask(owner))
    assert [recipient for recipient, _ in owner.mails()[-2:]] == ["manuela@example.it", NEW]


def test_looking_at_the_link_changes_nothing_however_often(owner: Owner) -> None:
    secret = ask(owner)
    for _ in range(3):
        assert address_change.look(owner.engine, owner.clock, secret).outcome == "ready"
    assert owner.row.email == "manuela@example.it"


def test_a_second_visit_says_that_it_is_done_already(owner: Owner) -> None:
    secret = ask(owner)
    assert [confirm(owner, secret), confirm(owner, secret)] == ["changed", "already"]


def test_the_change_kills_every_other_link_of_the_account(owner: Owner) -> None:
    account_id = owner.row.id
    with owner.engine.begin() as connection:
        reset = tokens.issue(connection, account_id, "password", owner.clock, lifetime=timedelta(hours=1))
    confirm(owner, ask(owner))
    with owner.engine.begin() as connection:
        assert tokens.consume(connection, reset, "password", owner.clock) is None


def test_a_reset_from_the_old_address_stops_the_change(owner: Owner) -> None:
    secret, account_id = ask(owner), owner.row.id
    with owner.engine.begin() as connection:
        tokens.expire_own(connection, account_id, owner.clock)  # as a reset does
    with pytest.raises(AddressLinkExpired):
        confirm(owner, secret)
    assert owner.row.email == "manuela@example.it"


def test_a_later_request_makes_the_earlier_link_worthless(owner: Owner) -> None:
    first = ask(owner)
    second = ask(owner, "altra@example.it")
    with pytest.raises(AddressLinkExpired):
        confirm(owner, first)
    assert confirm(owner, second) == "changed" and owner.row.email == "altra@example.it"


def test_the_link_works_for_a_day(owner: Owner) -> None:
    secret = ask(owner)
    owner.clock.forward(hours=24)
    with pytest.raises(AddressLinkExpired):
        confirm(owner, secret)


@pytest.mark.parametrize("secret", ["", "nulla", "\x00", "\ud800", "x" * 10_000])
def test_an_unknown_link_says_so(owner: Owner, secret: str) -> None:
    with pytest.raises(AddressLinkUnknown):
        address_change.look(owner.engine, owner.clock, secret)


@pytest.mark.parametrize(
    ("email", "again", "password", "refusal"),
    [
        ("nuova@example.it", "nuova@example.it", "sbagliata", WrongOwnPassword),
        ("nuova@example.it", "nuova@example.com", PASSWORD, EmailsDiffer),
        ("non un indirizzo", "non un indirizzo", PASSWORD, BadEmail),
        ("a@b.it\nBcc: c@d.it", "a@b.it\nBcc: c@d.it", PASSWORD, Refused),
        ("", "", PASSWORD, Missing),
        ("manuela@example.it", "manuela@example.it", PASSWORD, SameAddress),
    ],
)
def test_what_cannot_be_taken_sends_no_mail(
    owner: Owner, email: str, again: str, password: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        address_change.ask(*owner.parts, email, again, password)
    assert not owner.mails()


def test_so_many_changes_a_day_and_no_more(owner: Owner) -> None:
    for number in range(address_change.CHANGES_PER_DAY):
        ask(owner, f"n{number}@example.it")
    with pytest.raises(TooManyAddressChanges):
        ask(owner)
    owner.clock.forward(hours=24)
    ask(owner)


def test_an_open_session_is_no_place_to_guess_the_password_in(owner: Owner) -> None:
    for _ in range(owner.settings.limit_login_account.tries):
        with pytest.raises(WrongOwnPassword):
            ask(owner, password="sbagliata")
    with pytest.raises(TooManyTries):
        ask(owner, password=PASSWORD)
    owner.clock.forward(minutes=2)
    ask(owner, password=PASSWORD)


def test_the_database_keeps_no_secret(owner: Owner) -> None:
    secret = ask(owner)
    with owner.engine.connect() as connection:
        assert secret not in str(connection.execute(sa.select(token)).all())
