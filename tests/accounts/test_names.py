import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.accounts.exceptions import BadStaffLogin, BadUsername
from portal_lib.accounts.names import (
    check_login,
    check_staff_login,
    login_key,
    new_hub_name,
    staff_hub_name,
)


@given(st.text(max_size=80))
def test_a_key_is_its_own_key(login: str) -> None:
    assert login_key(login_key(login)) == login_key(login)


@given(st.text(max_size=80))
def test_the_same_letters_composed_or_not_have_one_key(login: str) -> None:
    assert login_key(unicodedata.normalize("NFD", login)) == login_key(unicodedata.normalize("NFC", login))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Maria", "MARIA"),
        ("Niccolò", "NICCOLO\u0300"),
        ("ｍａｒｉａ", "maria"),
        ("Straße", "STRASSE"),
        (" ugo ", "ugo"),
    ],
)
def test_names_that_read_alike_are_one(one: str, other: str) -> None:
    assert login_key(one) == login_key(other)


@pytest.mark.parametrize("login", ["ugo", "Maria.Rossi", "niccolò", "m_r-1", "9lives", "maria@example.it"])
def test_ordinary_names_are_taken(login: str) -> None:
    assert check_login(login) == login


@pytest.mark.parametrize(
    "login",
    ["", "ab", ".ugo", "ugo rossi", "ugo/rossi", "ugo\x00", "а" * 5, "ugo<b>", "x" * 65, "ﬃ" * 30, "ugo\u202e", "١٢٣"],
)
def test_names_that_could_mislead_are_refused(login: str) -> None:
    with pytest.raises(BadUsername):
        check_login(login)


@given(st.text(max_size=70))
def test_whatever_is_taken_has_a_key_that_fits_the_table(login: str) -> None:
    try:
        kept = check_login(login)
    except BadUsername:
        return
    assert 3 <= len(kept) <= 64
    assert 3 <= len(login_key(kept)) <= 64


@pytest.mark.parametrize("login", ["", "a", "Anna", "anna/..", "..", "àda", "x" * 33, "anna\n"])
def test_a_staff_name_must_be_fit_for_addresses(login: str) -> None:
    with pytest.raises(BadStaffLogin):
        check_staff_login(login)


def test_hub_names_are_opaque_for_customers_and_plain_for_staff() -> None:
    names = {new_hub_name() for _ in range(200)}
    assert len(names) == 200
    assert all(len(name) == 18 and name.startswith("c-") and name == name.lower() for name in names)
    assert staff_hub_name(check_staff_login("anna.b")) == "s-anna.b"
