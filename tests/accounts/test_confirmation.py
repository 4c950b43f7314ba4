import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import confirmation, login
from portal_lib.accounts.activation import activate
from portal_lib.accounts.confirmation import LINKS_PER_DAY, confirm, look, send_again
from portal_lib.accounts.exceptions import AccountFrozen, LinkExpired, LinkUnknown, NotConfirmed, TooManyLinks
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.tables import account, audit_event, outgoing_mail, token
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory


def newest_secret(engine: Engine) -> str:
    with engine.connect() as connection:
        text = connection.execute(
            sa.select(outgoing_mail.c.text).order_by(outgoing_mail.c.id.desc()).limit(1)
        ).scalar_one()
    found = re.search(r"token=(\S+)", text)
    assert found is not None
    return found.group(1)


def state(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(sa.select(account.c.state)).scalar_one())


@pytest.fixture
def secret(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> str:
    register(engine, clock, directory, settings, household_form)
    return newest_secret(engine)


def test_opening_the_link_changes_nothing(engine: Engine, clock: MovableClock, secret: str) -> None:
    assert [look(engine, clock, secret) for _ in range(3)] == ["ready"] * 3
    assert state(engine) == "unconfirmed"


def test_the_button_opens_the_account_and_a_second_press_says_so(
    engine: Engine, clock: MovableClock, secret: str
) -> None:
    assert confirm(engine, clock, secret) == "confirmed"
    assert state(engine) == "active"
    assert confirm(engine, clock, secret) == "already"
    assert look(engine, clock, secret) == "already"


def test_it_still_says_so_long_after_the_link_ran_out(engine: Engine, clock: MovableClock, secret: str) -> None:
    confirm(engine, clock, secret)
    clock.forward(days=30)
    assert confirm(engine, clock, secret) == "already"


def test_the_link_works_to_the_last_second_of_its_24_hours(engine: Engine, clock: MovableClock, secret: str) -> None:
    clock.forward(hours=24, seconds=-1)
    assert confirm(engine, clock, secret) == "confirmed"


def test_after_24_hours_it_has_expired_and_the_account_stays_closed(
    engine: Engine, clock: MovableClock, settings: Settings, secret: str
) -> None:
    clock.forward(hours=24)
    for visit in (look, confirm):
        with pytest.raises(LinkExpired):
            visit(engine, clock, secret)
    assert state(engine) == "unconfirmed"
    with pytest.raises(NotConfirmed):
        login.check(engine, clock, settings, "manuela.r", "Girasole-7")


def test_the_hours_are_a_setting(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> None:
    register(engine, clock, directory, settings.model_copy(update={"confirmation_hours": 1}), household_form)
    clock.forward(minutes=61)
    with pytest.raises(LinkExpired):
        confirm(engine, clock, newest_secret(engine))


@pytest.mark.parametrize("made_up", ["", "x", "\x00", "é" * 50, "A" * 100_000, "' or 1=1 --"])
def test_a_made_up_link_is_unknown(engine: Engine, clock: MovableClock, settings: Settings, made_up: str) -> None:
    for visit in (look, confirm):
        with pytest.raises(LinkUnknown):
            visit(engine, clock, made_up)
    with pytest.raises(LinkUnknown):
        send_again(engine, clock, settings, made_up)


def test_an_expired_link_fetches_a_fresh_one_to_the_same_address(
    engine: Engine, clock: MovableClock, settings: Settings, secret: str
) -> None:
    clock.forward(hours=25)
    assert send_again(engine, clock, settings, secret) == "ready"
    fresh = newest_secret(engine)
    assert fresh != secret
    with engine.connect() as connection:
        recipients = list(
            connection.execute(sa.select(outgoing_mail.c.recipient).order_by(outgoing_mail.c.id)).scalars()
        )
    assert recipients == ["casa@example.it", "manuela@example.it", "manuela@example.it"]  # the contact hears once
    assert confirm(engine, clock, fresh) == "confirmed"
    assert look(engine, clock, secret) == "already"


def test_a_fresh_link_ends_the_older_one(engine: Engine, clock: MovableClock, settings: Settings, secret: str) -> None:
    send_again(engine, clock, settings, secret)
    with pytest.raises(LinkExpired):
        confirm(engine, clock, secret)


def test_only_so_many_links_are_sent_in_a_day(
    engine: Engine, clock: MovableClock, settings: Settings, secret: str
) -> None:
    for _ in range(LINKS_PER_DAY - 1):
        clock.forward(hours=1)
        send_again(engine, clock, settings, secret)
    with pytest.raises(TooManyLinks):
        send_again(engine, clock, settings, secret)
    with engine.connect() as connection:
        count = sa.select(sa.func.count()).where(outgoing_mail.c.recipient == "manuela@example.it")
        assert connection.execute(count).scalar_one() == LINKS_PER_DAY
    clock.forward(hours=24)
    assert send_again(engine, clock, settings, secret) == "ready"


def test_a_confirmed_account_is_sent_no_more_links(
    engine: Engine, clock: MovableClock, settings: Settings, secret: str
) -> None:
    confirm(engine, clock, secret)
    assert send_again(engine, clock, settings, secret) == "already"


def test_an_account_that_staff_opened_is_already_confirmed(engine: Engine, clock: MovableClock, secret: str) -> None:
    activate(engine, clock, "manuela.r")
    assert confirm(engine, clock, secret) == "already"


def test_a_link_does_not_reopen_a_frozen_account(
    engine: Engine, clock: MovableClock, settings: Settings, secret: str
) -> None:
    with engine.begin() as connection:
        connection.execute(account.update().values(state="frozen"))
    for visit in (look, confirm):
        with pytest.raises(AccountFrozen):
            visit(engine, clock, secret)
    with pytest.raises(AccountFrozen):
        send_again(engine, clock, settings, secret)
    assert state(engine) == "frozen"


def test_if_the_audit_fails_the_link_is_not_used_up(
    engine: Engine, clock: MovableClock, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk"):
        patch.setattr(confirmation.audit, "record", fail)
        confirm(engine, clock, secret)
    assert state(engine) == "unconfirmed"
    assert confirm(engine, clock, secret) == "confirmed"


def test_the_database_keeps_only_the_fingerprint_of_a_token(engine: Engine, secret: str) -> None:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(token)).all()
    assert {row.purpose for row in rows} == {"not_me", "confirmation"}
    assert all(secret not in str(row) and len(row.sha256) == 64 for row in rows)


def test_confirming_is_recorded(engine: Engine, clock: MovableClock, secret: str) -> None:
    confirm(engine, clock, secret, address="192.0.2.9")
    with engine.connect() as connection:
        row = connection.execute(sa.select(audit_event).where(audit_event.c.event == "account:confirmed")).one()
    assert (row.address, row.detail) == ("192.0.2.9", {})


def test_a_second_account_of_the_same_customer_is_its_own(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
    secret: str,
) -> None:
    register(engine, clock, directory, settings, replace(household_form, username="altra"))
    assert confirm(engine, clock, secret) == "confirmed"
    with engine.connect() as connection:
        states = dict(connection.execute(sa.select(account.c.login, account.c.state)).tuples().all())
    assert states == {"Manuela.R": "active", "altra": "unconfirmed"}
