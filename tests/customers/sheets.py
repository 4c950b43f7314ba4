"""Small files of customers, points and orders to vary in tests."""

from pathlib import Path

#: A household and two organisations. Nobody has these numbers: place code X999, VAT serials 99999….
CUSTOMERS = """\
code;kind;name;tax_code;vat;email;office_code
10002001;household;Giulia Ferraris;{person};;giulia@example.org;
10002002;organisation;Comune di Valdombra;;{vat_one};ragioneria@valdombra.example;UFABC1
10002003;organisation;Polisportiva Valdombra;{vat_two};;;
"""
ORDERS = """\
customer_code;number;ordered_on;cig;cup;lot;expected_kwh
10002002;OD-1;2023-11-20;9A1B2C3D4E;;7;120000
"""
POINTS = """\
pod;customer_code;holder_from;holder_to;order_number;address;municipality;cost_centre;use;voltage;contracted_kw;available_kw
IT999E00000101;10002001;2023-01-01;;;Via Roma 1;Valdombra;;casa;230;3;3,3
IT999E00000102;10002003;2023-01-01;2024-12-31;;Via dello Sport 4;Valdombra;;palestra;400;30,0;33
IT999E00000102;10002002;2025-01-01;;OD-1;Via dello Sport 4;Valdombra;;palestra;400;30,0;33
"""


def person_tax_code(start: str = "FRRGLI85C52X999") -> str:
    from stdnum.it import codicefiscale

    return start + str(codicefiscale.calc_check_digit(start))


def vat_number(start: str) -> str:
    from stdnum import luhn

    return start + str(luhn.calc_check_digit(start))


PERSON = person_tax_code()
VAT_ONE = vat_number("9999901999")
VAT_TWO = vat_number("9999902999")


def write(folder: Path, name: str, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / name
    filled = text.replace("{person}", PERSON).replace("{vat_one}", VAT_ONE).replace("{vat_two}", VAT_TWO)
    path.write_bytes(filled.encode(encoding))
    return path


def write_all(folder: Path) -> list[Path]:
    return [
        write(folder, "points.csv", POINTS),
        write(folder, "orders.csv", ORDERS),
        write(folder, "customers.csv", CUSTOMERS),
    ]
