"""The second factor, from its first code to its last spare one."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy.engine import Engine

from portal_lib.accounts import second_factor, staff
from portal_lib.accounts.exceptions.second_factor import AlreadyOn, NotOn, StaffNeedIt, WrongCode
from portal_lib.accounts.second_factor import Proof
from portal_lib.accounts.second_factor_key import BadKey, UnreadableSecret, decrypt, encrypt
from portal_lib.accounts.tables import account, audit_event, outgoing_mail, recovery_code
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock

NAME = "c-manuela"


@pytest.fixture(autouse=True)
def manuela(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            account.insert().values(
                kind="customer",
                hub_name=NAME,
                login="Manuela.R",
                login_key="manuela.r",
                state="active",
                first_name="Manuela",
                email="manuela@example.it",
                created_at=datetime(2026, 1, 1),  # noqa: DTZ001
            )
        )


Use = Callable[[str], Proof | None]


@pytest.fixture
def use(engine: Engine, clock: MovableClock, settings: Settings) -> Use:
    def use(code: str) -> Proof | None:
        with engine.begin() as connection:
            row = connection.execute(sa.select(account).where(account.c.hub_name == NAME)).one()
            return second_factor.use(connection, clock, settings, row, code)

    return use


def code_at(secret: str, clock: MovableClock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.now + timedelta(seconds=30 * steps))


def enrolled(engine: Engine, clock: MovableClock, settings: Settings) -> tuple[str, list[str]]:
    secret = second_factor.begin_enrolment(engine, clock, settings, NAME).secret
    codes = second_factor.enable(engine, clock, settings, NAME, code_at(secret, clock))
    clock.forward(minutes=2)
    return secret, codes


def events(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(audit_event.c.event).order_by(audit_event.c.id)).scalars())


def subjects(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(outgoing_mail.c.subject).order_by(outgoing_mail.c.id)).scalars())


def test_the_first_code_of_the_app_turns_it_on_and_gives_ten_spare_codes(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    begun = second_factor.begin_enrolment(engine, clock, settings, NAME)
    assert begun.uri.startswith("otpauth://totp/Portale%20Clienti:Manuela.R?secret=" + begun.secret)
    assert begun.qr_svg.startswith("<svg") and "style" not in begun.qr_svg
    assert not second_factor.state(engine, settings, NAME).on
    with pytest.raises(WrongCode):
        second_factor.enable(engine, clock, settings, NAME, "000000")
    again = second_factor.pending_enrolment(engine, settings, NAME)
    assert again is not None and again.secret == begun.secret, "a mistyped code does not change the QR code"

    codes = second_factor.enable(engine, clock, settings, NAME, code_at(begun.secret, clock))
    assert len(set(codes)) == 10
    state = second_factor.state(engine, settings, NAME)
    assert (state.on, state.codes_left, state.required) == (True, 10, False)
    assert second_factor.pending_enrolment(engine, settings, NAME) is None
    with pytest.raises(AlreadyOn):
        second_factor.begin_enrolment(engine, clock, settings, NAME)
    assert events(engine) == ["second-factor:enabled"]
    assert subjects(engine) == ["Verifica in due passaggi attivata su Portale Clienti"]


def test_a_secret_begun_earlier_is_worth_nothing_since_others_may_have_seen_it(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    first = second_factor.begin_enrolment(engine, clock, settings, NAME)
    second_factor.begin_enrolment(engine, clock, settings, NAME)
    with pytest.raises(WrongCode):
        second_factor.enable(engine, clock, settings, NAME, code_at(first.secret, clock))


def test_codes_of_one_step_before_and_after_are_taken_and_no_others(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    secret, _ = enrolled(engine, clock, settings)
    assert [use(code_at(secret, clock, steps)) for steps in (-2, 2)] == [None, None]
    assert use(code_at(secret, clock, -1)) == "totp"
    assert use(code_at(secret, clock)) == "totp"
    assert use(code_at(secret, clock, 1)) == "totp"


def test_a_code_opens_once_and_no_earlier_one_after_it(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    secret, _ = enrolled(engine, clock, settings)
    assert use(code_at(secret, clock)) == "totp"
    assert use(code_at(secret, clock)) is None
    assert use(code_at(secret, clock, -1)) is None


def test_the_code_that_turned_it_on_opens_nothing_more(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    secret = second_factor.begin_enrolment(engine, clock, settings, NAME).secret
    second_factor.enable(engine, clock, settings, NAME, code_at(secret, clock))
    assert use(code_at(secret, clock)) is None


def test_of_many_who_use_one_code_at_the_same_moment_one_comes_in(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    secret, codes = enrolled(engine, clock, settings)
    for code in (code_at(secret, clock), codes[0]):
        with ThreadPoolExecutor(8) as people:
            proofs = list(people.map(use, [code] * 8))
        assert sum(proof is not None for proof in proofs) == 1


def test_however_a_code_is_spaced_it_is_the_same(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    secret, codes = enrolled(engine, clock, settings)
    code = code_at(secret, clock)
    assert use(f" {code[:3]} {code[3:]} ") == "totp"
    assert use(codes[0].upper().replace("-", " – ")) == "recovery-code"
    assert use(codes[1].replace("-", "")) == "recovery-code"


def test_a_spare_code_opens_once_and_its_owner_hears_how_many_are_left(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    _, codes = enrolled(engine, clock, settings)
    assert use(codes[3]) == "recovery-code"
    assert use(codes[3]) is None
    assert second_factor.state(engine, settings, NAME).codes_left == 9
    with engine.connect() as connection:
        newest = connection.execute(sa.select(outgoing_mail).order_by(outgoing_mail.c.id.desc())).first()
        detail = connection.execute(sa.select(audit_event.c.detail).order_by(audit_event.c.id.desc())).scalar()
    assert newest is not None and "Te ne restano 9." in newest.text
    assert detail == {"left": 9}


def test_new_spare_codes_end_the_old_ones(engine: Engine, clock: MovableClock, settings: Settings, use: Use) -> None:
    with pytest.raises(NotOn):
        second_factor.renew_recovery_codes(engine, clock, NAME)
    _, old = enrolled(engine, clock, settings)
    new = second_factor.renew_recovery_codes(engine, clock, NAME)
    assert use(old[0]) is None
    assert use(new[0]) == "recovery-code"
    assert "recovery-codes:renewed" in events(engine)


def test_turned_off_nothing_of_it_is_kept(engine: Engine, clock: MovableClock, settings: Settings, use: Use) -> None:
    secret, codes = enrolled(engine, clock, settings)
    second_factor.disable(engine, clock, settings, NAME)
    assert [use(code_at(secret, clock)), use(codes[0])] == [None, None]
    with engine.connect() as connection:
        row = connection.execute(sa.select(account)).one()
        assert (row.totp_secret, row.totp_since, row.totp_last_step) == (None, None, None)
        assert connection.execute(sa.select(sa.func.count()).select_from(recovery_code)).scalar_one() == 0
    assert subjects(engine)[-1] == "Verifica in due passaggi disattivata su Portale Clienti"
    with pytest.raises(NotOn):
        second_factor.disable(engine, clock, settings, NAME)


def test_staff_can_not_turn_theirs_off_but_an_operator_can(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    staff.add(engine, clock, "anna", "analysts", "Girasole-7")
    secret = second_factor.begin_enrolment(engine, clock, settings, "s-anna").secret
    second_factor.enable(engine, clock, settings, "s-anna", code_at(secret, clock))
    assert second_factor.state(engine, settings, "s-anna").required
    with pytest.raises(StaffNeedIt):
        second_factor.disable(engine, clock, settings, "s-anna")
    second_factor.disable(engine, clock, settings, "s-anna", by="bruno")
    assert not second_factor.state(engine, settings, "s-anna").on


def test_neither_secret_nor_codes_stand_in_the_database(
    engine: Engine, clock: MovableClock, settings: Settings
) -> None:
    secret, codes = enrolled(engine, clock, settings)
    with engine.connect() as connection:
        kept = str([connection.execute(sa.select(table)).all() for table in (account, recovery_code, outgoing_mail)])
    assert secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_the_key_is_made_once_and_is_private(settings: Settings) -> None:
    kept = encrypt(settings, "SECRET")
    path = settings.var / "accounts" / "second_factor.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [child.name for child in path.parent.iterdir()] == ["second_factor.key"]
    assert decrypt(settings, kept) == "SECRET"


def test_with_another_key_the_app_opens_nothing_and_spare_codes_still_do(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    secret, codes = enrolled(engine, clock, settings)
    changed = settings.model_copy(update={"second_factor_key": SecretStr(Fernet.generate_key().decode())})
    with engine.begin() as connection:
        row = connection.execute(sa.select(account).where(account.c.hub_name == NAME)).one()
        assert second_factor.use(connection, clock, changed, row, code_at(secret, clock)) is None
        assert second_factor.use(connection, clock, changed, row, codes[0]) == "recovery-code"
    with pytest.raises(UnreadableSecret):
        decrypt(changed, encrypt(settings, "SECRET"))


def test_a_key_that_is_none_is_named(settings: Settings) -> None:
    with pytest.raises(BadKey, match="second_factor_key"):
        encrypt(settings.model_copy(update={"second_factor_key": SecretStr("short")}), "SECRET")


@pytest.mark.parametrize(
    "code", ["", "x" * 10_000, "\x00", "\ud800", "٠١٢٣٤٥", "²²²²²²", "' or 1=1 --", "123456\r\nX: y"]
)
def test_no_hostile_code_opens_or_breaks_anything(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use, code: str
) -> None:
    enrolled(engine, clock, settings)
    assert use(code) is None


def test_the_clock_of_codes_is_the_one_passed_in(
    engine: Engine, clock: MovableClock, settings: Settings, use: Use
) -> None:
    secret, _ = enrolled(engine, clock, settings)
    clock.now = datetime(2031, 7, 1, 12, tzinfo=UTC)
    assert use(pyotp.TOTP(secret).at(clock.now)) == "totp"
