"""Erasure: nothing in any table tells who it was, what the law asks for stays, and nobody inherits anything."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import (
    address_change,
    consents,
    customer_codes,
    erasure,
    export_tokens,
    second_factor,
    sessions,
    staff,
    tokens,
)
from portal_lib.accounts.exceptions import NoSuchLogin
from portal_lib.accounts.exceptions.profile import ErasureNotConfirmed, StaffNotErased, WrongOwnPassword
from portal_lib.accounts.notice import notice
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import (
    account,
    audit_event,
    consent,
    known_device,
    metadata,
    outgoing_mail,
    recovery_request,
)
from portal_lib.mail import deliver
from portal_lib.settings import Settings
from tests.accounts.conftest import HOUSEHOLD_TAX_CODE, MUNICIPALITY_VAT, MovableClock, PaperDirectory
from tests.accounts.owner import ADDRESS, PASSWORD, Owner, opened

#: What tells who Manuela Rocchi is, or was, and where she was.
PERSONAL = (
    "manuela.r",
    "manuela",
    "rocchi",
    HOUSEHOLD_TAX_CODE.lower(),
    "manuela@example.it",
    "nuova@example.it",
    "3331234567",
    "10002001",
    ADDRESS,
    "bilancio di casa",
)


class Kept:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, message: Any, mail_id: int) -> None:
        self.sent.append((message["To"], message.get_body(("plain",)).get_content()))


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    """Somebody who has left traces wherever one can."""
    owner = opened(engine, clock, directory, settings, household_form)
    account_id, now = owner.row.id, clock().replace(tzinfo=None)
    owner.log_in("browser-1")
    with engine.begin() as connection:
        connection.execute(account.update().values(mobile="3331234567", gender="F"))
        tokens.issue(connection, account_id, "password", clock, lifetime=timedelta(hours=1))
        connection.execute(
            known_device.insert().values(account_id=account_id, sha256="d" * 64, created_at=now, seen_at=now)
        )
        connection.execute(
            recovery_request.insert(),
            [
                {"kind": "username", "asked": asked, "language": "it", "address": ADDRESS, "at": now}
                for asked in (
                    {"username": "MANUELA.r"},
                    {"customer_code": "10002001", "tax_code": HOUSEHOLD_TAX_CODE.lower()},
                )
            ],
        )
    address_change.ask(*owner.parts, "nuova@example.it", "nuova@example.it", PASSWORD, address=ADDRESS)
    export_tokens.create(*owner.parts, "bilancio di casa", "30", PASSWORD, address=ADDRESS)
    consents.choose(engine, clock, owner.hub_name, "marketing", True, notice("2026-03", "Prova"), address=ADDRESS)
    customer_codes.add(
        engine, clock, directory, settings, owner.hub_name, "20001001", MUNICIPALITY_VAT, address=ADDRESS
    )
    second_factor.begin_enrolment(*owner.parts)
    return owner


def erase(owner: Owner, password: str = PASSWORD, typed: str = "CANCELLA") -> None:
    erasure.erase_own(*owner.parts, password, typed, address=ADDRESS)


def everywhere(engine: Engine) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table, as small letters."""
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for column, value in row.items():
                    yield f"{table.name}.{column}", str(value).lower()


def traces(engine: Engine) -> set[tuple[str, str]]:
    return {(where, personal) for where, value in everywhere(engine) for personal in PERSONAL if personal in value}


def test_the_traces_are_there_before(owner: Owner) -> None:
    assert {personal for _, personal in traces(owner.engine)} == set(PERSONAL)


def test_afterwards_no_column_of_any_table_tells_who_it_was(owner: Owner) -> None:
    erase(owner)
    last_mail = {where for where, _ in traces(owner.engine)}
    assert last_mail <= {"outgoing_mail.recipient", "outgoing_mail.text", "outgoing_mail.html"}
    server = Kept()
    deliver(owner.engine, server, owner.clock, sender="portale@example.it")
    erasure.forget_last_mails(owner.engine)
    assert traces(owner.engine) == set()
    ((recipient, text),) = server.sent
    assert recipient == "manuela@example.it" and "cancellati" in text


def test_a_last_mail_that_nobody_takes_is_forgotten_too(owner: Owner) -> None:
    class Away:
        def send(self, message: Any, mail_id: int) -> None:
            raise OSError("away")

    erase(owner)
    for _ in range(100):
        deliver(owner.engine, Away(), owner.clock, sender="portale@example.it")
        erasure.forget_last_mails(owner.engine)
        owner.clock.forward(hours=1)
    assert traces(owner.engine) == set()


def test_a_last_mail_that_waits_is_not_forgotten(owner: Owner) -> None:
    erase(owner)
    erasure.forget_last_mails(owner.engine)
    assert [recipient for recipient, _ in owner.mails()] == ["manuela@example.it"]


def test_what_the_law_asks_for_stays_by_an_opaque_number(owner: Owner) -> None:
    account_id = owner.row.id
    erase(owner)
    with owner.engine.connect() as connection:
        kept = connection.execute(sa.select(consent).where(consent.c.account_id == account_id)).all()
        events = connection.execute(sa.select(audit_event).where(audit_event.c.account_id == account_id)).all()
    assert len(kept) == 5
    assert {"account:registered", "consent:given", "account:erased"} <= {event.event for event in events}
    assert not [event for event in events if event.address is not None]
    assert next(event.detail for event in events if event.event == "consent:given") == {"purpose": "marketing"}


def test_every_session_ends_and_the_hub_is_told_to_forget_the_person(owner: Owner) -> None:
    erase(owner)
    assert not owner.is_in("browser-1")
    last = sessions.pending_ends(owner.engine)[-1]
    assert (last.hub_name, last.session_sha256, last.forget) == (owner.hub_name, None, True)


def test_the_login_is_free_and_who_takes_it_inherits_nothing(
    owner: Owner, directory: PaperDirectory, household_form: RegistrationForm
) -> None:
    erase(owner)
    registered = register(owner.engine, owner.clock, directory, owner.settings, household_form)
    assert registered.login == "Manuela.R"
    with owner.engine.connect() as connection:
        (new,) = connection.execute(sa.select(account).where(account.c.login == "Manuela.R")).all()
        theirs = connection.execute(sa.select(consent).where(consent.c.account_id == new.id)).all()
    assert new.hub_name != owner.hub_name and len(theirs) == 4
    assert [one.code for one in customer_codes.codes_of(owner.engine, new.hub_name)] == ["10002001"]


@pytest.mark.parametrize("typed", ["", "cancell", "sì", "x" * 10_000, "\x00", "\ud800", "CANCELLA; drop table account"])
def test_a_slip_erases_nothing(owner: Owner, typed: str) -> None:
    with pytest.raises(ErasureNotConfirmed):
        erase(owner, typed=typed)
    assert owner.row.state == "active"


@pytest.mark.parametrize("typed", ["CANCELLA", " cancella ", "erase"])
def test_the_word_is_taken_in_both_languages_and_however_it_is_written(owner: Owner, typed: str) -> None:
    erase(owner, typed=typed)
    assert owner.row.state == "erased"


def test_a_wrong_password_erases_nothing(owner: Owner) -> None:
    with pytest.raises(WrongOwnPassword):
        erase(owner, password="sbagliata")
    assert owner.row.state == "active" and owner.is_in("browser-1")


def test_staff_erase_for_somebody_who_asked_in_writing(owner: Owner) -> None:
    engine, clock, settings, _ = owner.parts
    assert erasure.erase(engine, clock, settings, "MANUELA.R", by="bruno") == "Manuela.R"
    assert owner.row.state == "erased"
    with pytest.raises(NoSuchLogin):
        erasure.erase(engine, clock, settings, "Manuela.R", by="bruno")


def test_somebody_elses_data_stay(owner: Owner, directory: PaperDirectory, organisation_form: RegistrationForm) -> None:
    other = opened(owner.engine, owner.clock, directory, owner.settings, organisation_form)
    other.log_in("browser-2")
    erase(owner)
    assert other.row.login == "ufficio.energia" and other.is_in("browser-2")
    assert [one.code for one in customer_codes.codes_of(owner.engine, other.hub_name)] == ["20001001"]


def test_staff_are_frozen_and_not_erased(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    member = staff.add(engine, clock, "anna", "analysts", "Girasole-7")
    with pytest.raises(StaffNotErased):
        erasure.erase(engine, clock, settings, "anna", by="bruno")
    with pytest.raises(StaffNotErased):
        erasure.erase_own(engine, clock, settings, member.hub_name, "Girasole-7", "CANCELLA")


def test_two_people_can_be_erased(owner: Owner, directory: PaperDirectory, organisation_form: RegistrationForm) -> None:
    other = opened(owner.engine, owner.clock, directory, owner.settings, organisation_form)
    erase(owner)
    erasure.erase_own(*other.parts, PASSWORD, "CANCELLA")
    assert (owner.row.state, other.row.state) == ("erased", "erased")
    with owner.engine.connect() as connection:
        assert not connection.execute(sa.select(outgoing_mail).where(outgoing_mail.c.account_id.is_(None))).all()
