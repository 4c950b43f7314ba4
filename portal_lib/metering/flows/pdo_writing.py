"""Writing PDO files, in the true form a distributor sends them.

Used by the demo supplier, which has no distributor, and by the tests, which prove that what is written is
read back unchanged. Days are written as :mod:`portal_lib.metering.flows.clock_changes` describes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from portal_lib.metering.calendar import quarter_hours
from portal_lib.metering.flows.clock_changes import WRITTEN
from portal_lib.metering.identifiers import normal_pod

#: Wh (or varh) of each quarter hour of a day: 92, 96 or 100 whole numbers from 0.
DayOfEnergy = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class PdoPoint:
    """What a PDO file says of one supply point in one month."""

    pod: str
    #: For each day, for each magnitude ("Ea", "Er", "Erc", "Eri"), its quarter hours in Wh (varh).
    days: Mapping[date, Mapping[str, DayOfEnergy]]
    voltage: int = 230  # V
    contracted_kw: float = 3.0
    available_kw: float = 3.3
    estimated: bool = False
    validated: bool = True


def pdo_name(
    *,
    distributor_vat: str,
    supplier_vat: str,
    month: date,
    dispatch_code: str,
    sent_at: str,
    sequence: int = 1,
) -> str:
    """The file name a distributor gives a PDO file. ``sent_at`` is yyyymmddHHMMSS."""
    return f"{distributor_vat}_{supplier_vat}_{month:%Y%m}_PDO_{sent_at}_{sequence}{dispatch_code}.xml"


def write_pdo(
    path: Path,
    *,
    distributor_vat: str,
    supplier_vat: str,
    month: date,
    dispatch_code: str,
    points: Iterable[PdoPoint],
) -> None:
    """Write a PDO file. ``month`` is any day of the month; :func:`pdo_name` gives the name the file must
    have.

    ``ValueError`` where a day is outside the month, or its array has not as many quarter hours as the day, or
    holds something negative: the file would not be a true one. The file appears under its name only when it
    is complete.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                '<FlussoMisure CodFlusso="PDO" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
                "  <IdentificativiFlusso>\n"
                f"    <PIvaUtente>{escape(supplier_vat)}</PIvaUtente>\n"
                f"    <PIvaDistributore>{escape(distributor_vat)}</PIvaDistributore>\n"
                f"    <CodContrDisp>{escape(dispatch_code)}</CodContrDisp>\n"
                "  </IdentificativiFlusso>\n"
            )
            for point in points:
                _write_point(file, point, month)
            file.write("</FlussoMisure>\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_point(file: TextIO, point: PdoPoint, month: date) -> None:
    peak = max((int(curve.max()) * 4 for day in point.days.values() for curve in _of(day, "Ea")), default=0)
    file.write(
        "  <DatiPod>\n"
        f"    <Pod>{normal_pod(point.pod)}</Pod><MeseAnno>{month:%m/%Y}</MeseAnno>\n"
        "    <DatiPdp>\n"
        f"      <Trattamento>O</Trattamento><Tensione>{point.voltage}</Tensione>\n"
        f"      <PotContrImp>{decimal_comma(round(point.contracted_kw * 1000))}</PotContrImp>"
        f"<PotDisp>{decimal_comma(round(point.available_kw * 1000))}</PotDisp>\n"
        "    </DatiPdp>\n"
        "    <Curva>\n"
        f"      <Raccolta>P</Raccolta><TipoDato>{'S' if point.estimated else 'E'}</TipoDato>"
        f"<Validato>{'S' if point.validated else 'N'}</Validato><PotMax>{decimal_comma(peak)}</PotMax>\n"
    )
    for day in sorted(point.days):
        for magnitude, curve in sorted(point.days[day].items()):
            for line in _day_lines(day, magnitude, curve, month):
                file.write(line)
    file.write("    </Curva>\n  </DatiPod>\n")


def _of(day: Mapping[str, DayOfEnergy], magnitude: str) -> list[DayOfEnergy]:
    return [day[magnitude]] if magnitude in day else []


def _day_lines(day: date, magnitude: str, curve: DayOfEnergy, month: date) -> Iterator[str]:
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
