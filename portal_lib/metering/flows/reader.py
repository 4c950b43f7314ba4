"""What every reader of a format gives.

A reader takes a file apart into curves of whole days and knows nothing of the store. A new format is a new module
here with a class that has :meth:`Reader.read`, and a line in :func:`portal_lib.metering.flows.formats.reader_for`.
"""

from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol

#: The magnitudes kept: active energy, reactive energy, its capacitive and its inductive part.
MAGNITUDES = ("Ea", "Er", "Erc", "Eri")


class DayCurve(NamedTuple):
    """One day of one magnitude of one supply point.

    ``curve`` is as the store keeps it: little-endian int32, Wh or varh, −2³¹ where missing.
    """

    pod: str  # in the form of identifiers.normal_pod
    magnitude: str
    day: int  # number, see calendar.day_number
    n: int  # intervals
    flags: int  # flags.DayFlag
    curve: bytes  # 4 · n


@dataclass(frozen=True)
class Flow:
    """The content of one file, and what decides whether it prevails over another."""

    flow: str  # "PDO", "CSV"
    sent_at: str  # yyyymmddHHMMSS, "" where the format does not say
    sequence: int
    days: list[DayCurve]
    #: The POD where it came from the operator and not from the file, which then is not all that was loaded.
    told_pod: str | None = None


@dataclass(frozen=True)
class Known:
    """What the portal knows besides the file, and holds against it."""

    supplier_vat: str | None = None  # None: not compared
    distributor_vats: tuple[str, ...] = ()  # empty: any
    pod: str | None = None  # normal form; for an export that does not name its point


class Reader(Protocol):
    """A reader of one format."""

    def read(self, file: BinaryIO, name: str, known: Known) -> Flow:
        """Everything in an open file; ``name`` is the file's own name. Raises a ``FlowRefused``."""
