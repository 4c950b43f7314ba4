"""What a reader finds in a small file, held in memory."""

from dataclasses import dataclass, field

from portal_lib.metering.flows.reader import Cancelled, DayCurve, RegisterReading


@dataclass
class Gathered:
    """A sink (``flows.reader.Sink``) that keeps everything in the order in which it came."""

    days: list[DayCurve] = field(default_factory=list)
    registers: list[RegisterReading] = field(default_factory=list)
    cancelled: list[Cancelled] = field(default_factory=list)

    def day(self, curve: DayCurve) -> None:
        self.days.append(curve)

    def register(self, reading: RegisterReading) -> None:
        self.registers.append(reading)

    def cancel(self, cancelled: Cancelled) -> None:
        self.cancelled.append(cancelled)
