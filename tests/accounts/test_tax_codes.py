import pytest

from portal_lib.accounts.tax_codes import normal_code, organisation_code, person_tax_code


@pytest.mark.parametrize("typed", ["RCCMNL83S18D969H", "rccmnl83s18d969h", " RCC MNL 83S18 D969H "])
def test_a_codice_fiscale_has_one_spelling(typed: str) -> None:
    assert person_tax_code(typed) == "RCCMNL83S18D969H"


def test_omocodia_letters_may_stand_for_digits() -> None:
    from stdnum.it.codicefiscale import calc_check_digit

    body = "RCCMNL83S18D96V"
    assert person_tax_code(body + calc_check_digit(body)) is not None


@pytest.mark.parametrize(
    "typed", ["", "RCCMNL83S18D969X", "00743110157", "RCCMNL83S18D969", "ＲＣＣ", "RCCMNL83S31D969H"]
)
def test_what_is_no_persons_code_is_refused(typed: str) -> None:
    assert person_tax_code(typed) is None


@pytest.mark.parametrize("typed", ["00743110157", "IT00743110157", "it 007 4311 0157"])
def test_a_partita_iva_has_one_spelling(typed: str) -> None:
    assert organisation_code(typed) == "00743110157"


def test_a_sole_trader_may_enter_its_own_codice_fiscale() -> None:
    assert organisation_code("rccmnl83s18d969h") == "RCCMNL83S18D969H"


@pytest.mark.parametrize("typed", ["00743110158", "0074311015", "DE00743110157", "٠٠٧٤٣١١٠١٥٧x"])
def test_what_is_no_partita_iva_is_refused(typed: str) -> None:
    assert organisation_code(typed) is None


def test_codes_ignore_case_and_spaces() -> None:
    assert normal_code(" ab\u00a012 ") == "AB12"
