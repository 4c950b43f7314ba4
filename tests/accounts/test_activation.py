from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import login
from portal_lib.accounts.activation import activate
from portal_lib.accounts.exceptions import AlreadyActive, FrozenNotActivated, NoSuchLogin
from portal_lib.accounts.people import list_accounts
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, audit_event
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory


@pytest.fixture(autouse=True)
def waiting(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    directory.set_address("10002001", None)
    register(engine, clock, directory, settings, replace(household_form, email="", email_again=""))


def test_staff_open_an_account_that_waits(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    assert activate(engine, clock, " MANUELA.R") == "Manuela.R"
    assert login.check(engine, clock, settings, "manuela.r", "Girasole-7").login == "Manuela.R"
    with engine.connect() as connection:
        event = connection.execute(sa.select(audit_event).where(audit_event.c.event == "account:activated")).one()
    assert event.detail == {"from_state": "waiting"}


def test_an_open_account_a_frozen_one_and_an_unknown_one_are_named(engine: Engine, clock: MovableClock) -> None:
    with pytest.raises(NoSuchLogin, match="nessuno"):
        activate(engine, clock, "nessuno")
    activate(engine, clock, "manuela.r")
    with pytest.raises(AlreadyActive, match="Manuela"):
        activate(engine, clock, "manuela.r")
    with engine.begin() as connection:
        connection.execute(account.update().values(state="frozen"))
    with pytest.raises(FrozenNotActivated):
        activate(engine, clock, "manuela.r")


def test_the_operators_list_shows_state_and_customer_but_no_secret(engine: Engine) -> None:
    [row] = list_accounts(engine)
    assert (row["login"], row["state"], row["customers"]) == ("Manuela.R", "waiting", "10002001")
    assert row["created_at"] == "2026-03-02T09:00:00Z"
    assert "argon2" not in str(row) and "RCCMNL" not in str(row)
