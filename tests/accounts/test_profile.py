"""What a person sees of their account, and the plain things that they change."""

import pytest
from sqlalchemy.engine import Engine

from portal_lib.accounts import profile, sessions, staff
from portal_lib.accounts.profile import profile_of
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.refused import Refused
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory
from tests.accounts.owner import ADDRESS, Owner, opened


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    return opened(engine, clock, directory, settings, household_form)


def change_mobile(owner: Owner, typed: str) -> str | None:
    profile.change_mobile(owner.engine, owner.clock, owner.hub_name, typed, address=ADDRESS)
    return profile_of(owner.engine, owner.hub_name).mobile


def test_a_person_is_shown_by_name_and_staff_by_login(owner: Owner) -> None:
    assert profile_of(owner.engine, owner.hub_name).name == "Manuela Rocchi"
    member = staff.add(owner.engine, owner.clock, "anna", "analysts", "Girasole-7")
    shown = profile_of(owner.engine, member.hub_name)
    assert shown.name == "anna" and not shown.customer and shown.has_password


def test_a_mobile_number_is_kept_in_one_spelling_and_can_be_removed(owner: Owner) -> None:
    assert change_mobile(owner, "+39 333 123-4567") == "+393331234567"
    assert change_mobile(owner, "  ") is None
    assert owner.events().count("profile:changed") == 2


def test_the_same_number_again_is_no_event(owner: Owner) -> None:
    change_mobile(owner, "3331234567")
    change_mobile(owner, "333 1234567")
    assert owner.events().count("profile:changed") == 1


@pytest.mark.parametrize("typed", ["abc", "1", "x" * 10_000, "333\x001234567", "\ud800", "+39 333'; --", "٣٣٣١٢٣٤٥٦٧"])
def test_what_is_no_number_changes_nothing(owner: Owner, typed: str) -> None:
    change_mobile(owner, "3331234567")
    with pytest.raises(Refused):
        change_mobile(owner, typed)
    assert profile_of(owner.engine, owner.hub_name).mobile == "3331234567"


def test_leaving_everywhere_ends_every_session_and_nobody_elses(
    owner: Owner, directory: PaperDirectory, organisation_form: RegistrationForm
) -> None:
    other = opened(owner.engine, owner.clock, directory, owner.settings, organisation_form)
    for browser in ("browser-1", "browser-2"):
        owner.log_in(browser)
    other.log_in("browser-3")
    profile.end_everywhere(owner.engine, owner.clock, owner.hub_name, address=ADDRESS)
    assert not owner.is_in("browser-1") and not owner.is_in("browser-2") and other.is_in("browser-3")
    assert [end.hub_name for end in sessions.pending_ends(owner.engine)] == [owner.hub_name]
