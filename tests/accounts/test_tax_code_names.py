import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.accounts.tax_code_names import fits, name_letters, surname_letters

PLAIN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=15)
ACCENTS = {"A": "À", "E": "É", "I": "Ì", "O": "Ò", "U": "Ù", "C": "Ç", "N": "Ñ", "S": "Š"}


def code(surname: str, name: str) -> str:
    return surname_letters(surname) + name_letters(name) + "80A01H501U"


@pytest.mark.parametrize(
    ("surname", "letters"),
    [
        ("ROSSI", "RSS"),
        ("ROCCHI", "RCC"),
        ("FO", "FOX"),
        ("AIELLO", "LLA"),
        ("RE", "REX"),
        ("IOE", "IOE"),
        ("A", "AXX"),
    ],
)
def test_a_surname_gives_its_consonants_then_its_vowels(surname: str, letters: str) -> None:
    assert surname_letters(surname) == letters


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("GIANFRANCO", "GFR"),
        ("MANUELA", "MNL"),
        ("CHIARA", "CHR"),
        ("ROBERTA", "RRT"),
        ("MARIA", "MRA"),
        ("LUCA", "LCU"),
        ("EA", "EAX"),
        ("MARIALUISA", "MLS"),
    ],
)
def test_a_name_with_four_consonants_gives_the_first_third_and_fourth(name: str, letters: str) -> None:
    assert name_letters(name) == letters


@pytest.mark.parametrize(
    ("tax_code", "first", "last"),
    [
        ("RCCMNL83S18D969H", "Manuela", "Rocchi"),
        ("RCCMNL83S18D96VX", "manuela ", " ROCCHI"),  # omocodia stands further behind
        ("DCQNCL80A01H501U", "Nicolò", "D'Acqua"),
        ("DCQNCL80A01H501U", "Nicolò", "D’Acqua"),
        ("DNGMLS80A41H501U", "Maria Luisa", "D'Angelo"),
        ("DNGMRA80A41H501U", "Maria Luisa", "D'Angelo"),  # a registry that counts the first name alone
        ("DNGMLS80A41H501U", "Luisa", "D'Angelo"),  # somebody who leaves the Maria out
        ("DNGMLS80A41H501U", "M. Luisa", "D'Angelo"),
        ("DNGMLS80A41H501U", "M.a Luisa", "D'Angelo"),
        ("DNGLMR80A41H501U", "Luisa-Maria", "D'Angelo"),
        ("DNGLSU80A41H501U", "Luisa", "D'Angelo Bianchi"),
        ("MLLHNS80A01Z112U", "Hans", "Müller"),
        ("MLLHNS80A01Z112U", "Hans", "Mueller"),
        ("STRZOE80A41Z112U", "Zoë", "Straße"),
        ("LKSZLO80A01Z127U", "Zoł", "Łukaś"),
        ("QQQQQQ80A01Z154U", "Иван", "Петров"),  # nothing can be said
    ],
)
def test_these_are_the_same_person(tax_code: str, first: str, last: str) -> None:
    assert fits(tax_code, first, last)


@pytest.mark.parametrize(
    ("first", "last"), [("Rocchi", "Manuela"), ("Manuela", "Rossi"), ("Marco", "Rocchi"), ("Иван", "Rossi")]
)
def test_these_are_worth_a_second_look(first: str, last: str) -> None:
    assert not fits("RCCMNL83S18D969H", first, last)


@given(PLAIN, PLAIN)
def test_whoever_is_named_as_in_the_registry_is_never_warned(surname: str, name: str) -> None:
    assert fits(code(surname, name), name, surname)


@given(PLAIN, PLAIN, st.lists(st.sampled_from(["'", "’", "`"]), max_size=3), st.booleans())
def test_case_accents_and_apostrophes_change_nothing(surname: str, name: str, signs: list[str], lower: bool) -> None:
    typed = "".join(ACCENTS.get(letter, letter) for letter in surname)
    for place, sign in enumerate(signs):
        typed = typed[: place + 1] + sign + typed[place + 1 :]
    typed = typed.lower() if lower else typed
    assert fits(code(surname, name), name.title(), typed)
    assert fits(code(surname, name), name, unicodedata.normalize("NFD", typed))


@given(st.lists(PLAIN, min_size=1, max_size=4), st.lists(PLAIN, min_size=1, max_size=4), st.data())
def test_a_compound_name_may_be_counted_whole_or_in_part(
    surnames: list[str], names: list[str], data: st.DataObject
) -> None:
    counted = data.draw(st.integers(1, len(names)))
    tax_code = code("".join(surnames), "".join(names[:counted]))
    assert fits(tax_code, " ".join(names), " ".join(surnames))


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_breaks_it(first: str, last: str) -> None:
    assert fits("RCCMNL83S18D969H", first, last) in (True, False)
