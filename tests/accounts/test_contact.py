"""A customer's contact on file: hears of new accounts, closes them, lets them in."""

import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import address_change, login, password_change, password_reset, sessions
from portal_lib.accounts.approval import approve
from portal_lib.accounts.confirmation import confirm
from portal_lib.accounts.contact_links import close_account, let_in, look
from portal_lib.accounts.exceptions import (
    AccountFrozen,
    CodeNotHeld,
    ContactLinkExpired,
    ContactLinkUnknown,
)
from portal_lib.accounts.freezing import freeze, unfreeze
from portal_lib.accounts.people import active_person
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, account_customer, audit_event, outgoing_mail, session_end
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory

CONTACT = "comune@example.it"


def rows(engine: Engine, table: sa.Table) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key)))


def mails_to(engine: Engine, recipient: str) -> list[Any]:
    return [row for row in rows(engine, outgoing_mail) if row.recipient == recipient]


def secret_of(mail: Any, page: str) -> str:
    found = re.search(rf"/hub/{page}\?token=(\S+)", mail.text)
    assert found is not None, mail.text
    return found[1]


def events(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    return [(row.event, row.detail) for row in rows(engine, audit_event)]


@pytest.fixture
def asking(settings: Settings) -> Settings:
    """The supplier asks the contact before it shows an organisation's data."""
    return settings.model_copy(update={"organisation_approval": "contact"})


def registered(
    engine: Engine, clock: MovableClock, directory: PaperDirectory, settings: Settings, form: RegistrationForm
) -> Any:
    """The account of a form, confirmed by its mail."""
    register(engine, clock, directory, settings, form)
    [mail] = [mail for mail in rows(engine, outgoing_mail) if "/hub/conferma?" in mail.text][-1:]
    confirm(engine, clock, secret_of(mail, "conferma"))
    return rows(engine, account)[-1]


# The mail


def test_the_contact_hears_who_when_and_for_which_code_and_no_more(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, organisation_form)
    [mail] = mails_to(engine, CONTACT)
    said = " ".join(mail.text.split())
    assert "il 02/03/2026 alle 10:00 Manuela Rocchi ha collegato il proprio account" in said
    assert "codice cliente 20001001" in said and "valgono 30 giorni" in said
    assert "https://portale.example.it/hub/non-sono-io?token=" in mail.text and "/hub/approva" not in mail.text
    for private in (organisation_form.email, organisation_form.tax_code, organisation_form.username):
        assert private not in mail.text + mail.html + mail.subject


def test_each_of_several_accounts_on_one_code_is_told(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    for name in ("uno", "due", "tre"):
        register(engine, clock, directory, settings, replace(organisation_form, username=f"ufficio.{name}"))
    assert len(mails_to(engine, CONTACT)) == 3
    assert len(rows(engine, account_customer)) == 3


@pytest.mark.parametrize("own", [CONTACT, "Comune@Example.IT", ""])
def test_a_contact_that_registers_itself_is_not_written_to_twice(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
    own: str,
) -> None:
    form = replace(organisation_form, email=own, email_again=own)
    register(engine, clock, directory, settings, form)
    assert ["/hub/conferma?" in mail.text for mail in rows(engine, outgoing_mail)] == [True]


def test_a_name_in_the_contacts_mail_can_hold_no_link(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, replace(organisation_form, last_name="O'Néill-Łukaś"))
    [mail] = mails_to(engine, CONTACT)
    assert "O'Néill-Łukaś" in mail.text and "O&#x27;Néill" in mail.html


# "Non sono io"


@pytest.mark.parametrize("way", ["a reset", "a new password", "a new address"])
def test_whoever_came_in_on_somebody_elses_bill_cannot_end_the_link_that_puts_them_out(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
    way: str,
) -> None:
    intruder = registered(engine, clock, directory, settings, organisation_form)
    [mail] = mails_to(engine, CONTACT)
    new = "Melograno-81x"
    if way == "a reset":
        password_reset.start_reset(engine, clock, settings, intruder.id)
        secret = secret_of(rows(engine, outgoing_mail)[-1], "nuova-password")
        password_reset.reset(engine, clock, settings, secret, new, new)
    elif way == "a new password":
        password_change.change(engine, clock, settings, intruder.hub_name, organisation_form.password, new, new)
    else:
        elsewhere = "altrove@example.it"
        address_change.ask(engine, clock, settings, intruder.hub_name, elsewhere, elsewhere, organisation_form.password)
        [asked] = mails_to(engine, elsewhere)
        address_change.confirm(engine, clock, settings, secret_of(asked, "nuovo-indirizzo"))
    assert close_account(engine, clock, secret_of(mail, "non-sono-io")).step == "done"
    assert rows(engine, account)[-1].state == "frozen"


def test_the_contact_closes_an_account_and_its_sessions_at_once(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    person = registered(engine, clock, directory, settings, organisation_form)
    sessions.begin(engine, clock, person.hub_name, "browser-1")
    secret = secret_of(mails_to(engine, CONTACT)[0], "non-sono-io")

    for _ in range(3):  # mail scanners
        assert look(engine, clock, secret, "not_me").step == "ready"
    assert active_person(engine, person.hub_name) is not None

    standing = close_account(engine, clock, secret, address="192.0.2.4")
    assert (standing.step, standing.name, standing.code) == ("done", "Manuela Rocchi", "20001001")
    assert active_person(engine, person.hub_name) is None
    assert not sessions.is_live(engine, clock, person.hub_name, "browser-1")
    assert [(end.hub_name, end.session_sha256) for end in sessions.pending_ends(engine)] == [(person.hub_name, None)]
    assert ("account:frozen", {"by": "contact", "customer": "20001001"}) in events(engine)
    with pytest.raises(AccountFrozen):
        login.check(engine, clock, settings, "ufficio.energia", "Girasole-7")

    assert close_account(engine, clock, secret).step == "already"
    assert look(engine, clock, secret, "not_me").step == "already"
    assert len(rows(engine, session_end)) == 1


def test_a_frozen_account_cannot_be_confirmed_and_comes_back_as_far_as_it_had_come(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, organisation_form)
    person = rows(engine, account)[0]
    confirmation = secret_of(rows(engine, outgoing_mail)[-1], "conferma")
    close_account(engine, clock, secret_of(mails_to(engine, CONTACT)[0], "non-sono-io"))
    with pytest.raises(AccountFrozen):
        confirm(engine, clock, confirmation)
    assert unfreeze(engine, clock, person.id, by="bruno") == "unconfirmed"
    assert unfreeze(engine, clock, person.id, by="bruno") is None
    assert events(engine)[-1] == ("account:unfrozen", {"by": "bruno"})


def test_an_account_that_was_open_is_open_again(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    person = registered(engine, clock, directory, settings, organisation_form)
    assert freeze(engine, clock, person.id, by="bruno")
    assert not freeze(engine, clock, person.id, by="bruno")
    assert unfreeze(engine, clock, person.id, by="bruno") == "active"
    assert active_person(engine, person.hub_name) is not None


def test_the_contacts_link_works_for_thirty_days(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, organisation_form)
    secret = secret_of(mails_to(engine, CONTACT)[0], "non-sono-io")
    clock.forward(days=30, seconds=-1)
    assert look(engine, clock, secret, "not_me").step == "ready"
    clock.forward(seconds=1)
    with pytest.raises(ContactLinkExpired):
        look(engine, clock, secret, "not_me")
    with pytest.raises(ContactLinkExpired):
        close_account(engine, clock, secret)
    assert rows(engine, account)[0].state == "unconfirmed"


@pytest.mark.parametrize("made_up", ["", "x", "\x00", "\ud800", "A" * 100_000, "' or 1=1 --"])
def test_a_made_up_link_is_unknown(engine: Engine, clock: MovableClock, settings: Settings, made_up: str) -> None:
    with pytest.raises(ContactLinkUnknown):
        look(engine, clock, made_up, "not_me")
    with pytest.raises(ContactLinkUnknown):
        close_account(engine, clock, made_up)
    with pytest.raises(ContactLinkUnknown):
        let_in(engine, clock, settings, made_up)


# Approval


def test_an_organisations_data_waits_for_the_contact_where_the_supplier_asks(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    asking: Settings,
    organisation_form: RegistrationForm,
) -> None:
    person = registered(engine, clock, directory, asking, organisation_form)
    before = active_person(engine, person.hub_name)
    assert before is not None and before.groups == ()
    secret = secret_of(mails_to(engine, CONTACT)[0], "approva")
    assert [look(engine, clock, secret, "approval").step for _ in range(2)] == ["ready", "ready"]

    assert let_in(engine, clock, asking, secret).step == "done"
    after = active_person(engine, person.hub_name)
    assert after is not None and after.groups == ("customer-20001001",)
    assert ("customer:approved", {"customer": "20001001", "by": "contact"}) in events(engine)
    assert "codice cliente 20001001" in mails_to(engine, "manuela@example.it")[-1].text
    assert let_in(engine, clock, asking, secret).step == "already"
    assert len(mails_to(engine, "manuela@example.it")) == 2


def test_the_links_of_the_two_answers_are_not_each_others(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    asking: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, asking, organisation_form)
    [mail] = mails_to(engine, CONTACT)
    with pytest.raises(ContactLinkUnknown):
        let_in(engine, clock, asking, secret_of(mail, "non-sono-io"))
    with pytest.raises(ContactLinkUnknown):
        close_account(engine, clock, secret_of(mail, "approva"))


def test_nobody_who_was_shut_out_is_let_in_by_the_other_link(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    asking: Settings,
    organisation_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, asking, organisation_form)
    [mail] = mails_to(engine, CONTACT)
    close_account(engine, clock, secret_of(mail, "non-sono-io"))
    assert let_in(engine, clock, asking, secret_of(mail, "approva")).step == "closed"
    assert rows(engine, account_customer)[0].approved_at is None


def test_a_household_never_waits(
    engine: Engine, clock: MovableClock, directory: PaperDirectory, asking: Settings, household_form: RegistrationForm
) -> None:
    assert register(engine, clock, directory, asking, household_form).approved
    assert "/hub/approva" not in mails_to(engine, "casa@example.it")[0].text


def test_who_reads_the_contacts_mail_need_not_ask_themselves(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    asking: Settings,
    organisation_form: RegistrationForm,
) -> None:
    form = replace(organisation_form, email="", email_again="")
    assert register(engine, clock, directory, asking, form).approved


@pytest.mark.parametrize(("mode", "contact"), [("contact", None), ("staff", CONTACT), ("staff", None)])
def test_without_a_contact_to_ask_staff_decide(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    organisation_form: RegistrationForm,
    mode: str,
    contact: str | None,
) -> None:
    directory.set_address("20001001", contact)
    strict = settings.model_copy(update={"organisation_approval": mode})
    done = register(engine, clock, directory, strict, organisation_form)
    assert not done.approved
    assert all("/hub/approva" not in mail.text for mail in rows(engine, outgoing_mail))
    person = rows(engine, account)[0]
    assert approve(engine, clock, strict, person.id, "20001001", by="bruno")
    assert not approve(engine, clock, strict, person.id, "20001001", by="bruno")
    with pytest.raises(CodeNotHeld):
        approve(engine, clock, strict, person.id, "10002001", by="bruno")
