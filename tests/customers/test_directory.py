from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from portal_lib.customers.directory import Customers, DirectoryEntry
from portal_lib.customers.loading import load
from tests.customers.sheets import PERSON, VAT_ONE, VAT_TWO, write_all


@pytest.fixture
def customers(engine: Engine, tmp_path: Path) -> Customers:
    load(engine, write_all(tmp_path))
    return Customers(engine)


def test_a_household_is_found_by_its_code_and_codice_fiscale(customers: Customers) -> None:
    assert customers.find("10002001", PERSON) == DirectoryEntry(
        "10002001", "household", "Giulia Ferraris", "giulia@example.org"
    )


def test_an_organisation_is_found_by_its_partita_iva_or_its_own_codice_fiscale(customers: Customers) -> None:
    by_vat, by_tax_code = customers.find("10002002", VAT_ONE), customers.find("10002003", VAT_TWO)
    assert by_vat is not None and by_vat.kind == "organisation"
    assert by_tax_code is not None and by_tax_code.email is None


def test_spelling_does_not_matter(customers: Customers) -> None:
    spaced = " ".join(PERSON.lower()[at : at + 3] for at in range(0, 16, 3))
    assert customers.find(" 10002001 ", spaced) is not None
    assert customers.find("10002002", f"IT {VAT_ONE}") is not None


@pytest.mark.parametrize("code", ["10002001", "10002002", "10002003", "99999999", "", "\x00", "10002001' or 1=1--"])
@pytest.mark.parametrize("tax_code", ["", " ", "\x00", "None", "FRRGLI85C52X999Q", "99999999999", "ß", "\ud800"])
def test_a_wrong_code_and_a_wrong_tax_code_find_nobody(customers: Customers, code: str, tax_code: str) -> None:
    assert customers.find(code, tax_code) is None


def test_one_customers_tax_code_does_not_open_another(customers: Customers) -> None:
    assert customers.find("10002001", VAT_ONE) is None
    assert customers.find("10002002", PERSON) is None
    assert customers.find("10002002", VAT_TWO) is None


def test_the_same_is_asked_of_the_database_whether_the_customer_exists_or_not(
    customers: Customers, engine: Engine
) -> None:
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    customers.find("10002001", PERSON)
    known = list(asked)
    for code, tax_code in [("10002001", "x"), ("99999999", PERSON), ("not a code", PERSON)]:
        asked.clear()
        customers.find(code, tax_code)
        assert asked == known


def test_the_address_on_file_is_told_where_there_is_one(customers: Customers) -> None:
    assert customers.contact_address("10002001") == "giulia@example.org"
    assert customers.contact_address("10002003") is None
    assert customers.contact_address("99999999") is None
