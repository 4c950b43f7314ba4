"""The forms in which a customer is named, each with its one normalising function.

Customer code: 1 to 32 letters, digits, ``.``, ``_`` or ``-``, beginning with a letter or digit; case doesn't
matter and it is kept in upper case. It becomes part of a group's name (``customer-<code>``), so nothing else
may stand in it.
"""

import re

from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,31}", re.ASCII)
_VAT_WITH_COUNTRY = re.compile(r"IT[0-9]{11}", re.ASCII)


def normal_customer_code(text: str) -> str | None:
    """A customer code as it is kept, or None where ``text`` can't be one."""
    code = text.strip()
    # ASCII before upper case: "ß" would turn into letters that nobody typed.
    return code.upper() if code.isascii() and _CODE.fullmatch(code.upper()) else None


def normal_tax_code(text: str) -> str:
    """A codice fiscale or partita IVA as it is compared: upper case, no spaces, hyphens or country code.

    Only the spelling is made uniform; whether it is a valid number is :func:`is_tax_code`'s or
    :func:`is_vat`'s business.
    """
    if not text.isascii():
        return text
    number = str(codicefiscale.compact(text))
    return number[2:] if _VAT_WITH_COUNTRY.fullmatch(number) else number


def is_person_tax_code(number: str) -> bool:
    """Whether a normal number is a codice fiscale of a person: 16 characters, omocodia letters included."""
    return len(number) == 16 and is_tax_code(number)


def is_tax_code(number: str) -> bool:
    """Whether a normal number is a codice fiscale, a person's (16 characters) or an organisation's (11)."""
    try:
        codicefiscale.validate(number)
    except (ValidationError, ValueError):
        return False
    return True


def is_vat(number: str) -> bool:
    """Whether a normal number is a partita IVA: 11 digits with the right check digit."""
    try:
        iva.validate(number)
    except (ValidationError, ValueError):
        return False
    return True
