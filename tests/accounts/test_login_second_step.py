"""A right password of an account with a second factor opens nothing by itself."""

from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import login, second_factor, sessions, staff, tokens
from portal_lib.accounts.exceptions import AccountFrozen, WrongCredentials
from portal_lib.accounts.exceptions.second_factor import EnrolmentNeeded, SecondFactorNeeded, StepExpired, WrongCode
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.tables import account, audit_event, token
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock

PASSWORD = "Girasole-7"


@pytest.fixture(autouse=True)
def anna(engine: Engine, clock: MovableClock) -> None:
    staff.add(engine, clock, "anna", "analysts", PASSWORD)


@pytest.fixture
def app(engine: Engine, clock: MovableClock, settings: Settings) -> pyotp.TOTP:
    """Anna's app, set up two minutes ago."""
    secret = second_factor.begin_enrolment(engine, clock, settings, "s-anna").secret
    second_factor.enable(engine, clock, settings, "s-anna", pyotp.TOTP(secret).at(clock.now))
    clock.forward(minutes=2)
    return pyotp.TOTP(secret)


def first_step(engine: Engine, clock: MovableClock, settings: Settings) -> str:
    with pytest.raises(SecondFactorNeeded) as needed:
        login.check(engine, clock, settings, "anna", PASSWORD)
    assert needed.value.step not in str(needed.value) and needed.value.step not in needed.value.say("it")
    return needed.value.step


def events(engine: Engine) -> list[tuple[str, dict[str, object]]]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(audit_event).order_by(audit_event.c.id)).all()
    return [(row.event, row.detail) for row in rows]


def test_password_and_code_together_open_it(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    step = first_step(engine, clock, settings)
    came_in = login.complete(engine, clock, settings, step, app.at(clock.now))
    assert (came_in.person.hub_name, came_in.recovery_codes) == ("s-anna", ())
    assert events(engine)[-1] == ("login:succeeded", {"second_factor": "totp"})
    with engine.connect() as connection:
        assert step not in str(connection.execute(sa.select(token)).all())


def test_a_wrong_password_gives_no_step(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    with pytest.raises(WrongCredentials):
        login.check(engine, clock, settings, "anna", app.at(clock.now))
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(token)).scalar_one() == 0


def test_a_step_is_good_for_five_minutes_and_for_one_login(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    step = first_step(engine, clock, settings)
    clock.forward(minutes=5)
    with pytest.raises(StepExpired):
        login.complete(engine, clock, settings, step, app.at(clock.now))
    step = first_step(engine, clock, settings)
    login.complete(engine, clock, settings, step, app.at(clock.now))
    clock.forward(minutes=1)
    with pytest.raises(StepExpired):
        login.complete(engine, clock, settings, step, app.at(clock.now))


def test_after_a_wrong_code_the_step_is_still_good(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    step = first_step(engine, clock, settings)
    with pytest.raises(WrongCode):
        login.complete(engine, clock, settings, step, "000000")
    assert events(engine)[-1] == ("login:failed", {"reason": "code"})
    assert login.complete(engine, clock, settings, step, app.at(clock.now)).person.login == "anna"


def test_codes_can_not_be_tried_without_end_however_many_steps_one_takes(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    told = []
    for _ in range(5):
        step = first_step(engine, clock, settings)
        for _ in range(5):
            with pytest.raises((WrongCode, TooManyTries)) as refused:
                login.complete(engine, clock, settings, step, "000000")
            told.append(refused.type)
    assert told == [WrongCode] * 10 + [TooManyTries] * 15
    with pytest.raises(TooManyTries):
        login.complete(engine, clock, settings, step, app.at(clock.now))


@pytest.mark.parametrize("step", ["", "x", "\x00", "\ud800", "x" * 10_000])
def test_a_step_that_nobody_was_given_is_over(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP, step: str
) -> None:
    for ask in (login.complete, lambda *args: login.enrolment(*args[:4])):
        with pytest.raises(StepExpired):
            ask(engine, clock, settings, step, app.at(clock.now))


def test_a_token_of_another_purpose_is_no_step(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    with engine.begin() as connection:
        secret = tokens.issue(connection, 1, "password", clock, lifetime=timedelta(hours=1))
    with pytest.raises(StepExpired):
        login.complete(engine, clock, settings, secret, app.at(clock.now))


def test_ending_all_sessions_ends_a_step_too(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    step = first_step(engine, clock, settings)
    with engine.begin() as connection:
        sessions.end_all(connection, clock, 1, "password-reset")
    with pytest.raises(StepExpired):
        login.complete(engine, clock, settings, step, app.at(clock.now))


def test_an_account_frozen_between_the_steps_stays_closed(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    step = first_step(engine, clock, settings)
    with engine.begin() as connection:
        connection.execute(account.update().values(state="frozen"))
    with pytest.raises(StepExpired):
        login.complete(engine, clock, settings, step, app.at(clock.now))
    with pytest.raises(AccountFrozen):
        login.check(engine, clock, settings, "anna", PASSWORD)


def test_a_spare_code_opens_it_as_well(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    [code, *_] = second_factor.renew_recovery_codes(engine, clock, "s-anna")
    login.complete(engine, clock, settings, first_step(engine, clock, settings), code)
    assert events(engine)[-1] == ("login:succeeded", {"second_factor": "recovery-code"})


def test_staff_without_a_second_factor_set_one_up_before_they_come_in(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    with pytest.raises(EnrolmentNeeded) as needed:
        login.check(engine, clock, settings, "anna", PASSWORD)
    step = needed.value.step
    enrolment = login.enrolment(engine, clock, settings, step)
    assert enrolment is not None
    with pytest.raises(WrongCode):
        login.complete(engine, clock, settings, step, "000000")
    assert login.enrolment(engine, clock, settings, step) == enrolment, "a mistyped code keeps the QR code"

    came_in = login.complete(engine, clock, settings, step, pyotp.TOTP(enrolment.secret).at(clock.now))
    assert came_in.person.hub_name == "s-anna" and len(came_in.recovery_codes) == 10
    assert [name for name, _ in events(engine)][-2:] == ["second-factor:enabled", "login:succeeded"]
    first_step(engine, clock, settings)


def test_who_saw_an_earlier_setup_page_can_make_no_codes(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    seen = []
    for _ in range(2):
        with pytest.raises(EnrolmentNeeded) as needed:
            login.check(engine, clock, settings, "anna", PASSWORD)
        enrolment = login.enrolment(engine, clock, settings, needed.value.step)
        assert enrolment is not None
        seen.append((needed.value.step, enrolment.secret))
    [(first, first_secret), (second, second_secret)] = seen
    with pytest.raises(WrongCode):
        login.complete(engine, clock, settings, first, pyotp.TOTP(first_secret).at(clock.now))
    login.complete(engine, clock, settings, second, pyotp.TOTP(second_secret).at(clock.now))
    with pytest.raises(StepExpired):
        login.complete(engine, clock, settings, first, pyotp.TOTP(second_secret).at(clock.now))


def test_a_setting_lets_staff_in_with_the_password_alone(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    settings = settings.model_copy(update={"staff_second_factor": False})
    assert login.check(engine, clock, settings, "anna", PASSWORD).hub_name == "s-anna"


def test_the_setting_turns_off_nobodys_second_factor(
    engine: Engine, clock: MovableClock, settings: Settings, app: pyotp.TOTP
) -> None:
    settings = settings.model_copy(update={"staff_second_factor": False})
    with pytest.raises(SecondFactorNeeded):
        login.check(engine, clock, settings, "anna", PASSWORD)
