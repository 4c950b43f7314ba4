"""Which reader a file needs, told by its name."""

from pathlib import Path

from portal_lib.metering.exceptions import ArchiveNotRead, NotReadYet, UnknownFlow, UnknownFormat
from portal_lib.metering.flows.csv_export import CsvExportReader
from portal_lib.metering.flows.file_names import parse_name
from portal_lib.metering.flows.pdo import PdoReader
from portal_lib.metering.flows.reader import Reader

#: Flow codes that exist but are not read, by what they hold.
NOT_READ_YET = frozenset(
    {
        *("PDO2G", "PNO", "PNO2G"),  # hourly readings of 2G meters, non-hourly readings
        *("RFO", "RFO2G", "RNO", "RNO2G"),  # their corrections
        *("SNM", "RSN", "VNO", "RNV"),  # a switch of supplier, a change of holder, their corrections
        "SMIS",  # replaced meters
        *("TGL", "TML", "TMV"),  # gas
    }
)


def reader_for(path: Path) -> Reader:
    """The reader that a file needs, by its name alone; the reader then holds the content against the name.

    Raises :class:`UnknownFormat`, :class:`ArchiveNotRead`, :class:`BadFlowName`, :class:`UnknownFlow` or
    :class:`NotReadYet`.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        return CsvExportReader()
    if kind == ".zip":
        raise ArchiveNotRead(file=path.name)
    if kind != ".xml":
        raise UnknownFormat(file=path.name)
    name = parse_name(path.name)
    if name.flow == "PDO":
        return PdoReader()
    if name.flow in NOT_READ_YET:
        raise NotReadYet(file=path.name, flow=name.flow)
    raise UnknownFlow(file=path.name, flow=name.flow)
