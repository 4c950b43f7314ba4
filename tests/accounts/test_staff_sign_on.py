"""Who somebody of the identity provider is here: by issuer and subject, with the group of the day."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import login, sessions, staff
from portal_lib.accounts.exceptions import AccountFrozen, WrongCredentials
from portal_lib.accounts.exceptions.staff import (
    BadSubject,
    NoIssuer,
    NoStaffGroup,
    NoStaffLogin,
    NoSuchStaff,
    SignOnNameTaken,
)
from portal_lib.accounts.freezing import freeze
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.staff_sign_on import SignedOn, group_of, link, sign_on
from portal_lib.accounts.tables import account, audit_event, staff_member
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory

ISSUER = "https://accesso.example"
OLGA = SignedOn(ISSUER, "sub-olga", "olga", frozenset({"operators"}), "Olga", "Neri", "olga@azienda.example")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sign_on_issuer": f"{ISSUER}/", "sign_on_client_id": "portale"})


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(account).order_by(account.c.id)))


def recorded(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(audit_event.c.event).order_by(audit_event.c.id)).scalars())


def test_the_first_sign_on_adds_an_account_and_the_second_finds_it(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    first = sign_on(engine, clock, settings, OLGA)
    assert (first.hub_name, first.groups, first.kind) == ("s-olga", ("operators",), "staff")
    renamed = replace(OLGA, login="olga.neri", last_name="Bianchi", email="not an address")
    assert sign_on(engine, clock, settings, renamed).hub_name == "s-olga"
    [row] = rows(engine)
    assert (row.login, row.last_name, row.email, row.password_hash) == ("olga", "Bianchi", None, None)
    assert recorded(engine) == ["staff:added", "staff:signed-on", "staff:signed-on"]


def test_another_issuers_subject_is_somebody_else(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    sign_on(engine, clock, settings, OLGA)
    with pytest.raises(SignOnNameTaken):
        sign_on(engine, clock, settings, replace(OLGA, issuer="https://altrove.example"))
    other = replace(OLGA, issuer="https://altrove.example", login="olga2")
    assert sign_on(engine, clock, settings, other).hub_name == "s-olga2"


@pytest.mark.parametrize(
    ("groups", "group"),
    [(set(), None), ({"sales"}, None), ({"analysts"}, "analysts"), ({"analysts", "operators"}, "operators")],
)
def test_who_is_in_both_groups_reads_no_curves(settings: Settings, groups: set[str], group: str | None) -> None:
    assert group_of(settings, groups) == group


def test_who_has_left_loses_every_session_at_the_next_try(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    sign_on(engine, clock, settings, OLGA)
    sessions.begin(engine, clock, "s-olga", "a")
    with pytest.raises(NoStaffGroup):
        sign_on(engine, clock, settings, replace(OLGA, groups=frozenset()))
    assert not sessions.is_live(engine, clock, "s-olga", "a")
    assert recorded(engine)[-2:] == ["sessions:ended", "staff:refused"]
    with pytest.raises(NoStaffGroup):
        sign_on(engine, clock, settings, SignedOn(ISSUER, "sub-x", "nessuno", frozenset()))
    assert len(rows(engine)) == 1


def test_a_new_group_ends_what_began_under_the_old_one(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    sign_on(engine, clock, settings, OLGA)
    sessions.begin(engine, clock, "s-olga", "a")
    assert sign_on(engine, clock, settings, replace(OLGA, groups=frozenset({"analysts"}))).groups == ("analysts",)
    assert not sessions.is_live(engine, clock, "s-olga", "a")
    with engine.connect() as connection:
        assert connection.execute(sa.select(staff_member.c.number)).scalars().all() == [1], "the number is for good"


def test_a_frozen_account_is_refused_and_nothing_of_it_changes(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    sign_on(engine, clock, settings, OLGA)
    freeze(engine, clock, rows(engine)[0].id, by="cli:root")
    with pytest.raises(AccountFrozen):
        sign_on(engine, clock, settings, replace(OLGA, last_name="Bianchi"))
    assert rows(engine)[0].last_name == "Neri"


def test_a_customers_name_is_not_taken_over(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, replace(household_form, username="olga"))
    with pytest.raises(SignOnNameTaken):
        sign_on(engine, clock, settings, OLGA)
    assert [row.kind for row in rows(engine)] == ["customer"]


@pytest.mark.parametrize("name", ["", "O", "../x", "a" * 33, "olga neri", "ol\x00ga", "\ud800", "ólga"])
def test_a_name_that_cannot_be_one_is_refused(
    engine: Engine, clock: MovableClock, settings: Settings, name: str
) -> None:
    with pytest.raises(NoStaffLogin):
        sign_on(engine, clock, settings, replace(OLGA, login=name))
    assert rows(engine) == []


@pytest.mark.parametrize("hostile", ["\x00" * 10, "<b>", "a\r\nb", "\u202e", "x" * 10_000, "😀", "\ud800"])
def test_names_of_the_provider_may_be_anything(
    engine: Engine, clock: MovableClock, settings: Settings, hostile: str
) -> None:
    strange = replace(OLGA, first_name=hostile, last_name=hostile, email=hostile)
    assert sign_on(engine, clock, settings, strange).login == "olga"
    assert len(rows(engine)[0].first_name) <= 100 and rows(engine)[0].first_name.isprintable()


@pytest.mark.parametrize("sub", ["x" * 10_000, "sub\x00", "sub\ud800", "", "due parole"])
def test_a_subject_that_cannot_be_kept_is_a_sentence(
    engine: Engine, clock: MovableClock, settings: Settings, sub: str
) -> None:
    with pytest.raises(BadSubject):
        sign_on(engine, clock, settings, replace(OLGA, sub=sub))
    assert rows(engine) == []


def test_a_linked_account_opens_by_sign_on_and_by_no_password(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    staff.add(engine, clock, "olga", "analysts", "Girasole-7")
    sessions.begin(engine, clock, "s-olga", "a")
    assert link(engine, clock, settings, "OLGA", " sub-olga ", by="cli:root") == "olga"
    assert not sessions.is_live(engine, clock, "s-olga", "a")
    with pytest.raises(WrongCredentials):
        login.check(engine, clock, settings, "olga", "Girasole-7")
    assert sign_on(engine, clock, settings, OLGA).hub_name == "s-olga"
    assert len(rows(engine)) == 1


def test_only_staff_can_be_linked(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings, household_form)
    for name in ("manuela.r", "nessuno"):
        with pytest.raises(NoSuchStaff):
            link(engine, clock, settings, name, "sub-1", by="cli:root")
    with pytest.raises(NoIssuer):
        link(engine, clock, settings.model_copy(update={"sign_on_issuer": None}), "olga", "sub-1", by="cli:root")
