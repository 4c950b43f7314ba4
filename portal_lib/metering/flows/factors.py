"""The factors Ka (active), Kr (reactive) and Kp (power) by which what a meter counted must be multiplied.

A meter behind current transformers counts a fraction of the energy. Registers and their differences are in the
meter's own units, always multiplied; whether a curve still has to be is told by the setting ``unscaled_distributors``.
Factors are exact fractions, products whole Wh or refused.
"""

import re
from collections.abc import Mapping
from fractions import Fraction

#: The factor of each magnitude.
FACTOR_OF: Mapping[str, str] = {"Ea": "Ka", "Er": "Kr", "Erc": "Kr", "Eri": "Kr", "Pot": "Kp"}

ONE = Fraction(1)

_FACTOR = re.compile(r"([0-9]{1,9})(?:,([0-9]{1,9}))?")


def factor(text: str) -> Fraction | None:
    """A factor as flows write it (``40,000``); None where the text is none, or is zero."""
    found = _FACTOR.fullmatch(text)
    if found is None:
        return None
    decimals = found[2] or ""
    value = Fraction(int(found[1] + decimals), 10 ** len(decimals))
    return value or None
