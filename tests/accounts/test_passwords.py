import unicodedata

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.accounts import passwords
from portal_lib.accounts.passwords import (
    fresher_hash,
    hash_password,
    normal_password,
    verify_or_pretend,
)


@pytest.mark.parametrize("password", ["Aa1!" * 32 + "x", "Aa1!" + "\ufdfa" * 10, "Aa1!" * 1_000_000])
def test_a_password_past_128_characters_fits_nothing(password: str) -> None:
    assert verify_or_pretend(hash_password("Girasole-7"), password) is False


def test_a_hash_is_argon2id_with_its_own_salt() -> None:
    first, second = hash_password("Girasole-7"), hash_password("Girasole-7")
    assert first.startswith("$argon2id$")
    assert first != second


@given(st.text(min_size=1, max_size=40))
def test_the_same_text_in_another_unicode_form_fits(password: str) -> None:
    stored = hash_password(password)
    assert verify_or_pretend(stored, unicodedata.normalize("NFD", password))
    assert not verify_or_pretend(stored, password + "x")


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(password: str) -> None:
    assert normal_password(normal_password(password)) == normal_password(password)


def test_an_unknown_user_costs_one_real_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            asked.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Watched(time_cost=1, memory_cost=8, parallelism=1))
    real = hash_password("Girasole-7")
    assert verify_or_pretend(None, "Girasole-7") is False
    assert verify_or_pretend(real, "wrong") is False
    pretended, verified = asked
    # The same algorithm, version and cost parameters, and salts and digests of the same length.
    assert pretended.split("$")[:4] == verified.split("$")[:4]
    assert [len(part) for part in pretended.split("$")] == [len(part) for part in verified.split("$")]


def test_a_damaged_hash_fits_nothing() -> None:
    assert verify_or_pretend("not a hash", "not a hash") is False


def test_a_hash_with_weaker_parameters_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = hash_password("Girasole-7")
    assert fresher_hash(weak, "Girasole-7") is None
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    fresh = fresher_hash(weak, "Girasole-7")
    assert fresh is not None and verify_or_pretend(fresh, "Girasole-7")
