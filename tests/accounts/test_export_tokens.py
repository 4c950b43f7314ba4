"""Export tokens: shown once, kept as hashes, short of nothing that ends an account, and limited when guessed."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import export_tokens
from portal_lib.accounts.exceptions import Missing, NotPlainText, TooLong
from portal_lib.accounts.exceptions.profile import BadLifetime, TooManyExportTokens, WrongOwnPassword
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.export_tokens import MOST, PREFIX, Bearer
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, account_customer, export_token
from portal_lib.refused import Refused
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory
from tests.accounts.owner import ADDRESS, PASSWORD, Owner, opened


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    return opened(engine, clock, directory, settings, household_form)


def create(owner: Owner, label: str = "bilancio", days: str = "30", password: str = PASSWORD) -> str:
    return export_tokens.create(*owner.parts, label, days, password, address=ADDRESS)


def bearer(owner: Owner, secret: str, address: str = ADDRESS) -> Bearer | None:
    return export_tokens.bearer(owner.engine, owner.clock, owner.settings, secret, address=address)


def set_state(owner: Owner, state: str) -> None:
    with owner.engine.begin() as connection:
        connection.execute(account.update().where(account.c.hub_name == owner.hub_name).values(state=state))


def test_a_token_stands_for_its_owner_and_the_approved_codes(owner: Owner) -> None:
    assert bearer(owner, create(owner)) == Bearer(owner.hub_name, ("10002001",))


def test_a_code_that_waits_for_approval_is_not_opened(owner: Owner) -> None:
    secret = create(owner)
    with owner.engine.begin() as connection:
        connection.execute(account_customer.update().values(approved_at=None))
    assert bearer(owner, secret) == Bearer(owner.hub_name, ())


def test_the_database_knows_the_token_by_its_hash_alone(owner: Owner) -> None:
    secret = create(owner)
    assert secret.startswith(PREFIX) and len(secret) > 40
    with owner.engine.connect() as connection:
        assert secret.removeprefix(PREFIX) not in str(connection.execute(sa.select(export_token)).all())


def test_a_token_is_over_after_its_days(owner: Owner) -> None:
    secret = create(owner, days="30")
    owner.clock.forward(days=29, hours=23)
    assert bearer(owner, secret)
    owner.clock.forward(hours=1)
    assert bearer(owner, secret) is None and not export_tokens.tokens_of(owner.engine, owner.clock, owner.hub_name)


@pytest.mark.parametrize("state", ["frozen", "erased", "unconfirmed", "waiting"])
def test_a_token_of_an_account_that_is_not_open_opens_nothing(owner: Owner, state: str) -> None:
    secret = create(owner)
    set_state(owner, state)
    assert bearer(owner, secret) is None


def test_a_revoked_token_opens_nothing_and_the_others_still_do(owner: Owner) -> None:
    first, second = create(owner, "primo"), create(owner, "secondo")
    listed, _ = export_tokens.tokens_of(owner.engine, owner.clock, owner.hub_name)
    assert listed.label == "secondo", "newest first"
    assert export_tokens.revoke(owner.engine, owner.clock, owner.hub_name, listed.id)
    assert bearer(owner, second) is None and bearer(owner, first)
    assert not export_tokens.revoke(owner.engine, owner.clock, owner.hub_name, listed.id)


def test_nobody_revokes_somebody_elses(owner: Owner) -> None:
    secret = create(owner)
    (listed,) = export_tokens.tokens_of(owner.engine, owner.clock, owner.hub_name)
    assert not export_tokens.revoke(owner.engine, owner.clock, "c-somebody", listed.id)
    assert bearer(owner, secret)


def test_all_end_at_once(owner: Owner) -> None:
    secrets, account_id = [create(owner), create(owner)], owner.row.id
    with owner.engine.begin() as connection:
        export_tokens.revoke_all(connection, owner.clock, account_id)
    assert [bearer(owner, secret) for secret in secrets] == [None, None]


def test_the_last_use_is_kept(owner: Owner) -> None:
    secret = create(owner)
    owner.clock.forward(hours=2)
    bearer(owner, secret)
    (listed,) = export_tokens.tokens_of(owner.engine, owner.clock, owner.hub_name)
    assert listed.used_at == owner.clock().replace(tzinfo=None)


def test_ten_live_tokens_and_no_more(owner: Owner) -> None:
    for number in range(MOST):
        create(owner, f"n{number}")
    with pytest.raises(TooManyExportTokens):
        create(owner)
    newest = export_tokens.tokens_of(owner.engine, owner.clock, owner.hub_name)[0]
    export_tokens.revoke(owner.engine, owner.clock, owner.hub_name, newest.id)
    create(owner)


def test_two_requests_at_once_do_not_make_an_eleventh(owner: Owner) -> None:
    for number in range(MOST - 1):
        create(owner, f"n{number}")
    refused: list[Refused] = []

    def one() -> None:
        try:
            create(owner)
        except Refused as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert len(export_tokens.tokens_of(owner.engine, owner.clock, owner.hub_name)) == MOST


@pytest.mark.parametrize(
    ("label", "days", "password", "refusal"),
    [
        ("bilancio", "30", "sbagliata", WrongOwnPassword),
        ("", "30", PASSWORD, Missing),
        ("   ", "30", PASSWORD, Missing),
        ("x" * 101, "30", PASSWORD, TooLong),
        ("una\nriga", "30", PASSWORD, NotPlainText),
        ("\ud800", "30", PASSWORD, NotPlainText),
        ("bilancio", "0", PASSWORD, BadLifetime),
        ("bilancio", "366", PASSWORD, BadLifetime),
        ("bilancio", "-1", PASSWORD, BadLifetime),
        ("bilancio", "٣٠", PASSWORD, BadLifetime),
        ("bilancio", "1e1", PASSWORD, BadLifetime),
        ("bilancio", "9" * 10_000, PASSWORD, BadLifetime),
        ("bilancio", "", PASSWORD, BadLifetime),
    ],
)
def test_what_cannot_be_taken_makes_no_token(
    owner: Owner, label: str, days: str, password: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        create(owner, label, days, password)
    assert not export_tokens.tokens_of(owner.engine, owner.clock, owner.hub_name)


@pytest.mark.parametrize("secret", ["", "pex_", "pex_" + "a" * 43, "x" * 10_000, "\x00", "\ud800", "pex_" + "é" * 43])
def test_a_guess_opens_nothing(owner: Owner, secret: str) -> None:
    create(owner)
    assert bearer(owner, secret) is None


def test_guesses_count_by_address_and_the_right_token_says_nothing_meanwhile(owner: Owner) -> None:
    secret = create(owner)
    for _ in range(owner.settings.limit_login_address.tries):
        assert bearer(owner, "pex_" + "a" * 43) is None
    with pytest.raises(TooManyTries):
        bearer(owner, secret)
    assert bearer(owner, secret, "198.51.100.7")


def test_a_right_token_never_fills_the_limit(owner: Owner) -> None:
    secret = create(owner)
    for _ in range(owner.settings.limit_login_address.tries + 5):
        assert bearer(owner, secret)


def test_events_name_the_label_and_never_the_token(owner: Owner) -> None:
    secret = create(owner)
    assert "export-token:created" in owner.events()
    with owner.engine.connect() as connection:
        assert secret not in str(connection.execute(sa.text("select * from audit_event")).all())
