"""The name of a flow file, which says who sent what, for which month and when.

``{PIvaDistr}_{PIvaUtente}_{AAAAMM}_{FLUSSO}_{yyyyMMddHHmmss}_{prog}{DPnnnn}.xml``. The content has no time of
sending, so the name alone decides which of two files prevails; a name that can't be read is refused, not
guessed around.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from portal_lib.metering import calendar
from portal_lib.metering.exceptions import BadFlowName

_NAME = re.compile(
    r"([0-9]{11})_([0-9]{11})_([0-9]{4})([0-9]{2})_([A-Z0-9]{2,10})_([0-9]{14})_([0-9]{1,9})(DP[0-9]{4})\.xml",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FlowName:
    """What the name of a flow file says."""

    distributor_vat: str
    supplier_vat: str
    month: date  # its first day
    flow: str  # PDO, RFO2G, …
    sent_at: str  # yyyymmddHHMMSS
    sequence: int
    dispatch_code: str  # DP0001..DP9999


def parse_name(name: str) -> FlowName:
    """What a file's name says; :class:`BadFlowName` where it is not the name of a flow."""
    found = _NAME.fullmatch(name) if name.isascii() else None
    if found is None:
        raise BadFlowName(file=name)
    distributor_vat, supplier_vat, year, month, flow, sent_at, sequence, dispatch_code = found.groups()
    try:
        first = date(int(year), int(month), 1)
        calendar.places(calendar.day_number(first))
        datetime.strptime(sent_at, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only whether it is one
    except ValueError:
        raise BadFlowName(file=name) from None
    return FlowName(
        distributor_vat=distributor_vat,
        supplier_vat=supplier_vat,
        month=first,
        flow=flow.upper(),
        sent_at=sent_at,
        sequence=int(sequence),
        dispatch_code=dispatch_code.upper(),
    )
