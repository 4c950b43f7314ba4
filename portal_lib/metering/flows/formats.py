"""Which reader a file needs, told by its name.

To add a format, write a module beside this one with a class that has ``flows.reader.Reader.read``, and give it its
line here (docs/flows.md).
"""

from pathlib import Path

from portal_lib.metering.exceptions import NotReadYet, UnknownFlow, UnknownFormat
from portal_lib.metering.flows.csv_export import CsvExportReader
from portal_lib.metering.flows.file_names import parse_name
from portal_lib.metering.flows.kinds import KINDS
from portal_lib.metering.flows.reader import Reader
from portal_lib.metering.flows.xml_flow import XmlFlowReader

#: Flow codes that exist but are not read: replaced meters, gas.
NOT_READ_YET = frozenset({"SMIS", "TGL", "TML", "TMV"})


def reader_for(path: Path) -> Reader:
    """The reader that a file needs, by its name alone; the reader then holds the content against the name.

    Raises :class:`UnknownFormat` (for an archive, too: its members are files of their own, see ``archives``),
    :class:`BadFlowName`, :class:`UnknownFlow` or :class:`NotReadYet`.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        return CsvExportReader()
    if kind != ".xml":
        raise UnknownFormat(file=path.name)
    name = parse_name(path.name)
    if name.flow in KINDS:
        return XmlFlowReader(KINDS[name.flow])
    if name.flow in NOT_READ_YET:
        raise NotReadYet(file=path.name, flow=name.flow)
    raise UnknownFlow(file=path.name, flow=name.flow)
