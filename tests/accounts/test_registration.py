from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import consents, registration
from portal_lib.accounts.exceptions import FormRefused
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.notice import notice
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import (
    account,
    account_customer,
    audit_event,
    consent,
    outgoing_mail,
    token,
)
from portal_lib.limits import Limit
from portal_lib.settings import Settings
from tests.accounts.conftest import (
    HOUSEHOLD_TAX_CODE,
    MUNICIPALITY_VAT,
    OTHER_TAX_CODE,
    MovableClock,
    PaperDirectory,
)

TABLES = (account, account_customer, consent, token, outgoing_mail, audit_event)


def rows(engine: Engine, table: sa.Table) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key)))


def mistakes(engine: Engine, clock: MovableClock, directory: PaperDirectory, settings: Settings, form: Any) -> Any:
    with pytest.raises(FormRefused) as refused:
        register(engine, clock, directory, settings, form)
    return [(type(error).__name__, error.field) for error in refused.value.errors]


def test_a_household_registers_with_its_own_codice_fiscale(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    done = register(engine, clock, directory, settings, household_form, address="192.0.2.7")
    assert (done.login, done.outcome) == ("Manuela.R", "typed")
    [row] = rows(engine, account)
    assert (row.kind, row.state, row.login_key, row.email) == (
        "customer",
        "unconfirmed",
        "manuela.r",
        "manuela@example.it",
    )
    assert row.hub_name.startswith("c-") and "manuela" not in row.hub_name
    assert row.password_hash.startswith("$argon2id$")
    link = rows(engine, account_customer)[0]
    assert (link.account_id, link.customer_code) == (row.id, "10002001")
    assert link.added_at == link.approved_at == row.created_at
    mail = rows(engine, outgoing_mail)[-1]
    assert mail.recipient == "manuela@example.it"
    assert "https://portale.example.it/hub/conferma?token=" in mail.text
    [event] = rows(engine, audit_event)
    assert (event.event, event.account_id, event.address) == ("account:registered", row.id, "192.0.2.7")
    assert event.detail == {"customer": "10002001", "outcome": "typed"}


def test_an_organisation_registers_with_its_partita_iva(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, organisation_form)
    [row] = rows(engine, account)
    assert (row.vat, row.tax_code) == (MUNICIPALITY_VAT, OTHER_TAX_CODE)


def test_an_organisation_without_partita_iva_enters_its_own_codice_fiscale(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, replace(organisation_form, vat="80012000370"))
    assert rows(engine, account)[0].vat == "80012000370"


@pytest.mark.parametrize(
    "changes",
    [
        {"customer_code": "99999999"},
        {"tax_code": OTHER_TAX_CODE},
        {"customer_code": "20001001"},
        {"customer_code": "20001001", "tax_code": OTHER_TAX_CODE},
        {"tax_code": OTHER_TAX_CODE, "vat": MUNICIPALITY_VAT},
    ],
)
def test_a_wrong_code_and_a_wrong_tax_code_get_the_same_answer(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    changes: dict[str, str],
) -> None:
    form = replace(household_form, **changes)
    assert mistakes(engine, clock, directory, settings, form) == [("NoSuchCustomer", "customer_code")]
    assert len(directory.asked) == 2
    [event] = rows(engine, audit_event)
    assert (event.event, event.detail) == ("customer:refused", {"door": "registration", "reason": "no-match"})
    assert all(rows(engine, table) == [] for table in TABLES if table is not audit_event)


def test_a_taken_username_is_named_only_to_who_is_a_customer(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, household_form)
    same_name = replace(organisation_form, username="MANUELA.R")
    assert mistakes(engine, clock, directory, settings, same_name) == [("TakenUsername", "username")]
    stranger = replace(same_name, customer_code="99999999")
    assert mistakes(engine, clock, directory, settings, stranger) == [("NoSuchCustomer", "customer_code")]
    assert len(rows(engine, account)) == 1


def test_the_same_form_sent_twice_makes_one_account_and_gets_one_answer(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    first = register(engine, clock, directory, settings, household_form)
    before = [rows(engine, table) for table in TABLES]
    clock.forward(seconds=1)
    assert register(engine, clock, directory, settings, household_form) == first
    assert [rows(engine, table) for table in TABLES] == before


@pytest.mark.parametrize(
    ("later", "changes"),
    [
        (timedelta(seconds=1), {"password": "Altra-Parola-7", "password_again": "Altra-Parola-7"}),
        (timedelta(minutes=11), {}),
    ],
)
def test_a_username_is_taken_for_another_password_and_for_who_comes_back_later(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    later: timedelta,
    changes: dict[str, str],
) -> None:
    register(engine, clock, directory, settings, household_form)
    clock.now += later
    again = replace(household_form, **changes)
    assert mistakes(engine, clock, directory, settings, again) == [("TakenUsername", "username")]


def test_the_same_form_that_overtakes_its_first_copy_gets_the_same_answer(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hash_password = registration.hash_password
    answers = []

    def slow_hash(password: str) -> str:
        monkeypatch.setattr(registration, "hash_password", hash_password)
        answers.append(register(engine, clock, directory, settings, household_form))
        return hash_password(password)

    monkeypatch.setattr(registration, "hash_password", slow_hash)
    answers.append(register(engine, clock, directory, settings, household_form))
    assert answers[0] == answers[1]
    assert len(rows(engine, account)) == 1
    assert len(rows(engine, outgoing_mail)) == 2  # one to the newcomer, one to the customer's contact


def test_a_customer_code_takes_only_so_many_new_accounts_a_day(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    few = settings.model_copy(update={"limit_register_customer": Limit("2/24h")})
    for name in ("prima", "seconda"):
        register(engine, clock, directory, few, replace(household_form, username=name))
    mails = len(rows(engine, outgoing_mail))
    with pytest.raises(TooManyTries):
        register(engine, clock, directory, few, replace(household_form, username="terza"))
    assert (len(rows(engine, account)), len(rows(engine, outgoing_mail))) == (2, mails)
    clock.forward(hours=12)
    register(engine, clock, directory, few, replace(household_form, username="terza"))


def test_all_mistakes_come_together(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, household_form)
    form = replace(household_form, first_name="", password="corta", password_again="", notice="")
    assert mistakes(engine, clock, directory, settings, form) == [
        ("Missing", "first_name"),
        ("TakenUsername", "username"),
        ("WeakPassword", "password"),
        ("PasswordsDiffer", "password_again"),
        ("NoticeNotAccepted", "notice"),
    ]


def test_two_who_choose_one_name_at_one_moment_do_not_both_get_it(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    organisation_form: RegistrationForm,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rival = replace(organisation_form, username="manuela.r")
    hash_password = registration.hash_password

    def slow_hash(password: str) -> str:
        monkeypatch.setattr(registration, "hash_password", hash_password)
        register(engine, clock, directory, settings, rival)  # the other one, while we are hashing
        return hash_password(password)

    monkeypatch.setattr(registration, "hash_password", slow_hash)
    assert mistakes(engine, clock, directory, settings, household_form) == [("TakenUsername", "username")]
    assert [row.login for row in rows(engine, account)] == ["manuela.r"]


def test_without_an_address_the_mail_goes_to_the_one_on_file(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    form = replace(household_form, email="", email_again="")
    assert register(engine, clock, directory, settings, form).outcome == "on_file"
    assert [mail.recipient for mail in rows(engine, outgoing_mail)] == ["casa@example.it"]


@pytest.mark.parametrize("on_file", [None, "", "not an address"])
def test_without_any_address_the_account_waits_for_staff(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    on_file: str | None,
) -> None:
    directory.set_address("10002001", on_file)
    form = replace(household_form, email="", email_again="")
    assert register(engine, clock, directory, settings, form).outcome == "waiting"
    [row] = rows(engine, account)
    assert (row.state, row.email) == ("waiting", None)
    assert rows(engine, outgoing_mail) == rows(engine, token) == []  # nor is there a contact to tell


def test_consents_are_kept_with_the_notice_that_was_shown(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, replace(household_form, profiling="yes"))
    kept = rows(engine, consent)
    assert {row.purpose: row.granted for row in kept} == {
        "notice": True,
        "marketing": False,
        "third_parties": False,
        "profiling": True,
    }
    assert [row.purpose for row in kept] == list(consents.PURPOSES)
    shown = notice(settings.notice_version, settings.supplier_name)
    assert {(row.notice_version, row.notice_sha256) for row in kept} == {(shown.version, shown.sha256)}
    assert {row.channel for row in kept} == {"registration"}


@pytest.mark.parametrize(("stored", "kept"), [(False, None), (True, "F")])
def test_sesso_is_stored_only_where_a_setting_says_so(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    stored: bool,
    kept: str | None,
) -> None:
    settings = settings.model_copy(update={"store_gender": stored})
    register(engine, clock, directory, settings, replace(household_form, gender="F"))
    assert rows(engine, account)[0].gender == kept


@pytest.mark.parametrize("broken", ["mail.queue", "audit.record", "consents.record", "tokens.issue", "attach"])
def test_whatever_fails_nothing_is_left_behind(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(f"portal_lib.accounts.registration.{broken}", fail)
    with pytest.raises(OSError, match="disk"):
        register(engine, clock, directory, settings, household_form)
    assert all(rows(engine, table) == [] for table in TABLES)


def test_no_secret_is_stored_in_clear(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, household_form)
    mail = rows(engine, outgoing_mail)[-1]
    secret = mail.text.partition("token=")[2].split()[0]
    others = " ".join(str(row) for table in TABLES if table is not outgoing_mail for row in rows(engine, table))
    assert secret not in others
    assert "Girasole-7" not in others + str(mail)
    assert HOUSEHOLD_TAX_CODE not in " ".join(str(row) for row in rows(engine, audit_event))
