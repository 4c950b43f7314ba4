"""Writing PDO files, in the true form a distributor sends them.

Used by the demo supplier, which has no distributor, and by the tests, which prove that what is written is
read back unchanged. Days are written as :mod:`portal_lib.metering.flows.clock_changes` describes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TextIO

from portal_lib.metering.flows.flow_writing import (
    DayOfEnergy,
    Parties,
    day_lines,
    decimal_comma,
    flow_name,
    open_flow,
)
from portal_lib.metering.identifiers import normal_pod

__all__ = ["DayOfEnergy", "PdoPoint", "decimal_comma", "pdo_name", "write_pdo"]


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
    return flow_name("PDO", Parties(distributor_vat, supplier_vat, dispatch_code), month, sent_at, sequence)


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
    with open_flow(path, "PDO", Parties(distributor_vat, supplier_vat, dispatch_code)) as file:
        for point in points:
            _write_point(file, point, month)


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
            file.writelines(day_lines(day, magnitude, curve, month))
    file.write("    </Curva>\n  </DatiPod>\n")


def _of(day: Mapping[str, DayOfEnergy], magnitude: str) -> list[DayOfEnergy]:
    return [day[magnitude]] if magnitude in day else []
