"""Consents in the profile: as easy to withdraw as to give, and every answer stays on record."""

from typing import Any

import pytest
from sqlalchemy.engine import Engine

from portal_lib.accounts import consents
from portal_lib.accounts.notice import notice
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory
from tests.accounts.owner import ADDRESS, Owner, opened

NOTICE = notice("2026-03", "Energia Prova")


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    return opened(engine, clock, directory, settings, household_form)


def choose(owner: Owner, purpose: Any, granted: bool) -> bool:
    return consents.choose(owner.engine, owner.clock, owner.hub_name, purpose, granted, NOTICE, address=ADDRESS)


def answers(owner: Owner, purpose: str) -> list[tuple[bool, str, str]]:
    """Newest first."""
    return [
        (one.granted, one.channel, one.notice_version)
        for one in consents.history(owner.engine, owner.hub_name)
        if one.purpose == purpose
    ]


def test_giving_and_withdrawing_are_one_row_each_and_take_nothing_back(owner: Owner) -> None:
    assert choose(owner, "marketing", True) and choose(owner, "marketing", False)
    assert answers(owner, "marketing") == [
        (False, "profile", "2026-03"),
        (True, "profile", "2026-03"),
        (False, "registration", "2026-01"),
    ]
    assert owner.events()[-2:] == ["consent:given", "consent:withdrawn"]


def test_an_answer_that_stands_already_is_not_written_again(owner: Owner) -> None:
    assert not choose(owner, "profiling", False)
    assert choose(owner, "profiling", True) and not choose(owner, "profiling", True)
    assert len(answers(owner, "profiling")) == 2


def test_the_others_stay_as_they_are(owner: Owner) -> None:
    choose(owner, "third_parties", True)
    assert answers(owner, "marketing") == [(False, "registration", "2026-01")]


@pytest.mark.parametrize("purpose", ["notice", "", "marketing'--", "x" * 10_000])
def test_nothing_else_can_be_given_or_withdrawn(owner: Owner, purpose: str) -> None:
    with pytest.raises(ValueError):
        choose(owner, purpose, False)
