"""Guessing a customer code with its tax code: nowhere, from one address or from ten thousand."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts.exceptions import FormRefused, NoSuchCustomer
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.matching import Claim, identify
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, audit_event, throttle_bucket
from portal_lib.settings import Settings
from tests.accounts.conftest import (
    HOUSEHOLD_TAX_CODE,
    MUNICIPALITY_VAT,
    OTHER_TAX_CODE,
    MovableClock,
    PaperDirectory,
)

# A thousand tries prove the same on PostgreSQL, where ten thousand take half a minute.
on_sqlite_alone = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)


class Guesser:
    """Somebody who tries codes at the portal, and counts what came of it."""

    def __init__(self, engine: Engine, clock: MovableClock, directory: PaperDirectory, settings: Settings) -> None:
        self.directory = directory
        self.parts = (engine, clock, directory, settings)
        self.refused = 0
        self.held_up = 0

    def tries(self, code: str, tax_code: str, address: str, vat: str | None = None) -> Any:
        try:
            entry = identify(*self.parts, Claim(code, tax_code, vat), door="registration", address=address)
        except NoSuchCustomer:
            self.refused += 1
        except TooManyTries:
            self.held_up += 1
        else:
            return entry
        return None


@pytest.fixture
def guesser(engine: Engine, clock: MovableClock, directory: PaperDirectory, settings: Settings) -> Guesser:
    return Guesser(engine, clock, directory, settings)


@on_sqlite_alone
def test_ten_thousand_guesses_from_one_address_get_twenty_answers(guesser: Guesser, settings: Settings) -> None:
    for guess in range(10_000):
        assert guesser.tries(f"{10_000_000 + guess}", OTHER_TAX_CODE, "192.0.2.1") is None
    assert guesser.refused == settings.limit_identify_address.tries == 20
    assert len(guesser.directory.asked) == 2 * guesser.refused  # whoever is held up is not even looked up
    # Now they guess right, and are told what they were told before.
    assert guesser.tries("10002001", HOUSEHOLD_TAX_CODE, "192.0.2.1") is None
    assert guesser.refused == 20


def test_a_thousand_guesses_about_one_customer_from_as_many_addresses_get_ten_answers(
    guesser: Guesser, settings: Settings
) -> None:
    for guess in range(1000):
        address = f"10.{guess // 65536}.{guess // 256 % 256}.{guess % 256}"
        assert guesser.tries("20001001", OTHER_TAX_CODE, address, f"{guess:011d}") is None
    assert guesser.refused == settings.limit_identify_customer.tries == 10
    assert guesser.tries("20001001", OTHER_TAX_CODE, "192.0.2.1", MUNICIPALITY_VAT) is None


@on_sqlite_alone
def test_ten_thousand_guesses_about_everybody_from_as_many_addresses_get_five_hundred_answers(
    guesser: Guesser, settings: Settings
) -> None:
    for guess in range(10_000):
        address = f"2001:db8:{guess // 256:x}:{guess % 256:x}::1"
        assert guesser.tries(f"{10_000_000 + guess}", OTHER_TAX_CODE, address) is None
    assert guesser.refused == settings.limit_identify_overall.tries == 500


def test_a_whole_network_of_one_subscriber_counts_once(guesser: Guesser) -> None:
    for guess in range(100):
        guesser.tries(f"{10_000_000 + guess}", OTHER_TAX_CODE, f"2001:db8:1:2::{guess + 1:x}")
    assert guesser.refused == 20


def test_the_limit_is_the_same_for_a_code_that_nobody_has(guesser: Guesser) -> None:
    answers = []
    for code in ("20001001", "20001002"):
        before = guesser.refused
        for guess in range(15):
            guesser.tries(code, OTHER_TAX_CODE, f"192.0.2.{guess}")
        answers.append(guesser.refused - before)
    assert answers == [10, 10]


def test_customers_themselves_never_use_a_limit_up(guesser: Guesser) -> None:
    for _ in range(100):
        assert guesser.tries("10002001", HOUSEHOLD_TAX_CODE, "192.0.2.1") is not None


def test_the_limits_leak(guesser: Guesser, clock: MovableClock) -> None:
    for _ in range(15):
        guesser.tries("10002001", OTHER_TAX_CODE, "192.0.2.1")
    assert guesser.tries("10002001", HOUSEHOLD_TAX_CODE, "192.0.2.9") is None
    clock.forward(minutes=6)  # a tenth of the hour of "10/1h"
    assert guesser.tries("10002001", HOUSEHOLD_TAX_CODE, "192.0.2.9") is not None


def test_refused_claims_are_recorded_without_what_was_typed(engine: Engine, guesser: Guesser) -> None:
    guesser.tries("10002001", OTHER_TAX_CODE, "192.0.2.1")
    with engine.connect() as connection:
        row = connection.execute(sa.select(audit_event)).one()
        buckets = str(connection.execute(sa.select(throttle_bucket)).all())
    assert (row.event, row.address) == ("customer:refused", "192.0.2.1")
    assert row.detail == {"door": "registration", "reason": "no-match"}
    assert "10002001" not in buckets and "192.0.2.1" not in buckets


def test_asking_for_names_counts_and_stops(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, household_form, address="192.0.2.1")
    told = 0
    for _ in range(50):
        try:
            # A weak password, so that no account is made whatever the name.
            asking = replace(household_form, password="x", password_again="x")
            register(engine, clock, directory, settings, asking, address="192.0.2.1")
        except FormRefused as refused:
            told += "username" in [error.field for error in refused.errors]
        except TooManyTries:
            pass
    assert told == settings.limit_identify_customer.tries
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(account)).scalar_one() == 1


def test_a_held_up_form_makes_no_account_and_says_nothing_of_its_other_mistakes(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    guesser: Guesser,
) -> None:
    for _ in range(10):
        guesser.tries("10002001", OTHER_TAX_CODE, "192.0.2.5")
    with pytest.raises(TooManyTries) as refused:
        register(engine, clock, directory, settings, household_form, address="192.0.2.1")
    assert "6 minuti" in refused.value.say("it")
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(account)).scalar_one() == 0
