from dataclasses import replace

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine

from portal_lib.accounts import login, passwords, staff
from portal_lib.accounts.activation import activate
from portal_lib.accounts.exceptions import (
    AccountFrozen,
    AwaitingActivation,
    NotConfirmed,
    WrongCredentials,
)
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.people import Person, active_person
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, account_customer, audit_event
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory


@pytest.fixture
def customer(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> str:
    register(engine, clock, directory, settings, household_form)
    activate(engine, clock, "manuela.r")
    with engine.connect() as connection:
        return str(connection.execute(sa.select(account.c.hub_name)).scalar_one())


def failures(engine: Engine) -> list[tuple[object, object]]:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(audit_event.c.account_id, audit_event.c.detail)
            .where(audit_event.c.event == "login:failed")
            .order_by(audit_event.c.id)
        )
        return [(row.account_id, row.detail["reason"]) for row in rows]


@pytest.mark.parametrize("typed", ["Manuela.R", "MANUELA.R", " manuela.r ", "ｍanuela.r"])
def test_a_customer_comes_in_however_the_name_is_spelt(
    engine: Engine, clock: MovableClock, settings: Settings, customer: str, typed: str
) -> None:
    person = login.check(engine, clock, settings, typed, "Girasole-7")
    assert person == Person(customer, "Manuela.R", "customer", "Manuela", "Rocchi", "it", ("customer-10002001",))


def test_an_account_of_two_customers_is_in_both_groups(
    engine: Engine, clock: MovableClock, settings: Settings, customer: str
) -> None:
    with engine.begin() as connection:
        now = stored_now(clock)
        connection.execute(
            account_customer.insert().values(account_id=1, customer_code="10002002", added_at=now, approved_at=now)
        )
    groups = ("customer-10002001", "customer-10002002")
    assert login.check(engine, clock, settings, "manuela.r", "Girasole-7").groups == groups
    known = active_person(engine, customer)
    assert known is not None and known.groups == groups


@pytest.mark.parametrize("group", ["analysts", "operators"])
def test_staff_come_in_with_their_group(
    engine: Engine, clock: MovableClock, settings: Settings, group: staff.StaffGroup
) -> None:
    staff.add(engine, clock, "anna", group, "Girasole-7")
    settings = settings.model_copy(update={"staff_second_factor": False})
    person = login.check(engine, clock, settings, "anna", "Girasole-7")
    assert (person.hub_name, person.kind, person.groups) == ("s-anna", "staff", (group,))


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("manuela.r", "girasole-7"),
        ("manuela.r", ""),
        ("nessuno", "Girasole-7"),
        ("", ""),
        ("\x00", "\x00"),
        ("manuela.r", "x" * 1_000_000),
    ],
)
def test_an_unknown_name_and_a_wrong_password_get_the_same_sentence(
    engine: Engine, clock: MovableClock, settings: Settings, username: str, password: str
) -> None:
    with pytest.raises(WrongCredentials) as refused:
        login.check(engine, clock, settings, username, password)
    assert refused.value.say("it") == WrongCredentials().say("it")
    assert len(failures(engine)) == 1


@pytest.mark.usefixtures("customer")
def test_unknown_names_and_wrong_passwords_take_the_same_work(
    engine: Engine, clock: MovableClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    work: list[list[str]] = []
    sa.event.listen(engine, "after_execute", lambda *args: work[-1].append(str(args[1])))
    for username in ("manuela.r", "nessuno"):
        work.append([])
        with pytest.raises(WrongCredentials):
            login.check(engine, clock, settings, username, "sbagliata", device="some browser's")
    assert len(verified) == 2 and verified[0] == verified[1]
    assert work[0] == work[1], "the same statements in the same order"


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(
    ("state", "refusal"),
    [("unconfirmed", NotConfirmed), ("waiting", AwaitingActivation), ("frozen", AccountFrozen)],
)
def test_a_closed_account_says_so_only_to_who_knows_the_password(
    engine: Engine, clock: MovableClock, settings: Settings, state: str, refusal: type[Exception]
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(state=state))
    with pytest.raises(refusal):
        login.check(engine, clock, settings, "manuela.r", "Girasole-7")
    with pytest.raises(WrongCredentials):
        login.check(engine, clock, settings, "manuela.r", "sbagliata")
    assert failures(engine) == [(1, state), (1, "credentials")]


@pytest.mark.usefixtures("customer")
def test_an_account_frozen_while_the_password_is_checked_stays_out(
    engine: Engine, clock: MovableClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = login.verify_or_pretend

    def freeze_meanwhile(password_hash: str | None, password: str) -> bool:
        with engine.begin() as connection:
            connection.execute(account.update().values(state="frozen"))
        return verify(password_hash, password)

    monkeypatch.setattr(login, "verify_or_pretend", freeze_meanwhile)
    with pytest.raises(AccountFrozen):
        login.check(engine, clock, settings, "manuela.r", "Girasole-7")


def test_a_frozen_or_unknown_account_is_nobody_to_the_hub(engine: Engine, customer: str) -> None:
    assert active_person(engine, customer) is not None
    with engine.begin() as connection:
        connection.execute(account.update().values(state="frozen"))
    assert active_person(engine, customer) is None
    assert active_person(engine, "c-nobody") is None


def test_no_typed_name_or_password_is_recorded(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    with pytest.raises(WrongCredentials):
        login.check(engine, clock, settings, "LaMiaPassword-1", "Girasole-7", address="192.0.2.1")
    with engine.connect() as connection:
        [row] = connection.execute(sa.select(audit_event))
    assert (row.account_id, row.address) == (None, "192.0.2.1")
    assert "LaMiaPassword" not in str(row) and "Girasole" not in str(row)


@pytest.mark.usefixtures("customer")
def test_a_hash_of_older_cost_is_renewed_when_its_owner_comes_in(
    engine: Engine, clock: MovableClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    login.check(engine, clock, settings, "manuela.r", "Girasole-7")
    with engine.connect() as connection:
        assert "t=2" in connection.execute(sa.select(account.c.password_hash)).scalar_one()
    login.check(engine, clock, settings, "manuela.r", "Girasole-7")


def test_a_name_given_up_and_taken_again_is_another_person(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    customer: str,
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(login="erased", login_key="erased"))
    register(engine, clock, directory, settings, replace(household_form))
    activate(engine, clock, "manuela.r")
    assert login.check(engine, clock, settings, "manuela.r", "Girasole-7").hub_name != customer
