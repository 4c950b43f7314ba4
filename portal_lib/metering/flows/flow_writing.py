"""Writing flows of any code, in the true form a distributor sends them.

Used by the demo supplier, which has no distributor, and by the tests, which prove that what is written is read back
unchanged. PDO files, the most common, have a short way in ``pdo_writing``.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from portal_lib.metering.calendar import quarter_hours
from portal_lib.metering.flows.clock_changes import WRITTEN
from portal_lib.metering.flows.kinds import KINDS
from portal_lib.metering.identifiers import normal_pod

#: Wh (or varh) of each quarter hour of a day: 92, 96 or 100 whole numbers from 0.
DayOfEnergy = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Parties:
    """Between whom a flow goes."""

    distributor_vat: str
    supplier_vat: str
    dispatch_code: str  # DP0001..DP9999


@dataclass(frozen=True)
class FlowPoint:
    """What a flow says of one supply point: a measure, or in a correction that there is none any more."""

    pod: str
    month: date | None = None  # MeseAnno; any day of it
    day: date | None = None  # DataMisura, where there is no month
    treatment: str = "O"
    #: Quarter hours by day and magnitude ("Ea", "Er", "Erc", "Eri").
    days: Mapping[date, Mapping[str, DayOfEnergy]] = field(default_factory=dict)
    #: Wh (varh, W) by element ("EaF1", "PotF3", "EaM"), before the factors.
    registers: Mapping[str, int] = field(default_factory=dict)
    period: bool = False  # the registers are a Consumo: energy of the period that ends on the day
    taken_back: bool = False  # Motivazione 3
    estimated: bool = False
    validated: bool = True
    factors: tuple[int, int, int] = (1000, 1000, 1000)  # Ka, Kr, Kp in thousandths
    voltage: int = 400  # V


def flow_name(flow: str, parties: Parties, month: date, sent_at: str, sequence: int = 1) -> str:
    """The file name a distributor gives a flow. ``sent_at`` is yyyymmddHHMMSS."""
    return (
        f"{parties.distributor_vat}_{parties.supplier_vat}_{month:%Y%m}_{flow}_{sent_at}_"
        f"{sequence}{parties.dispatch_code}.xml"
    )


def write_flow(path: Path, flow: str, parties: Parties, points: Iterable[FlowPoint]) -> None:
    """Write a flow; :func:`flow_name` gives the name the file must have.

    ``ValueError`` where a point holds what is no true day. The file appears under its name only when it is complete.
    """
    with open_flow(path, flow, parties) as file:
        for point in points:
            _write_point(file, flow, point)


@contextmanager
def open_flow(path: Path, flow: str, parties: Parties) -> Iterator[TextIO]:
    """A flow file to write points into. It appears under its name when the block ends, unless it fails."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f'<FlussoMisure CodFlusso="{flow}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
                "  <IdentificativiFlusso>\n"
                f"    <PIvaUtente>{escape(parties.supplier_vat)}</PIvaUtente>\n"
                f"    <PIvaDistributore>{escape(parties.distributor_vat)}</PIvaDistributore>\n"
                f"    <CodContrDisp>{escape(parties.dispatch_code)}</CodContrDisp>\n"
                "  </IdentificativiFlusso>\n"
            )
            yield file
            file.write("</FlussoMisure>\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_point(file: TextIO, flow: str, point: FlowPoint) -> None:
    kind = KINDS[flow]
    ka, kr, kp = map(decimal_comma, point.factors)
    file.write(f"  <DatiPod>\n    <Pod>{normal_pod(point.pod)}</Pod>")
    if point.month is not None:
        file.write(f"<MeseAnno>{point.month:%m/%Y}</MeseAnno>")
    if point.day is not None:
        file.write(f"<DataMisura>{point.day:%d/%m/%Y}</DataMisura>")
    if kind.correction:
        file.write(
            "<TipoRettifica>P</TipoRettifica>"
            f"<DataRilevazione>{point.month or point.day:%d/%m/%Y}</DataRilevazione>"
            f"<Motivazione>{3 if point.taken_back else 2}</Motivazione>"
        )
    file.write(
        "\n    <DatiPdp>"
        f"<Trattamento>{point.treatment}</Trattamento><Tensione>{point.voltage}</Tensione>"
        f"<Forfait>NO</Forfait><GruppoMis>SI</GruppoMis><Ka>{ka}</Ka><Kr>{kr}</Kr><Kp>{kp}</Kp></DatiPdp>\n"
    )
    if not point.taken_back:
        element = "Consumo" if point.period else "Misura" if kind.registers else "Curva"
        file.write(f"    <{element}>\n{quality(point.estimated, point.validated)}")
        for name, value in point.registers.items():
            file.write(f"      <{name}>{decimal_comma(value)}</{name}>\n")
        month = point.month or point.day
        for day in sorted(point.days):
            for magnitude, curve in sorted(point.days[day].items()):
                assert month is not None
                file.writelines(day_lines(day, magnitude, curve, month))
        file.write(f"    </{element}>\n")
    file.write("  </DatiPod>\n")


def quality(estimated: bool, validated: bool) -> str:
    """The elements that say how a measure came to be."""
    return (
        f"      <Raccolta>P</Raccolta><TipoDato>{'S' if estimated else 'E'}</TipoDato>"
        f"<Validato>{'S' if validated else 'N'}</Validato>\n"
    )


def day_lines(day: date, magnitude: str, curve: DayOfEnergy, month: date) -> Iterator[str]:
    """The elements of one day and magnitude, as ``clock_changes`` describes them."""
    if (day.year, day.month) != (month.year, month.month):
        raise ValueError(f"{day} is not a day of {month:%m/%Y}")
    if len(curve) != quarter_hours(day) or int(curve.min()) < 0:
        raise ValueError(f"{day} has {quarter_hours(day)} quarter hours of 0 Wh or more")
    values = [decimal_comma(energy) for energy in curve.tolist()]
    for part in WRITTEN[len(values) // 4]:
        pairs = zip(part.attributes, values[part.span], strict=True)
        attributes = " ".join(f'{name}="{value}"' for name, value in pairs)
        yield f'      <{magnitude} Dst="{part.dst}" {attributes}>{day:%d}</{magnitude}>\n'


def decimal_comma(thousandths: int) -> str:
    """Wh as kWh (or W as kW), the way flows write it: ``878`` is ``0,878``."""
    return f"{thousandths // 1000},{thousandths % 1000:03d}"
