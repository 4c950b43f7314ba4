from hypothesis import given
from hypothesis import strategies as st

from portal_lib.customers.identifiers import (
    is_person_tax_code,
    is_tax_code,
    is_vat,
    normal_customer_code,
    normal_tax_code,
)
from tests.customers.sheets import PERSON, VAT_ONE, person_tax_code


def test_a_customer_code_is_kept_in_upper_case() -> None:
    assert normal_customer_code(" ab-12.x_3 ") == "AB-12.X_3"


def test_what_could_not_stand_in_a_groups_name_is_no_customer_code() -> None:
    for text in ["", "-1", ".", "a b", "a/b", "ß", "ﬁ", "a" * 33, "é", "1;2", "\u0661"]:
        assert normal_customer_code(text) is None


@given(st.text(max_size=50))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    code = normal_customer_code(text)
    assert code is None or normal_customer_code(code) == code
    assert normal_tax_code(normal_tax_code(text)) == normal_tax_code(text)


def test_omocodia_letters_are_taken_for_the_digits_they_stand_for() -> None:
    # 1985 written with letters in place of its digits, as the tax office does for namesakes.
    letters = person_tax_code("FRRGLIURCRNX999")
    assert is_person_tax_code(letters) and is_tax_code(letters)


def test_numbers_with_a_wrong_check_character_are_not_valid() -> None:
    wrong = PERSON[:-1] + ("A" if PERSON[-1] != "A" else "B")
    assert is_tax_code(PERSON) and not is_tax_code(wrong)
    digit = str((int(VAT_ONE[-1]) + 1) % 10)
    assert is_vat(VAT_ONE) and not is_vat(VAT_ONE[:-1] + digit)
    assert is_tax_code(VAT_ONE) and not is_person_tax_code(VAT_ONE)


@given(st.text(max_size=30))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    number = normal_tax_code(text)
    assert isinstance(is_tax_code(number), bool) and isinstance(is_vat(number), bool)
