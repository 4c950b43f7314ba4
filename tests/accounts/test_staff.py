import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import staff
from portal_lib.accounts.exceptions import BadStaffLogin, NoSuchGroup, TakenUsername, WeakPassword
from portal_lib.accounts.tables import account, audit_event
from tests.accounts.conftest import MovableClock


def test_each_staff_member_has_a_number_of_their_own(engine: Engine, clock: MovableClock) -> None:
    anna = staff.add(engine, clock, "anna", "analysts", "Girasole-7")
    bruno = staff.add(engine, clock, "bruno", "operators", "Girasole-7")
    assert (anna.number, bruno.number) == (1, 2)
    assert staff.find(engine, "ANNA") == anna
    assert staff.find(engine, "carla") is None


@pytest.mark.parametrize(
    ("login", "group", "password", "refusal"),
    [
        ("Anna", "analysts", "Girasole-7", BadStaffLogin),
        ("../anna", "analysts", "Girasole-7", BadStaffLogin),
        ("anna", "admins", "Girasole-7", NoSuchGroup),
        ("anna", "analysts", "debole", WeakPassword),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    engine: Engine, clock: MovableClock, login: str, group: staff.StaffGroup, password: str, refusal: type
) -> None:
    with pytest.raises(refusal):
        staff.add(engine, clock, login, group, password)
    with engine.connect() as connection:
        assert connection.execute(sa.select(account)).all() == []
        assert connection.execute(sa.select(audit_event)).all() == []


def test_a_name_is_taken_once(engine: Engine, clock: MovableClock) -> None:
    staff.add(engine, clock, "anna", "analysts", "Girasole-7")
    with pytest.raises(TakenUsername):
        staff.add(engine, clock, "anna", "operators", "Girasole-7")
