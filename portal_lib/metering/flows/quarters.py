"""The quarter hours of many days at once, straight from their start tags.

A flow is nearly nothing but tags like ``<Ea Dst="0" E1="0,878" E2="0,856" … E96="0,889">``. Whatever is spelled just
so – every name in its place, every value digits, a comma and three decimals – is read here for all days of a
measure together, in a dozen numpy operations on machine words: eight bytes that end at a value's closing quote are a
number of up to four digits, a comma and three decimals. It is a fast way of *recognising*, not of guessing: a tag with
one byte otherwise is left to the slow and general way, which either reads it to the same values or says what is wrong.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_Words = npt.NDArray[np.uint64]

_COUNT = 96
_QUOTE, _GREATER, _ZERO = ord('"'), ord(">"), ord("0")


def _word(text: str) -> int:
    """Up to eight characters as the upper bytes of a little-endian word: the last character is the uppermost."""
    return int.from_bytes(text.encode().rjust(8, b"\0"), "little")


def _upper(count: int) -> int:
    """A mask for the last ``count`` of eight characters."""
    return ((1 << 8 * count) - 1) << 8 * (8 - count)


def _words(numbers: Sequence[int]) -> _Words:
    return np.array(numbers, dtype=np.uint64)


class _Shape:
    """A day's tag with or without ``Dst``: which of its quotes open a value, and what stands before each."""

    def __init__(self, dst: bool) -> None:
        self.first = 2 if dst else 0
        self.quotes = self.first + 2 * _COUNT
        before = [f'" E{number}=' for number in range(1, _COUNT + 1)]
        if not dst:
            before[0] = " E1="
        self.names = _words([_word(name) for name in before])
        self.masks = _words([_upper(len(name)) for name in before])


_SHAPES = (_Shape(dst=True), _Shape(dst=False))
_DST, _DST_MASK = np.uint64(_word(" Dst=")), np.uint64(_upper(5))

# A value right-aligned in a word, "0000,000", by its length: what to keep, and the zeros to put before it.
_KEPT = _words([_upper(length) for length in range(9)])
_PADDING = _words([_word("00000000") & ~_upper(length) for length in range(9)])
_SHORTEST, _LONGEST = len("0,000"), len("0000,000")

_FORM = np.uint64(_word("0000,000"))
_TOP_BITS = np.uint64(0x8080808080808080)
#: Carries a byte over 9 into its top bit; in the comma's place a byte over 0.
_OVER = np.uint64(0x7676767F76767676)
_BEFORE_COMMA, _AFTER_COMMA = np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFF0000000000)
_PAIRS, _FOURS, _EIGHT = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0xFFFFFFFF)


def quarters(tags: Sequence[str]) -> list[bytes | None]:
    """For each start tag of a day its 96 values in Wh (varh) as little-endian int32, or None.

    None means: not of the plain form, to be looked at with care. Never raises.
    """
    found: list[bytes | None] = [None] * len(tags)
    joined = "".join(tags)
    if not tags or not joined.isascii():
        return found
    content = b"\0" * 8 + joined.encode("ascii")
    raw = np.frombuffer(content, dtype=np.uint8)
    # Every eight bytes that follow one another, at whatever address.
    words: _Words = np.ndarray(shape=(len(content) - 7,), dtype="<u8", buffer=content, strides=(1,))
    sizes = np.array([len(tag) for tag in tags])
    ends = np.cumsum(sizes) + 8
    quotes = np.flatnonzero(raw == _QUOTE)
    until = np.searchsorted(quotes, ends)
    counts = np.diff(until, prepend=0)
    for shape in _SHAPES:
        which = np.flatnonzero(counts == shape.quotes)
        if not len(which):
            continue
        those = quotes[(until[which] - shape.quotes)[:, None] + np.arange(shape.quotes)]
        good, values = _read(shape, raw, words, those, ends[which] - sizes[which], ends[which])
        curves = values.astype("<i4").tobytes()
        for place, (tag, is_good) in enumerate(zip(which.tolist(), good.tolist(), strict=True)):
            if is_good:
                found[tag] = curves[place * 4 * _COUNT : (place + 1) * 4 * _COUNT]
    return found


def _read(
    shape: _Shape,
    raw: npt.NDArray[np.uint8],
    words: _Words,
    quotes: npt.NDArray[Any],
    starts: npt.NDArray[Any],
    ends: npt.NDArray[Any],
) -> tuple[npt.NDArray[np.bool_], _Words]:
    """Which tags of a shape are of the plain form, and their values (meaningless for the others).

    ``quotes`` has a row a tag: the places of its quotes.
    """
    opening, closing = quotes[:, shape.first :: 2], quotes[:, shape.first + 1 :: 2]
    good = ((words[opening - 8] & shape.masks) == shape.names).all(axis=1)
    # The first attribute follows "<Ea" or "<Erc"; nothing follows the last but the end of the tag.
    before_first = quotes[:, 0] - starts - (len(" Dst=") if shape.first else len(" E1="))
    good &= (before_first == len("<Ea")) | (before_first == len("<Erc"))
    good &= (ends - quotes[:, -1] == 2) & (raw[ends - 1] == _GREATER)
    if shape.first:
        good &= (words[quotes[:, 0] - 8] & _DST_MASK) == _DST
        good &= (quotes[:, 1] - quotes[:, 0] == 2) & (raw[quotes[:, 0] + 1] == _ZERO)

    lengths = closing - opening - 1
    good &= ((lengths >= _SHORTEST) & (lengths <= _LONGEST)).all(axis=1)
    lengths = np.minimum(lengths, _LONGEST)
    number = words[closing - 8]
    number &= _KEPT[lengths]
    number |= _PADDING[lengths]
    number ^= _FORM  # digits are now 0 to 9, the comma 0
    good &= (((number + _OVER) | number) & _TOP_BITS == 0).all(axis=1)

    # Eight digits, lowest byte first in weight: pairs, then fours, then the number.
    number = ((number & _BEFORE_COMMA) << np.uint64(8)) | (number & _AFTER_COMMA)
    number = (number * np.uint64(10) + (number >> np.uint64(8))) & _PAIRS
    number = (number * np.uint64(100) + (number >> np.uint64(16))) & _FOURS
    number = (number * np.uint64(10_000) + (number >> np.uint64(32))) & _EIGHT
    return good, number
