"""What every reader of a format gives.

A reader takes a file apart into curves of whole days, register readings and cancellations, and knows nothing of the
store. A new format is a new module
here with a class that has :meth:`Reader.read`, and a line in :func:`portal_lib.metering.flows.formats.reader_for`.
"""

from dataclasses import dataclass
from typing import BinaryIO, Literal, NamedTuple, Protocol

#: The magnitudes kept: active energy, reactive energy, its capacitive and its inductive part.
MAGNITUDES = ("Ea", "Er", "Erc", "Eri")


#: "register": a counter's reading, consumption is a difference. "period": the energy of the period that ends that day.
RegisterKind = Literal["register", "period"]


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


class RegisterReading(NamedTuple):
    """What one register of a non-hourly meter said, or the energy of a period that the distributor worked out."""

    pod: str
    day: int  # the day at whose end it was read; see calendar.day_number
    kind: RegisterKind
    magnitude: str  # Ea, Er, or Pot (the highest power)
    band: str  # F1 … F6, or F0 where the meter tells no bands apart
    value: int  # Wh, varh or W
    flags: int  # flags.DayFlag


class Cancelled(NamedTuple):
    """Days of a point whose readings, of every magnitude, a correction takes back without giving others."""

    pod: str
    first_day: int
    last_day: int  # included


class Sink(Protocol):
    """Takes what a reader finds, as it finds it: no reader holds a whole file."""

    def day(self, curve: DayCurve) -> None: ...

    def register(self, reading: RegisterReading) -> None: ...

    def cancel(self, cancelled: Cancelled) -> None: ...


@dataclass(frozen=True)
class Flow:
    """What a file says of itself, and what decides whether it prevails over another."""

    flow: str  # "PDO", "RFO2G", "CSV"
    sent_at: str  # yyyymmddHHMMSS, "" where the format does not say
    sequence: int
    #: The POD where it came from the operator and not from the file, which then is not all that was loaded.
    told_pod: str | None = None


@dataclass(frozen=True)
class Known:
    """What the portal knows besides the file, and holds against it."""

    supplier_vat: str | None = None  # None: not compared
    distributor_vats: tuple[str, ...] = ()  # empty: any
    pod: str | None = None  # normal form; for an export that does not name its point
    unscaled_distributors: tuple[str, ...] = ()  # whose curves must still be multiplied by Ka (Er: Kr)


class Reader(Protocol):
    """A reader of one format."""

    def read(self, file: BinaryIO, name: str, known: Known, sink: Sink) -> Flow:
        """Give everything in an open file to ``sink``; ``name`` is the file's own name.

        Raises a ``FlowRefused``, by when ``sink`` may have been given some of it.
        """
