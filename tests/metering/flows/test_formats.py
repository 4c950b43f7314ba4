from pathlib import Path

import pytest

from portal_lib.metering.exceptions import BadFlowName, NotReadYet, UnknownFlow, UnknownFormat
from portal_lib.metering.flows.csv_export import CsvExportReader
from portal_lib.metering.flows.formats import NOT_READ_YET, reader_for
from portal_lib.metering.flows.kinds import KINDS
from portal_lib.metering.flows.xml_flow import XmlFlowReader
from tests.metering.files import MARCH


def renamed(flow: str) -> Path:
    return Path(MARCH.name.replace("_PDO_", f"_{flow}_"))


def test_every_flow_of_the_field_is_read() -> None:
    once = {"PDO", "PNO", "RFO", "RNO", "SNM", "RSN", "VNO", "RNV"}
    assert set(KINDS) == once | {f"{code}2G" for code in once}


@pytest.mark.parametrize("flow", sorted(KINDS))
def test_a_flow_has_its_reader_by_its_code(flow: str) -> None:
    reader = reader_for(renamed(flow))
    assert isinstance(reader, XmlFlowReader)
    assert reader.kind is KINDS[flow]


def test_an_export_has_its_reader() -> None:
    assert isinstance(reader_for(Path("Export.CSV")), CsvExportReader)


@pytest.mark.parametrize("flow", sorted(NOT_READ_YET))
def test_a_known_flow_that_is_not_read_yet_is_refused_by_its_code(flow: str) -> None:
    with pytest.raises(NotReadYet, match=f"{flow} flows are not read yet"):
        reader_for(renamed(flow))


def test_an_unknown_flow_is_refused_by_its_code() -> None:
    with pytest.raises(UnknownFlow, match="“XYZ”"):
        reader_for(renamed("XYZ"))


def test_the_documentation_tells_of_every_flow() -> None:
    text = (Path(__file__).parents[3] / "docs" / "flows.md").read_text(encoding="utf-8")
    assert {code for code in {*KINDS, *NOT_READ_YET} if f"`{code}`" not in text} == set()


def test_a_name_that_is_not_a_flows_is_refused() -> None:
    with pytest.raises(BadFlowName):
        reader_for(Path("readings.xml"))


def test_archives_and_other_formats_are_refused() -> None:
    with pytest.raises(UnknownFormat):
        reader_for(Path("flows.zip"))
    with pytest.raises(UnknownFormat):
        reader_for(Path("readings.xlsx"))
