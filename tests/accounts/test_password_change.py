"""A new password in the profile: the present one is asked, everything else that was open closes."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from portal_lib.accounts import password_change, sessions, tokens
from portal_lib.accounts.exceptions import FormRefused
from portal_lib.accounts.passwords import verify_or_pretend
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory
from tests.accounts.owner import ADDRESS, PASSWORD, Owner, opened

NEW = "Tramonto-91"


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    return opened(engine, clock, directory, settings, household_form)


def change(owner: Owner, present: str = PASSWORD, new: str = NEW, again: str = NEW) -> None:
    password_change.change(*owner.parts, present, new, again, address=ADDRESS)


def refused(owner: Owner, **typed: str) -> dict[str | None, str]:
    with pytest.raises(FormRefused) as caught:
        change(owner, **typed)
    return {error.field: type(error).__name__ for error in caught.value.errors}


def test_the_new_password_opens_and_the_old_one_does_not(owner: Owner) -> None:
    change(owner)
    assert verify_or_pretend(owner.row.password_hash, NEW)
    assert not verify_or_pretend(owner.row.password_hash, PASSWORD)
    assert "password:changed" in owner.events()


def test_every_session_ends_and_the_hub_is_told(owner: Owner) -> None:
    owner.log_in("browser-1")
    owner.log_in("browser-2")
    change(owner)
    assert not owner.is_in("browser-1") and not owner.is_in("browser-2")
    assert [(end.hub_name, end.session_sha256) for end in sessions.pending_ends(owner.engine)] == [
        (owner.hub_name, None)
    ]


def test_links_sent_before_are_dead(owner: Owner) -> None:
    account_id = owner.row.id
    with owner.engine.begin() as connection:
        reset = tokens.issue(connection, account_id, "password", owner.clock, lifetime=timedelta(hours=1))
    change(owner)
    with owner.engine.begin() as connection:
        assert tokens.consume(connection, reset, "password", owner.clock) is None


def test_a_mail_says_so_and_holds_no_password(owner: Owner) -> None:
    change(owner)
    ((recipient, text),) = owner.mails()
    assert recipient == "manuela@example.it" and "password-dimenticata" in text
    assert NEW not in text and PASSWORD not in text


def test_a_wrong_present_password_changes_nothing(owner: Owner) -> None:
    owner.log_in()
    assert refused(owner, present="sbagliata") == {"present": "WrongOwnPassword"}
    assert verify_or_pretend(owner.row.password_hash, PASSWORD) and owner.is_in() and not owner.mails()


def test_all_mistakes_are_named_at_once(owner: Owner) -> None:
    assert refused(owner, present="", new="corta", again="altra") == {
        "present": "Missing",
        "password": "WeakPassword",
        "password_again": "PasswordsDiffer",
    }


@pytest.mark.parametrize("new", ["Manuela.R-2024x", "Rocchi-2024!", "10002001-Ab"])
def test_a_password_made_of_who_one_is_is_not_taken(owner: Owner, new: str) -> None:
    assert refused(owner, new=new, again=new) == {"password": "PersonalPassword"}


def test_the_same_password_again_is_not_a_new_one(owner: Owner) -> None:
    assert refused(owner, new=PASSWORD, again=PASSWORD) == {"password": "SamePassword"}


def test_wrong_present_passwords_are_limited_as_logins_are(owner: Owner) -> None:
    for _ in range(owner.settings.limit_login_account.tries):
        assert refused(owner, present="sbagliata") == {"present": "WrongOwnPassword"}
    assert refused(owner, present=PASSWORD) == {None: "TooManyTries"}


@pytest.mark.parametrize(
    "typed", ["x" * 10_000, "\x00", "\ud800", "😀" * 500, "\u202eabc", "'; drop table account; --"]
)
def test_any_text_gets_a_sentence(owner: Owner, typed: str) -> None:
    assert refused(owner, present=typed, new=NEW, again=NEW)
    assert refused(owner, new=typed, again=typed)
