"""Codice fiscale and partita IVA: one normal spelling at every door of this package, checked by
python-stdnum.
"""

import re
import unicodedata

from stdnum.it import codicefiscale, iva


def normal_code(text: str) -> str:
    """Upper case, without spaces; for customer codes and tax codes alike."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def person_tax_code(text: str) -> str | None:
    """A natural person's codice fiscale (16 characters; omocodia letters allowed) in its normal spelling, or
    None.
    """
    code = normal_code(text)
    return code if _ascii(code, 16) and codicefiscale.is_valid(code) else None


def organisation_code(text: str) -> str | None:
    """What an organisation enters as partita IVA, in its normal spelling, or None.

    Eleven digits (a leading ``IT`` is dropped), or the 16-character codice fiscale of an organisation that is
    one person, such as a sole trader.
    """
    code = normal_code(text)
    if re.fullmatch(r"IT\d{11}", code):
        code = code[2:]
    if _ascii(code, 11) and code.isdigit() and iva.is_valid(code):
        return code
    return person_tax_code(code)


def _ascii(code: str, length: int) -> bool:
    return len(code) == length and code.isascii() and code.isalnum()
