"""A customer's own export from the distributor's site, in the form that its header tells.

Each form is a module with a function that reads rows (``csv_days``, ``csv_quarters``). An export has no time of
sending, so it never prevails over a distributor's flow; it holds active energy.
"""

from itertools import chain
from typing import BinaryIO

from portal_lib.metering.flows.csv_days import read_days
from portal_lib.metering.flows.csv_quarters import MARKS, read_quarters
from portal_lib.metering.flows.csv_text import bad, rows
from portal_lib.metering.flows.reader import Flow, Known, Sink


class CsvExportReader:
    """Reads a distributor's customer export (``flows.reader.Reader``)."""

    def read(self, file: BinaryIO, name: str, known: Known, sink: Sink) -> Flow:
        lines = rows(file, name)
        line, first = next(lines, (1, [""]))
        titles = {title.strip().upper() for title in first}
        whole = chain([(line, first)], lines)
        if titles >= MARKS:
            return read_quarters(whole, name, known, sink)
        if first[0].strip().upper() in ("GIORNO", "POD"):
            return read_days(whole, name, known, sink)
        raise bad(
            name,
            line,
            "the header must be Giorno;00:00-00:15;…;23:45-00:00 or POD;DATA;ORA;FL_ORA_LEGALE;ATTIVA_PRELEVATA;…",
            "l'intestazione deve essere Giorno;00:00-00:15;…;23:45-00:00 oppure "
            "POD;DATA;ORA;FL_ORA_LEGALE;ATTIVA_PRELEVATA;…",
        )
