"""Customers, points, holdings and orders as the sheets' rows state them, each checked for what it must be.

Only what a row says by itself is checked here. What rows say together (a customer that isn't there, two
holders on one day) is :mod:`portal_lib.customers.loading`'s business.
"""

import re
from dataclasses import dataclass
from datetime import date

from portal_lib.customers import exceptions as refusals
from portal_lib.customers.identifiers import (
    is_person_tax_code,
    is_tax_code,
    is_vat,
    normal_customer_code,
    normal_tax_code,
)
from portal_lib.customers.sheets import Row
from portal_lib.metering.identifiers import normal_pod
from portal_lib.refused import Refused

_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\\\"]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
#: What stands for a customer in a row that takes an interval back.
NOBODY = "-"


@dataclass(frozen=True)
class CustomerRecord:
    row: Row
    code: str
    kind: str  # "household" | "organisation"
    name: str
    tax_code: str | None
    vat: str | None
    email: str | None
    office_code: str | None
    contact: dict[str, str | None]  # contact_name, contact_phone; of these, the columns that the sheet has


@dataclass(frozen=True)
class PointRecord:
    """A point and one interval of its holders. ``customer_code`` None: the interval is taken back."""

    row: Row
    pod: str
    customer_code: str | None
    first_day: date
    last_day: date | None
    order_number: str | None
    address: str
    municipality: str
    cost_centre: str
    use: str
    voltage: int | None  # V
    contracted_kw: float | None
    available_kw: float | None


@dataclass(frozen=True)
class OrderRecord:
    row: Row
    customer_code: str
    number: str
    ordered_on: date | None
    cig: str | None
    cup: str | None
    lot: str | None
    expected_kwh: int | None


def customer_of(row: Row) -> CustomerRecord:
    """A row of the sheet of customers."""
    code = _customer_code(row, "code")
    kind = row.text("kind", 40, required=True).lower()
    if kind not in ("household", "organisation"):
        raise row.refuse(refusals.NotAKind, "kind", value=kind)
    name = row.text("name", 200, required=True)

    tax_code = normal_tax_code(row.text("tax_code", 40)) or None
    if tax_code is not None and not is_tax_code(tax_code):
        raise row.refuse(refusals.NotATaxCode, "tax_code")
    vat = normal_tax_code(row.text("vat", 40)) or None
    if vat is not None and not is_vat(vat):
        raise row.refuse(refusals.NotAVat, "vat")
    # The registration holds what the registrant types against these numbers, so there must be one to hold it
    # to.
    if kind == "household" and tax_code is None:
        raise row.refuse(refusals.Missing, "tax_code")
    if kind == "household" and not is_person_tax_code(tax_code or ""):
        raise row.refuse(refusals.NotAPersonsTaxCode, "tax_code")
    if tax_code is None and vat is None:
        raise row.refuse(refusals.NoTaxNumber, "vat")

    email = row.text("email", 254) or None
    if email is not None and not _EMAIL.fullmatch(email):
        raise row.refuse(refusals.NotAnEmail, "email", value=email)
    office_code = row.letter_code("office_code", 6, "codice univoco ufficio")
    contact: dict[str, str | None] = {}
    if "contact_name" in row.cells:
        contact["contact_name"] = row.text("contact_name", 200) or None
    if "contact_phone" in row.cells:
        contact["contact_phone"] = row.text("contact_phone", 32) or None
    return CustomerRecord(row, code, kind, name, tax_code, vat, email, office_code, contact)


def point_of(row: Row) -> PointRecord:
    """A row of the sheet of supply points."""
    pod_text = row.text("pod", 40, required=True)
    try:
        pod = normal_pod(pod_text)
    except Refused:
        raise row.refuse(refusals.NotAPod, "pod", value=pod_text) from None
    nobody = row.text("customer_code", 40, required=True) == NOBODY
    customer_code = None if nobody else _customer_code(row, "customer_code")
    first_day, last_day = row.needed_day("holder_from"), row.day("holder_to")
    if last_day is not None and last_day < first_day:
        raise row.refuse(refusals.EndsBeforeItBegins, "holder_to", pod=pod, first=first_day, last=last_day)
    return PointRecord(
        row=row,
        pod=pod,
        customer_code=customer_code,
        first_day=first_day,
        last_day=last_day,
        order_number=row.text("order_number", 64) or None,
        address=row.text("address", 200),
        municipality=row.text("municipality", 100),
        cost_centre=row.text("cost_centre", 100),
        use=row.text("use", 100),
        voltage=row.whole("voltage", 1, 1_000_000),
        contracted_kw=row.decimal("contracted_kw", 1_000_000),
        available_kw=row.decimal("available_kw", 1_000_000),
    )


def order_of(row: Row) -> OrderRecord:
    """A row of the sheet of orders."""
    return OrderRecord(
        row=row,
        customer_code=_customer_code(row, "customer_code"),
        number=row.text("number", 64, required=True),
        ordered_on=row.day("ordered_on"),
        cig=row.letter_code("cig", 10, "CIG"),
        cup=row.letter_code("cup", 15, "CUP"),
        lot=row.text("lot", 32) or None,
        expected_kwh=row.whole("expected_kwh", 0, 2_147_483_647),
    )


def _customer_code(row: Row, column: str) -> str:
    text = row.text(column, 40, required=True)
    code = normal_customer_code(text)
    if code is None:
        raise row.refuse(refusals.NotACustomerCode, column, value=text)
    return code
