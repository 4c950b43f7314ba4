import io
from datetime import date

import pytest

from portal_lib.metering.exceptions import (
    BadElement,
    DamagedXml,
    FinerThanWattHours,
    FlowRefused,
    HostileXml,
    MissingElement,
    MisspelledDay,
    NameContradicts,
    NotEnergy,
    UnknownMagnitude,
    WrongParty,
)
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.kinds import KINDS
from portal_lib.metering.flows.reader import Known
from portal_lib.metering.flows.xml_flow import XmlFlowReader
from portal_lib.metering.gathering import Gathered
from tests.metering.files import (
    DISTRIBUTOR,
    MARCH,
    OCTOBER,
    POD,
    SUPPLIER,
    day_of,
    element,
    read_pdo,
    wh,
    xml,
)

NORMAL = range(1, 97)
OCTOBER_NAME = OCTOBER.name


def sample(text_of: str, old: str, new: str) -> str:
    assert old in text_of
    return text_of.replace(old, new, 1)


@pytest.fixture(scope="module")
def march() -> str:
    return MARCH.read_text(encoding="utf-8")


def test_the_march_sample_holds_a_month_with_a_day_of_92_quarter_hours(march: str) -> None:
    flow = read_pdo(march)
    assert (flow.flow, flow.sent_at, flow.sequence, flow.told_pod) == ("PDO", "20250404101500", 1, None)
    assert len(flow.days) == 62
    assert {curve.magnitude for curve in flow.days} == {"Ea", "Er"}
    assert {curve.pod for curve in flow.days} == {POD}
    assert day_of(flow, date(2025, 3, 30)).n == 92
    first = day_of(flow, date(2025, 3, 1))
    assert (first.n, first.flags) == (96, 0)
    assert wh(first)[:3] == [878, 856, 919] and wh(first)[-1] == 889


def test_the_october_sample_holds_the_repeated_hour_in_time_order() -> None:
    text = OCTOBER.read_text(encoding="utf-8")
    flow = read_pdo(text, OCTOBER_NAME)
    curve = wh(day_of(flow, date(2025, 10, 26)))
    assert len(curve) == 100

    def attributes(dst: str) -> dict[str, int]:
        (line,) = [row for row in text.splitlines() if row.strip().startswith(f'<Ea Dst="{dst}"')]
        pairs = (part.split("=") for part in line.strip()[: line.strip().index(">")].split(" ")[2:])
        return {name: int(value.strip('"').replace(",", "")) for name, value in pairs}

    summer, standard = attributes("2"), attributes("3")
    assert curve[8:12] == [summer[f"E{n}"] for n in range(9, 13)]
    assert curve[12:16] == [standard[f"E{n}"] for n in range(9, 13)]
    assert curve[-1] == standard["E96"]


def test_a_byte_order_mark_and_attributes_in_any_order_change_nothing(march: str) -> None:
    backwards = element(list(reversed(NORMAL)), changed={7: "0,500"})
    forwards = element(NORMAL, changed={7: "0,500"})
    assert read_pdo(xml(backwards)).days == read_pdo(xml(forwards)).days
    last = xml(forwards).replace('<Ea Dst="0" ', "<Ea ").replace(">01</Ea>", ' Dst="0">01</Ea>')
    assert read_pdo(last).days == read_pdo(xml(forwards)).days
    assert read_pdo(b"\xef\xbb\xbf" + march.encode()).days == read_pdo(march).days


def test_a_missing_dst_is_a_normal_day() -> None:
    assert read_pdo(xml(element(NORMAL, dst=None))).days[0].n == 96


@pytest.mark.parametrize("dst", ["0", "2", None])
def test_the_october_day_as_one_element_of_100_is_taken(dst: str | None) -> None:
    content = xml(element(range(1, 101), day="26", dst=dst, changed={13: "0,9"}), month="10/2025")
    (curve,) = read_pdo(content, OCTOBER_NAME).days
    assert wh(curve) == [1] * 12 + [900] + [1] * 87


def test_a_pod_may_come_more_than_once_with_other_days(march: str) -> None:
    one = xml(element(NORMAL, day="01"))
    point = one[one.index("<DatiPod>") : one.index("</FlussoMisure>")]
    both = one.replace("</FlussoMisure>", point.replace(">01</Ea>", ">02</Ea>") + "</FlussoMisure>")
    assert [curve.day for curve in read_pdo(both).days] == [20148, 20149]


def test_a_day_that_comes_again_is_handed_on_again() -> None:
    one = xml(element(NORMAL))
    point = one[one.index("<DatiPod>") : one.index("</FlussoMisure>")]
    other = one.replace("</FlussoMisure>", point.replace('E5="0,001"', 'E5="0,002"') + "</FlussoMisure>")
    assert [wh(curve)[4] for curve in read_pdo(other).days] == [1, 2]  # whoever takes it compares them


@pytest.mark.parametrize(
    ("quality", "flags"),
    [
        ("<TipoDato>E</TipoDato><Validato>S</Validato>", DayFlag(0)),
        ("<TipoDato>E</TipoDato><Validato></Validato>", DayFlag(0)),
        ("<TipoDato>E</TipoDato>", DayFlag(0)),
        ("<TipoDato>S</TipoDato><Validato>S</Validato>", DayFlag.ESTIMATED),
        ("<TipoDato>E</TipoDato><Validato>N</Validato>", DayFlag.NOT_VALIDATED),
        ("<TipoDato>S</TipoDato><Validato>N</Validato>", DayFlag.ESTIMATED | DayFlag.NOT_VALIDATED),
    ],
)
def test_estimated_and_not_validated_values_are_kept_and_flagged(quality: str, flags: DayFlag) -> None:
    assert read_pdo(xml(element(NORMAL), quality=quality)).days[0].flags == flags


def test_quality_is_that_of_its_own_curve_wherever_it_stands() -> None:
    first = "<TipoDato>S</TipoDato><Validato>N</Validato>" + element(NORMAL, day="01")
    second = element(NORMAL, day="02") + "<TipoDato>E</TipoDato>"
    flow = read_pdo(xml(f"{first}</Curva><Curva>{second}", quality=""))
    assert [curve.flags for curve in flow.days] == [DayFlag.ESTIMATED | DayFlag.NOT_VALIDATED, 0]


def test_a_15th_character_of_the_pod_is_dropped() -> None:
    assert read_pdo(xml(element(NORMAL), pod="it001e000000019")).days[0].pod == POD


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *((text, NotEnergy) for text in ("0.100", "1.234,567", "NaN", "1e9", "-0,1", "", " 0,1", "0,", ",1", "٣,000")),
        ("0,1234", FinerThanWattHours),
    ],
)
def test_a_wrong_value_is_refused_by_pod_day_and_quarter_hour(text: str, sentence: type[NotEnergy]) -> None:
    with pytest.raises(sentence) as caught:
        read_pdo(xml(element(NORMAL, magnitude="Er", changed={37: text})))
    assert f"POD {POD}, Er, day 2025-03-01, E37: “{text}”" in caught.value.say("en")
    assert f"POD {POD}, Er, giorno 2025-03-01, E37: «{text}»" in caught.value.say("it")


@pytest.mark.parametrize(
    ("curve", "met"),
    [
        (element(NORMAL, day="30"), "Dst=0 \\(E1..E96\\)"),
        (element(range(1, 93), day="30", dst="1"), "Dst=1 \\(E1..E92\\)"),
        (element(NORMAL, day="01", dst="1"), "Dst=1"),
        (element(range(1, 96), day="01"), "Dst=0 \\(E1..E95\\)"),
        (element(range(1, 13), day="01", dst="2") + element(range(9, 97), day="01", dst="3"), "Dst=2"),
        (element(NORMAL, day="01") + element(NORMAL, day="01"), "Dst=0 .* \\+ Dst=0"),
    ],
)
def test_a_day_spelled_in_any_other_way_is_refused_by_pod_and_day(curve: str, met: str) -> None:
    with pytest.raises(MisspelledDay, match=f"POD {POD}, Ea, day 2025-03-.*found {met}"):
        read_pdo(xml(curve))


@pytest.mark.parametrize("day", ["00", "32", "1", "001", "", "x1", "٠١"])
def test_a_text_that_is_no_day_of_the_month_is_refused(day: str) -> None:
    with pytest.raises(BadElement, match="03/2025"):
        read_pdo(xml(element(NORMAL, day=day)))


def test_the_31st_of_a_month_of_30_days_is_refused() -> None:
    name = OCTOBER_NAME.replace("_202510_", "_202511_")
    with pytest.raises(BadElement, match="“31”"):
        read_pdo(xml(element(NORMAL, day="31"), month="11/2025"), name)


def test_energy_under_an_unknown_name_is_refused_not_lost() -> None:
    with pytest.raises(UnknownMagnitude, match=f"POD {POD}, unknown magnitude “Ei”"):
        read_pdo(xml(element(NORMAL) + element(NORMAL, magnitude="Ei")))


def test_a_curve_outside_its_place_is_refused_not_lost() -> None:
    content = xml(element(NORMAL)).replace("</DatiPod>", element(NORMAL, day="02") + "</DatiPod>")
    with pytest.raises(BadElement, match="FlussoMisure/DatiPod/Ea"):
        read_pdo(content)


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        (f"<Pod>{POD}</Pod>", "", "Pod"),
        ("<MeseAnno>03/2025</MeseAnno>", "", "MeseAnno"),
        ("<TipoDato>E</TipoDato>", "", "TipoDato"),
        (f"<PIvaUtente>{SUPPLIER}</PIvaUtente>", "", "PIvaUtente"),
        (f"<PIvaDistributore>{DISTRIBUTOR}</PIvaDistributore>", "", "PIvaDistributore"),
        ("<CodContrDisp>DP1234</CodContrDisp>", "", "CodContrDisp"),
        ("Curva>", "Altro>", "Curva"),
        (element(NORMAL), "", "Ea"),
    ],
)
def test_a_missing_element_is_named(old: str, new: str, missing: str) -> None:
    content = xml(element(NORMAL))
    assert old in content
    changed = content.replace(old, new)
    if missing == "Curva":
        changed = changed.replace(element(NORMAL), "")
    with pytest.raises(MissingElement, match=f"{missing} is missing"):
        read_pdo(changed)


def test_a_flow_without_points_is_refused() -> None:
    content = xml("")
    empty = content[: content.index("<DatiPod>")] + "</FlussoMisure>"
    with pytest.raises(MissingElement, match="DatiPod is missing"):
        read_pdo(empty)


def test_a_point_does_not_inherit_what_was_said_of_the_one_before() -> None:
    one = xml(element(NORMAL))
    nameless = f"<DatiPod><MeseAnno>03/2025</MeseAnno><Curva><TipoDato>E</TipoDato>{element(NORMAL)}</Curva></DatiPod>"
    with pytest.raises(MissingElement, match="Pod is missing"):
        read_pdo(one.replace("</FlussoMisure>", nameless + "</FlussoMisure>"))


@pytest.mark.parametrize(
    ("old", "new", "element_name"),
    [
        ('CodFlusso="PDO"', 'CodFlusso="PDO2G"', "CodFlusso"),
        ('CodFlusso="PDO"', "", "CodFlusso"),
        (">98765432109<", ">98765432108<", "PIvaUtente"),
        (">01234567890<", ">01234567891<", "PIvaDistributore"),
        (">DP1234<", ">DP1235<", "CodContrDisp"),
        (">03/2025<", ">04/2025<", "MeseAnno"),
        (">03/2025<", ">3/2025<", "MeseAnno"),
    ],
)
def test_a_name_that_contradicts_the_content_is_refused(old: str, new: str, element_name: str) -> None:
    with pytest.raises(NameContradicts, match=f"{element_name} is “.*” inside and “.*” in the file's name"):
        read_pdo(sample(xml(element(NORMAL)), old, new))


def test_the_parties_are_held_against_the_settings() -> None:
    content = xml(element(NORMAL))
    read_pdo(content, known=Known(supplier_vat=SUPPLIER, distributor_vats=("00000000000", DISTRIBUTOR)))
    with pytest.raises(WrongParty, match="supplier_vat"):
        read_pdo(content, known=Known(supplier_vat="00000000000"))
    with pytest.raises(WrongParty, match="distributor_vats"):
        read_pdo(content, known=Known(distributor_vats=("00000000000",)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"<Pod>{POD}</Pod>", "<Pod>IT001</Pod>"),
        ("<TipoDato>E</TipoDato>", "<TipoDato>X</TipoDato>"),
        ("<Trattamento>O</Trattamento>", "<Trattamento>F</Trattamento>"),
        ("<TipoDato>E</TipoDato>", "<TipoDato>E</TipoDato><Validato>si</Validato>"),
        ("FlussoMisure", "FlussoGas"),
    ],
)
def test_an_element_with_a_wrong_text_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadElement, match="expected"):
        read_pdo(xml(element(NORMAL)).replace(old, new))


def test_a_file_cut_short_anywhere_is_refused(march: str) -> None:
    raw = march.encode()
    for length in range(0, len(raw) - 20, 1024):
        with pytest.raises(DamagedXml):
            XmlFlowReader(KINDS["PDO"]).read(io.BytesIO(raw[:length]), MARCH.name, Known(), Gathered())


def test_a_dtd_is_refused(march: str) -> None:
    with pytest.raises(HostileXml, match="DTD"):
        read_pdo(march.replace("<FlussoMisure", '<!DOCTYPE x [<!ENTITY e "0">]><FlussoMisure', 1))


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    with pytest.raises(FlowRefused) as caught:
        read_pdo(xml(element(NORMAL, changed={1: "\x9b31m"})))
    assert "\x9b" not in str(caught.value)
