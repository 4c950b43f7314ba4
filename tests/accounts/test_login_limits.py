"""Guessing gets nowhere, and keeps nobody out for good."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import known_devices, login, login_limits, throttle
from portal_lib.accounts.activation import activate
from portal_lib.accounts.exceptions import WrongCredentials
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, known_device, throttle_bucket
from portal_lib.limits import Limit
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory

# A thousand tries prove the same on PostgreSQL, where ten thousand take half a minute.
on_sqlite_alone = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)

RIGHT, WRONG = "Girasole-7", "Papavero-7"


@pytest.fixture
def customer(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> str:
    """The Hub name of an account."""
    register(engine, clock, directory, settings, household_form)
    activate(engine, clock, "manuela.r")
    with engine.connect() as connection:
        return str(connection.execute(sa.select(account.c.hub_name)).scalar_one())


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was checked."""
    checked: list[str] = []
    verify = login.verify_or_pretend

    def counted(password_hash: str | None, password: str) -> bool:
        checked.append(password)
        return verify(password_hash, password)

    monkeypatch.setattr(login, "verify_or_pretend", counted)
    return checked


def guess(engine: Engine, clock: MovableClock, settings: Settings, **options: str | None) -> type[Exception]:
    try:
        login.check(engine, clock, settings, "manuela.r", WRONG, **options)  # type: ignore[arg-type]
    except (WrongCredentials, TooManyTries) as refusal:
        return type(refusal)
    raise AssertionError("a wrong password opened an account")


@pytest.mark.usefixtures("customer")
def test_a_hundred_wrong_passwords_keep_the_owner_out_for_no_longer_than_documented(
    engine: Engine, clock: MovableClock, settings: Settings, hashes: list[str]
) -> None:
    told = [guess(engine, clock, settings, address=f"203.0.113.{number}") for number in range(100)]
    assert told == [WrongCredentials] * 10 + [TooManyTries] * 90
    assert len(hashes) == 10, "no password is looked at during a lock"

    clock.forward(seconds=89)
    with pytest.raises(TooManyTries):
        login.check(engine, clock, settings, "manuela.r", RIGHT)
    clock.forward(seconds=1)
    assert login.check(engine, clock, settings, "manuela.r", RIGHT).login == "Manuela.R"


@pytest.mark.usefixtures("customer")
def test_during_a_lock_the_right_password_says_what_a_wrong_one_and_an_unknown_name_say(
    engine: Engine, clock: MovableClock, settings: Settings, hashes: list[str]
) -> None:
    for _ in range(10):
        guess(engine, clock, settings)
        with pytest.raises(WrongCredentials):
            login.check(engine, clock, settings, "nessuno", WRONG)
    hashes.clear()
    sentences = []
    for name, password in (("manuela.r", RIGHT), ("manuela.r", WRONG), ("nessuno", RIGHT)):
        with pytest.raises(TooManyTries) as refused:
            login.check(engine, clock, settings, name, password)
        sentences.append(refused.value.say("it"))
    assert len(set(sentences)) == 1
    assert hashes == []


@pytest.mark.usefixtures("customer")
@on_sqlite_alone
def test_ten_thousand_guesses_from_as_many_addresses_check_ten_passwords(
    engine: Engine, clock: MovableClock, settings: Settings, hashes: list[str]
) -> None:
    # The buckets' own code, without the two reads around it: that is all that a refused try does.
    for _ in range(10):
        guess(engine, clock, settings)
    refused = 0
    for number in range(10_000):
        tries = login_limits.of_stranger(settings, "manuela.r", f"10.{number // 256}.{number % 256}.1")
        try:
            throttle.take(engine, clock, tries)
        except TooManyTries:
            refused += 1
    assert (refused, len(hashes)) == (10_000, 10)


def test_one_address_gets_sixty_tries_whatever_the_names(
    engine: Engine, clock: MovableClock, settings: Settings, hashes: list[str]
) -> None:
    refused = 0
    for number in range(200):
        try:
            login.check(engine, clock, settings, f"nome{number}", WRONG, address=f"2001:db8::{number:x}")
        except TooManyTries:
            refused += 1
        except WrongCredentials:
            pass
    assert (len(hashes), refused) == (60, 140)


def test_everybody_together_has_a_limit_too(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    settings = settings.model_copy(update={"limit_login_overall": Limit("20/15m")})
    outcomes = []
    for number in range(30):
        with pytest.raises((WrongCredentials, TooManyTries)) as refused:
            login.check(engine, clock, settings, f"nome{number}", WRONG, address=f"198.51.100.{number}")
        outcomes.append(refused.type)
    assert outcomes == [WrongCredentials] * 20 + [TooManyTries] * 10


@pytest.mark.usefixtures("customer")
def test_the_right_password_uses_no_limit_up(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    for _ in range(50):
        login.check(engine, clock, settings, "manuela.r", RIGHT, address="192.0.2.1")


def test_a_known_browser_comes_in_while_strangers_keep_the_account_locked(
    engine: Engine, clock: MovableClock, settings: Settings, customer: str
) -> None:
    device = known_devices.remember(engine, clock, customer)
    for _ in range(40):  # an hour of somebody who never gives up
        clock.forward(seconds=90)
        guess(engine, clock, settings)
        guess(engine, clock, settings)
    with pytest.raises(TooManyTries):
        login.check(engine, clock, settings, "manuela.r", RIGHT)
    assert login.check(engine, clock, settings, "manuela.r", RIGHT, device=device).login == "Manuela.R"


def test_a_known_browser_has_a_limit_of_its_own(
    engine: Engine, clock: MovableClock, settings: Settings, customer: str, hashes: list[str]
) -> None:
    device = known_devices.remember(engine, clock, customer)
    told = [guess(engine, clock, settings, device=device) for _ in range(30)]
    assert told == [WrongCredentials] * 10 + [TooManyTries] * 20
    assert login.check(engine, clock, settings, "manuela.r", RIGHT).login == "Manuela.R", "others are not concerned"


def test_a_browser_known_to_one_account_is_a_stranger_to_the_next(
    engine: Engine, clock: MovableClock, settings: Settings, customer: str
) -> None:
    device = known_devices.remember(engine, clock, customer)
    with engine.begin() as connection:
        connection.execute(known_device.update().values(account_id=1))
        other = connection.execute(
            account.insert()
            .values(
                kind="customer",
                hub_name="c-other",
                login="altra",
                login_key="altra",
                state="active",
                created_at=clock.now.replace(tzinfo=None),
            )
            .returning(account.c.id)
        ).scalar_one()
        assert known_devices.find(connection, clock, 1, device) is not None
        assert known_devices.find(connection, clock, other, device) is None
        assert known_devices.find(connection, clock, None, device) is None
    assert known_devices.remember(engine, clock, "c-other", device) == device, "one browser, two accounts"
    with engine.connect() as connection:
        hashes = connection.execute(sa.select(known_device.c.sha256)).scalars().all()
    assert len(set(hashes)) == 2 and device not in hashes


def test_a_browser_unused_for_half_a_year_is_a_stranger_again(
    engine: Engine, clock: MovableClock, customer: str
) -> None:
    device = known_devices.remember(engine, clock, customer)
    clock.forward(days=179)
    known_devices.remember(engine, clock, customer, device)
    clock.forward(days=179)
    with engine.begin() as connection:
        assert known_devices.find(connection, clock, 1, device) is not None
        clock.forward(days=2)
        assert known_devices.find(connection, clock, 1, device) is None
        known_devices.sweep(connection, clock)
        assert connection.execute(sa.select(sa.func.count()).select_from(known_device)).scalar_one() == 0


@pytest.mark.parametrize("secret", ["", "x", "x" * 10_000, "\x00", "\ud800", "' or 1=1 --"])
def test_a_hostile_cookie_is_no_browser(engine: Engine, clock: MovableClock, customer: str, secret: str) -> None:
    with engine.begin() as connection:
        assert known_devices.find(connection, clock, 1, secret) is None
    assert len(known_devices.remember(engine, clock, customer, secret)) == 43


@pytest.mark.usefixtures("customer")
def test_tries_at_the_same_moment_do_not_race_past_the_limit(
    engine: Engine, clock: MovableClock, settings: Settings, hashes: list[str]
) -> None:
    together = threading.Barrier(16)

    def one(_: int) -> type[Exception]:
        together.wait()
        return guess(engine, clock, settings)

    with ThreadPoolExecutor(16) as people:
        told = list(people.map(one, range(32)))
    assert (told.count(WrongCredentials), len(hashes)) == (10, 10)


@pytest.mark.usefixtures("customer")
def test_no_name_stands_in_the_buckets(engine: Engine, clock: MovableClock, settings: Settings) -> None:
    guess(engine, clock, settings, address="192.0.2.7")
    with engine.connect() as connection:
        keys = " ".join(connection.execute(sa.select(throttle_bucket.c.key)).scalars())
    assert "manuela" not in keys and "192.0.2" not in keys
