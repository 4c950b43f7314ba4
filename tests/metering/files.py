"""Flow files for tests: the samples, files written for one test, and true files with one thing made wrong."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np

from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.flows.kinds import KINDS
from portal_lib.metering.flows.pdo_writing import PdoPoint, pdo_name, write_pdo
from portal_lib.metering.flows.reader import DayCurve, Known, Reader
from portal_lib.metering.flows.xml_flow import XmlFlowReader
from portal_lib.metering.gathering import Gathered

SAMPLES = Path(__file__).parent / "samples"
MARCH = SAMPLES / "01234567890_98765432109_202503_PDO_20250404101500_1DP1234.xml"
OCTOBER = SAMPLES / "01234567890_98765432109_202510_PDO_20251106091200_1DP1234.xml"
EXPORT = Path(__file__).parents[2] / "demo" / "data" / "e-distribuzione" / "ExportData_settembre.csv"

DISTRIBUTOR, SUPPLIER, DISPATCH = "01234567890", "98765432109", "DP1234"
POD = "IT001E00000001"


def noon() -> datetime:
    """A clock that stands still."""
    return datetime(2026, 1, 15, 11, 0, tzinfo=UTC)


def flat(day: date, wh: int) -> np.ndarray:
    """A day on which every quarter hour used the same."""
    return np.full(quarter_hours(day), wh, dtype=np.int64)


def pdo_file(
    folder: Path,
    days: Mapping[date, int],
    *,
    pod: str = POD,
    sent_at: str = "20250404101500",
    sequence: int = 1,
    magnitude: str = "Ea",
    estimated: bool = False,
    validated: bool = True,
) -> Path:
    """A PDO file of one point in which each day's quarter hours all have the Wh given."""
    month = min(days)
    path = folder / pdo_name(
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=month,
        dispatch_code=DISPATCH,
        sent_at=sent_at,
        sequence=sequence,
    )
    point = PdoPoint(
        pod,
        {day: {magnitude: flat(day, wh)} for day, wh in days.items()},
        estimated=estimated,
        validated=validated,
    )
    write_pdo(
        path,
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=month,
        dispatch_code=DISPATCH,
        points=[point],
    )
    return path


@dataclass
class Found(Gathered):
    """What a reader found in a file, and what the file says of itself."""

    flow: str = ""
    sent_at: str = ""
    sequence: int = 0
    told_pod: str | None = None


def read_with(reader: Reader, file: BinaryIO, name: str, known: Known) -> Found:
    """Everything that a reader gives of an open file."""
    found = Found()
    said = reader.read(file, name, known, found)
    found.flow, found.sent_at, found.sequence, found.told_pod = said.flow, said.sent_at, said.sequence, said.told_pod
    return found


def read_pdo(content: bytes | str, name: str = MARCH.name, known: Known | None = None) -> Found:
    """What the PDO reader makes of a content under a file name."""
    raw = content.encode() if isinstance(content, str) else content
    return read_with(XmlFlowReader(KINDS["PDO"]), io.BytesIO(raw), name, known or Known())


def wh(curve: DayCurve) -> list[int]:
    return np.frombuffer(curve.curve, dtype="<i4").tolist()


def day_of(flow: Gathered, day: date, magnitude: str = "Ea") -> DayCurve:
    (found,) = [c for c in flow.days if c.day == day_number(day) and c.magnitude == magnitude]
    return found


def xml(curve: str, *, month: str = "03/2025", pod: str = POD, quality: str = "<TipoDato>E</TipoDato>") -> str:
    """A PDO document around the elements of one curve."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<FlussoMisure CodFlusso="PDO"><IdentificativiFlusso>'
        f"<PIvaUtente>{SUPPLIER}</PIvaUtente><PIvaDistributore>{DISTRIBUTOR}</PIvaDistributore>"
        f"<CodContrDisp>{DISPATCH}</CodContrDisp></IdentificativiFlusso>"
        f"<DatiPod><Pod>{pod}</Pod><MeseAnno>{month}</MeseAnno>"
        "<DatiPdp><Trattamento>O</Trattamento></DatiPdp>"
        f"<Curva>{quality}{curve}</Curva></DatiPod></FlussoMisure>"
    )


def element(
    numbers: range | list[int],
    *,
    day: str = "01",
    dst: str | None = "0",
    magnitude: str = "Ea",
    value: str = "0,001",
    changed: Mapping[int, str] | None = None,
) -> str:
    """One day's element with the quarter hours of these numbers; ``changed`` gives some another text."""
    texts = dict.fromkeys(numbers, value) | dict(changed or {})
    quarters = " ".join(f'E{number}="{text}"' for number, text in texts.items())
    attribute = "" if dst is None else f'Dst="{dst}"'
    return f"<{magnitude} {attribute} {quarters}>{day}</{magnitude}>"
