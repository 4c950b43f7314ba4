"""Energy as flows write it (``0,878``), read exactly into whole Wh or refused; never rounded, never guessed.

Digits, then a comma and decimals where there are any. No sign, no exponent, no thousands separator, no
decimal point: ``1.234`` would be 1,234 to one reader and 1234 to the next. More than three decimals are taken
only where the rest are zeros, since the store keeps whole Wh.
"""

import re
import struct
from collections.abc import Sequence

from portal_lib.metering.exceptions import FinerThanWattHours, NotEnergy, TooMuchEnergy

_ENERGY = re.compile(r"([0-9]{1,12})(?:,([0-9]{1,12}))?")
_MOST = 2**31 - 1

#: How many different texts are remembered. Real files repeat few; a hostile one must not fill the memory.
_REMEMBERED = 200_000


class NotWattHours(Exception):
    """A text that is no energy. ``refusal`` is the class of its sentence; the reader knows the place."""

    def __init__(self, refusal: type[NotEnergy]) -> None:
        self.refusal = refusal
        super().__init__(refusal.__name__)


def thousandths(text: str) -> int:
    """Whole Wh (varh, W) of a text in kWh (kvarh, kW), however large; :class:`NotWattHours` otherwise."""
    found = _ENERGY.fullmatch(text)
    if found is None:
        raise NotWattHours(NotEnergy)
    decimals = found[2] or ""
    if decimals[3:].strip("0"):
        raise NotWattHours(FinerThanWattHours)
    return int(found[1]) * 1000 + int(decimals[:3].ljust(3, "0"))


def watt_hours(text: str) -> int:
    """Whole Wh (varh) of one interval, from a text in kWh (kvarh); :class:`NotWattHours` otherwise."""
    energy = thousandths(text)
    if energy > _MOST:
        raise NotWattHours(TooMuchEnergy)
    return energy


class WattHours(dict[str, int]):
    """:func:`watt_hours` with a memory.

    The same few thousand texts make up a whole flow, and a look-up costs a tenth of a careful look.
    """

    def __missing__(self, text: str) -> int:
        energy = watt_hours(text)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = energy
        return energy

    def curve(self, texts: Sequence[str]) -> bytes:
        """A day's texts as the store keeps them, little-endian int32; :class:`NotWattHours`."""
        return struct.pack(f"<{len(texts)}i", *map(self.__getitem__, texts))

    def first_wrong(self, texts: Sequence[str]) -> int:
        """The place of the first text that is no energy; the number of texts where all are."""
        for place, text in enumerate(texts):
            try:
                self[text]
            except NotWattHours:
                return place
        return len(texts)
