"""How a flow spells the quarter hours of a day, the days on which the clock changes included.

E1 is 00:00-00:15 on the wall clock; ``Dst`` tells what that clock shows:

| day            | values | elements                                                                  |
|----------------|--------|---------------------------------------------------------------------------|
| any other      | 96     | ``Dst`` 0 or absent, E1..E96                                              |
| March change   | 92     | ``Dst`` 1, E1..E8 and E13..E96: the hour that the clock skips is absent   |
| October change | 100    | ``Dst`` 2, E1..E12 (summer time), and ``Dst`` 3, E9..E96 (standard time): |
|                |        | 02:00-03:00 is in both, the second time as E9..E12 of ``Dst`` 3           |
| October change | 100    | one element, ``Dst`` 0, 2 or absent, E1..E100 (never written here)        |

Anything else on these days is an error in the file: guessing would move energy from one hour to another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spelling:
    """One element of a day: ``Dst``, attributes in order, and the place of the first in the day's curve."""

    dst: str
    attributes: tuple[str, ...]
    first_place: int

    @property
    def span(self) -> slice:
        """The places of the day's curve that this element fills."""
        return slice(self.first_place, self.first_place + len(self.attributes))


def _numbered(*numbers: range) -> tuple[str, ...]:
    return tuple(f"E{number}" for run in numbers for number in run)


_NORMAL = Spelling("0", _numbered(range(1, 97)), 0)
_MARCH = Spelling("1", _numbered(range(1, 9), range(13, 97)), 0)
_SUMMER_PART = Spelling("2", _numbered(range(1, 13)), 0)
_STANDARD_PART = Spelling("3", _numbered(range(9, 97)), 12)
_WHOLE_OCTOBER = _numbered(range(1, 101))

#: The elements in which a day of 23, 24 or 25 hours is written.
WRITTEN: Mapping[int, tuple[Spelling, ...]] = {
    23: (_MARCH,),
    24: (_NORMAL,),
    25: (_SUMMER_PART, _STANDARD_PART),
}

#: Every way in which a day of 23, 24 or 25 hours may be met, by the ``Dst`` of its elements.
_MET: Mapping[int, tuple[tuple[Spelling, ...], ...]] = {
    23: ((_MARCH,),),
    24: ((_NORMAL,),),
    25: (
        (_SUMMER_PART, _STANDARD_PART),
        (Spelling("0", _WHOLE_OCTOBER, 0),),
        (Spelling("2", _WHOLE_OCTOBER, 0),),
    ),
}


class Misspelled(Exception):
    """The elements of a day are in none of the ways above; the reader makes a sentence of it."""

    def __init__(self, met: str, expected: str) -> None:
        self.met = met
        self.expected = expected
        super().__init__(f"{met}; expected {expected}")


@dataclass(frozen=True)
class Met:
    """One element as it stands in a file: attributes in the file's order, ``Dst`` taken out."""

    dst: str  # "0" where the attribute is absent
    names: tuple[str, ...]
    texts: Sequence[str]


def in_order(hours: int, elements: Sequence[Met]) -> list[str]:
    """The texts of a day's quarter hours, in time order, from its elements in any order.

    ``hours`` is the day's length. Raises :class:`Misspelled`.
    """
    for way in _MET[hours]:
        texts = _spelled(way, elements)
        if texts is not None:
            return texts
    raise Misspelled(
        met=" + ".join(f"Dst={element.dst} ({_runs(element.names)})" for element in elements),
        expected=" / ".join(
            " + ".join(f"Dst={part.dst} ({_runs(part.attributes)})" for part in way) for way in _MET[hours]
        ),
    )


def _spelled(way: tuple[Spelling, ...], elements: Sequence[Met]) -> list[str] | None:
    if len(way) != len(elements):
        return None
    by_dst = {element.dst: element for element in elements}
    texts: list[str] = []
    for part in way:  # the parts of a way stand in time order
        met = by_dst.get(part.dst)
        if met is None:
            return None
        if met.names == part.attributes:
            texts += met.texts
        elif len(met.names) == len(part.attributes) and set(met.names) == set(part.attributes):
            by_name = dict(zip(met.names, met.texts, strict=True))
            texts += [by_name[name] for name in part.attributes]
        else:
            return None
    return texts


def _runs(names: Sequence[str]) -> str:
    """E1, E2, … written short: ``E1..E8, E13..E96``. What is not of that form is told by its number only."""
    numbers = sorted(int(name[1:]) for name in names if name[:1] == "E" and name[1:].isdecimal())
    if len(numbers) != len(names) or not numbers:
        return f"… × {len(names)}"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"E{first}..E{last}" if last > first else f"E{first}" for first, last in runs[:4])
