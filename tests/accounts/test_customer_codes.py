from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import customer_codes, sessions
from portal_lib.accounts.activation import activate
from portal_lib.accounts.customer_codes import Added
from portal_lib.accounts.exceptions import AlreadyHeld, CodeNotHeld, FormRefused, NoSuchCustomer
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.people import active_person
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, audit_event, outgoing_mail
from portal_lib.settings import Settings
from tests.accounts.conftest import (
    HOUSEHOLD_TAX_CODE,
    MUNICIPALITY_VAT,
    Entry,
    MovableClock,
    PaperDirectory,
)


class Holder:
    """Somebody with an account of their own household, logged in in one browser."""

    def __init__(self, engine: Engine, clock: MovableClock, directory: PaperDirectory, settings: Settings) -> None:
        self.parts = (engine, clock, directory, settings)
        self.engine, self.clock = engine, clock
        with engine.connect() as connection:
            self.hub_name: str = connection.execute(sa.select(account.c.hub_name)).scalar_one()
        sessions.begin(engine, clock, self.hub_name, "browser-1")

    def add(self, code: str, vat: str = "") -> Added:
        return customer_codes.add(*self.parts, self.hub_name, code, vat, address="192.0.2.1")

    def codes(self) -> list[tuple[str, bool]]:
        return [(held.code, held.approved) for held in customer_codes.codes_of(self.engine, self.hub_name)]

    @property
    def groups(self) -> tuple[str, ...]:
        person = active_person(self.engine, self.hub_name)
        assert person is not None
        return person.groups

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        with self.engine.connect() as connection:
            return [
                (row.event, row.detail) for row in connection.execute(sa.select(audit_event).order_by(audit_event.c.id))
            ]


@pytest.fixture
def holder(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Holder:
    directory.entries["10002009"] = Entry(
        "10002009", "household", "Manuela Rocchi", None, frozenset({HOUSEHOLD_TAX_CODE})
    )
    register(engine, clock, directory, settings, household_form)
    activate(engine, clock, "manuela.r")
    return Holder(engine, clock, directory, settings)


def test_a_second_home_is_added_by_its_code_and_ones_own_codice_fiscale(holder: Holder) -> None:
    assert holder.add(" 1000 2009 ") == Added("10002009", approved=True)
    assert holder.codes() == [("10002001", True), ("10002009", True)]
    assert holder.groups == ("customer-10002001", "customer-10002009")
    assert ("customer:added", {"customer": "10002009", "approved": True}) in holder.events()


def test_an_organisation_is_added_by_its_partita_iva_and_its_contact_hears(engine: Engine, holder: Holder) -> None:
    assert holder.add("20001001", f"IT{MUNICIPALITY_VAT}").approved
    with engine.connect() as connection:
        oldest_first = sa.select(outgoing_mail.c.recipient).order_by(outgoing_mail.c.id)
        recipients = list(connection.execute(oldest_first).scalars())
    assert recipients[-1] == "comune@example.it"


def test_an_added_organisation_waits_where_the_supplier_asks(holder: Holder) -> None:
    engine, clock, directory, settings = holder.parts
    asking = settings.model_copy(update={"organisation_approval": "contact"})
    holder.parts = (engine, clock, directory, asking)
    assert not holder.add("20001001", MUNICIPALITY_VAT).approved
    assert holder.codes() == [("10002001", True), ("20001001", False)]
    assert holder.groups == ("customer-10002001",)


@pytest.mark.parametrize(("code", "vat"), [("20001001", ""), ("99999999", ""), ("20001001", "80012000370")])
def test_what_does_not_match_gets_one_answer(holder: Holder, directory: PaperDirectory, code: str, vat: str) -> None:
    directory.entries["20001001"] = Entry("20001001", "organisation", "C", None, frozenset({MUNICIPALITY_VAT}))
    with pytest.raises(NoSuchCustomer):
        holder.add(code, vat)
    assert holder.codes() == [("10002001", True)]
    assert holder.events()[-1] == ("customer:refused", {"door": "profile", "reason": "no-match"})


def test_guessing_from_the_profile_is_held_up_too(holder: Holder) -> None:
    for _ in range(10):
        with pytest.raises(NoSuchCustomer):
            holder.add("20001001", "80012000371"[:0])
    with pytest.raises(TooManyTries):
        holder.add("20001001", MUNICIPALITY_VAT)


@pytest.mark.parametrize(
    ("code", "vat", "field"),
    [("", "", "customer_code"), ("1" * 33, "", "customer_code"), ("1\x00", "", "customer_code"), ("1", "12", "vat")],
)
def test_a_mistake_is_named_beside_its_field(holder: Holder, code: str, vat: str, field: str) -> None:
    with pytest.raises(FormRefused) as refused:
        holder.add(code, vat)
    assert [error.field for error in refused.value.errors] == [field]


def test_a_code_is_held_once(holder: Holder) -> None:
    with pytest.raises(AlreadyHeld):
        holder.add("10002001")


def test_giving_a_code_up_ends_the_pages_that_show_it_and_logs_nobody_out(holder: Holder) -> None:
    customer_codes.remove(holder.engine, holder.clock, holder.hub_name, "10002001")
    assert holder.codes() == [] and holder.groups == ()
    [end] = sessions.pending_ends(holder.engine)
    assert end.hub_name == holder.hub_name and end.session_sha256 is not None
    assert sessions.is_live(holder.engine, holder.clock, holder.hub_name, "browser-1")
    assert holder.events()[-1] == ("customer:removed", {"customer": "10002001"})
    with pytest.raises(CodeNotHeld):
        customer_codes.remove(holder.engine, holder.clock, holder.hub_name, "10002001")


def test_nobody_gives_up_somebody_elses_code(holder: Holder) -> None:
    with pytest.raises(CodeNotHeld):
        customer_codes.remove(holder.engine, holder.clock, holder.hub_name, "20001001")
    assert holder.codes() == [("10002001", True)]
