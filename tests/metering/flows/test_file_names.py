from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering.exceptions import BadFlowName
from portal_lib.metering.flows.file_names import parse_name
from portal_lib.metering.flows.pdo_writing import pdo_name


def test_a_name_says_who_sent_what_for_which_month_and_when() -> None:
    name = parse_name("01234567890_98765432109_202511_RFO2G_20251219110000_12DP0042.xml")
    assert (name.distributor_vat, name.supplier_vat) == ("01234567890", "98765432109")
    assert (name.month, name.flow, name.sent_at) == (date(2025, 11, 1), "RFO2G", "20251219110000")
    assert (name.sequence, name.dispatch_code) == (12, "DP0042")


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.datetimes(), st.integers(0, 999_999_999))
def test_a_written_name_is_read_back(month: date, sent: object, sequence: int) -> None:
    sent_at = f"{sent:%Y%m%d%H%M%S}".rjust(14, "0")
    written = pdo_name(
        distributor_vat="01234567890",
        supplier_vat="98765432109",
        month=month,
        dispatch_code="DP0001",
        sent_at=sent_at,
        sequence=sequence,
    )
    name = parse_name(written)
    assert (name.month, name.sent_at, name.sequence) == (month.replace(day=1), sent_at, sequence)


@pytest.mark.parametrize(
    "name",
    [
        "PDO.xml",
        "",
        "0123456789_98765432109_202511_PDO_20251219110000_1DP0042.xml",
        "01234567890_98765432109_202513_PDO_20251219110000_1DP0042.xml",
        "01234567890_98765432109_000011_PDO_20251219110000_1DP0042.xml",
        "01234567890_98765432109_210101_PDO_20251219110000_1DP0042.xml",
        "01234567890_98765432109_202511_PDO_20251332110000_1DP0042.xml",
        "01234567890_98765432109_202511_PDO_20251219110000_DP0042.xml",
        "01234567890_98765432109_202511_PDO_20251219110000_1DP0042.xml.part",
        "٠1234567890_98765432109_202511_PDO_20251219110000_1DP0042.xml",
    ],
)
def test_a_name_that_is_not_a_flows_is_refused(name: str) -> None:
    with pytest.raises(BadFlowName, match="not the name of a flow"):
        parse_name(name)
