"""Every flow code: what is written is read back, what a code may not hold is refused, what is taken back is told."""

import io
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.exceptions import (
    BadElement,
    FinerThanWattHours,
    MissingElement,
    NameContradicts,
    NotEnergy,
    TooMuchEnergy,
    UnknownMagnitude,
)
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.flow_writing import FlowPoint, Parties, flow_name, write_flow
from portal_lib.metering.flows.formats import reader_for
from portal_lib.metering.flows.kinds import KINDS
from portal_lib.metering.flows.reader import MAGNITUDES, Cancelled, Known, RegisterReading
from tests.metering.files import DISPATCH, DISTRIBUTOR, POD, SAMPLES, SUPPLIER, Found, flat, read_with, wh

PARTIES = Parties(DISTRIBUTOR, SUPPLIER, DISPATCH)
NOVEMBER, LAST = date(2025, 11, 1), date(2025, 11, 30)
SENT = "20251205101500"

HOURLY = sorted(kind.code for kind in KINDS.values() if kind.curves)
BY_REGISTER = sorted(kind.code for kind in KINDS.values() if kind.registers)
CORRECTIONS = sorted(kind.code for kind in KINDS.values() if kind.correction)


def read(content: str, flow: str, *, month: date = NOVEMBER, sent_at: str = SENT, known: Known | None = None) -> Found:
    name = flow_name(flow, PARTIES, month, sent_at)
    return read_with(reader_for(Path(name)), io.BytesIO(content.encode()), name, known or Known())


def a_point(flow: str) -> FlowPoint:
    """A small point that the flow may hold."""
    if KINDS[flow].curves:
        return FlowPoint(POD, month=NOVEMBER, days={NOVEMBER: {"Ea": flat(NOVEMBER, 250)}})
    return FlowPoint(POD, day=LAST, treatment="F", registers={"EaF1": 4_321_000})


def text_of(flow: str, tmp_path: Path, point: FlowPoint | None = None) -> str:
    path = tmp_path / "flow.xml"
    write_flow(path, flow, PARTIES, [point or a_point(flow)])
    return path.read_text(encoding="utf-8")


def register(day: date, magnitude: str, band: str, value: int, *, kind: str = "register", flags: int = 0) -> object:
    return RegisterReading(POD, day_number(day), kind, magnitude, band, value, flags)  # type: ignore[arg-type]


# Properties


def days_of(month: date) -> list[date]:
    return [day for place in range(31) if (day := month + timedelta(days=place)).month == month.month]


#: Values as the plain form has them, and such as need care: more than seven digits of kWh.
energies = st.one_of(st.integers(0, 9_999_999), st.integers(0, 2**31 - 1), st.sampled_from([0, 1, 999, 1000]))

factors = st.integers(1, 200).map(lambda factor: 1000 * factor)


@st.composite
def points(draw: st.DrawFn, flow: str, month: date) -> FlowPoint:
    kind = KINDS[flow]
    hourly = kind.curves and (not kind.registers or draw(st.booleans()))
    days: dict[date, dict[str, np.ndarray]] = {}
    if hourly:
        for day in draw(st.lists(st.sampled_from(days_of(month)), min_size=1, max_size=3, unique=True)):
            magnitudes = draw(st.lists(st.sampled_from(MAGNITUDES), min_size=1, max_size=2, unique=True))
            few = np.array(draw(st.lists(energies, min_size=1, max_size=8)))
            days[day] = {magnitude: np.resize(few, quarter_hours(day)) for magnitude in magnitudes}
    registers = {}
    if kind.registers and (not hourly or draw(st.booleans())):
        names = [f"{m}{band}" for m in (*MAGNITUDES, "Pot") for band in ("F1", "F2", "F3", "F6")]
        registers = draw(st.dictionaries(st.sampled_from(names), st.integers(0, 10**12), min_size=1, max_size=6))
    return FlowPoint(
        draw(st.sampled_from([POD, "IT001E00000002", "IT001EABCDEFGH"])),
        month=month if hourly or draw(st.booleans()) else None,
        day=None if hourly else draw(st.sampled_from(days_of(month))),
        treatment="O" if hourly or "F" not in kind.treatments else "F",
        days=days,
        registers=registers,
        period=not hourly and draw(st.booleans()),
        estimated=draw(st.booleans()),
        validated=draw(st.booleans()),
        factors=draw(st.tuples(factors, factors, factors)),
    )


def shuffled(content: str, seed: int) -> str:
    """The same document with the attributes of every day in another order."""
    random = np.random.default_rng(seed)

    def reorder(found: re.Match[str]) -> str:
        attributes = re.findall(r'\w+="[^"]*"', found[2])
        return f"<{found[1]} " + "\n".join(attributes[place] for place in random.permutation(len(attributes))) + ">"

    return re.sub(r"<(Ea|Er|Erc|Eri) ([^>]*)>", reorder, content)


def expected(flow: str, all_points: list[FlowPoint]) -> tuple[list[object], list[object]]:
    curves: list[object] = []
    readings: list[object] = []
    for point in all_points:
        flags = DayFlag.CORRECTED if KINDS[flow].correction else DayFlag(0)
        flags |= DayFlag.ESTIMATED if point.estimated else DayFlag(0)
        flags |= DayFlag(0) if point.validated else DayFlag.NOT_VALIDATED
        for day, magnitudes in point.days.items():
            for magnitude, curve in magnitudes.items():
                curves.append((point.pod, magnitude, day_number(day), int(flags), curve.tolist()))
        for name, value in point.registers.items():
            magnitude, band = name[:-2], name[-2:]
            factor = point.factors[{"Ea": 0, "Pot": 2}.get(magnitude, 1)]
            of_day = point.day or days_of(point.month)[-1] if point.month else point.day
            assert of_day is not None
            readings.append(
                RegisterReading(
                    point.pod,
                    day_number(of_day),
                    "period" if point.period else "register",
                    magnitude,
                    band,
                    value * factor // 1000,
                    int(flags),
                )
            )
    return curves, readings


@given(st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back_in_any_order_of_attributes(tmp_path: Path, data: st.DataObject) -> None:
    flow = data.draw(st.sampled_from(sorted(KINDS)))
    month = data.draw(st.sampled_from([NOVEMBER, date(2025, 3, 1), date(2025, 10, 1), date(2024, 2, 1)]))
    written = data.draw(st.lists(points(flow, month), min_size=1, max_size=3))
    path = tmp_path / "flow.xml"
    write_flow(path, flow, PARTIES, written)
    content = path.read_text(encoding="utf-8")
    curves, readings = expected(flow, written)
    for each in (content, shuffled(content, data.draw(st.integers(0, 999))), "\ufeff" + content):
        found = read(each, flow, month=month, sent_at="20260105101500")
        assert sorted((c.pod, c.magnitude, c.day, c.flags, wh(c)) for c in found.days) == sorted(curves)  # type: ignore
        assert sorted(found.registers) == sorted(readings)  # type: ignore[type-var]
        assert found.cancelled == []


# The samples


def sample(sent_at: str) -> Found:
    (path,) = SAMPLES.glob(f"*_{sent_at}_*.xml")
    with path.open("rb") as file:
        return read_with(reader_for(path), file, path.name, Known(SUPPLIER, (DISTRIBUTOR,)))


@pytest.mark.parametrize(("sent_at", "count"), [("20250404101500", 92), ("20251106091200", 100)])
def test_the_clock_change_samples_hold_92_and_100_quarter_hours(sent_at: str, count: int) -> None:
    assert count in {curve.n for curve in sample(sent_at).days}


def test_the_sample_of_second_generation_holds_curves_and_registers() -> None:
    found = sample("20251203050000")
    assert (found.flow, len(found.days), len(found.registers)) == ("PDO2G", 60, 18)
    assert register(LAST, "Ea", "F1", 10_234_000) in found.registers
    assert register(LAST, "Pot", "F3", 6_200) in found.registers


def test_the_sample_of_registers_holds_the_counters_of_its_day() -> None:
    found = sample("20251218070000")
    assert found.days == []
    assert [reading.value for reading in found.registers] == [
        *(4_321_000, 3_877_000, 5_210_000),
        *(120_000, 98_000, 143_000),
        *(3_100, 2_700, 1_900),
    ]
    assert {(reading.pod, reading.day, reading.kind) for reading in found.registers} == {
        ("IT001E00000002", day_number(LAST), "register")
    }


def test_the_sample_corrections_replace_three_days_and_take_back_the_month() -> None:
    replacing = sample("20251219110000")
    assert {curve.flags for curve in replacing.days} == {DayFlag.CORRECTED}
    assert len({curve.day for curve in replacing.days}) == 3
    taking_back = sample("20251220110000")
    assert taking_back.days == taking_back.registers == []
    assert taking_back.cancelled == [Cancelled(POD, day_number(NOVEMBER), day_number(LAST))]


# Corrections


@pytest.mark.parametrize("flow", CORRECTIONS)
def test_a_correction_takes_back_a_day_where_it_names_one(flow: str, tmp_path: Path) -> None:
    treatment = min(KINDS[flow].treatments)
    point = FlowPoint(POD, day=LAST, treatment=treatment, taken_back=True)
    assert read(text_of(flow, tmp_path, point), flow).cancelled == [Cancelled(POD, day_number(LAST), day_number(LAST))]


def test_what_is_taken_back_can_not_be_given_as_well(tmp_path: Path) -> None:
    content = text_of("RFO", tmp_path).replace("<Motivazione>2<", "<Motivazione>3<")
    with pytest.raises(BadElement, match="Motivazione is “3 \\+ Curva”"):
        read(content, "RFO")


def test_only_a_correction_takes_back(tmp_path: Path) -> None:
    content = text_of("PDO", tmp_path).replace("<DatiPdp>", "<Motivazione>3</Motivazione><DatiPdp>")
    with pytest.raises(BadElement, match="Motivazione is “3”"):
        read(content, "PDO")


def test_a_correction_holds_several_months_of_a_point(tmp_path: Path) -> None:
    days = [date(2021, 3, 28), date(2025, 9, 30)]
    points = [FlowPoint(POD, month=day, days={day: {"Ea": flat(day, 1)}}) for day in days]
    path = tmp_path / "flow.xml"
    write_flow(path, "RFO", PARTIES, points)
    found = read(path.read_text(encoding="utf-8"), "RFO")
    assert [(curve.day, curve.n) for curve in found.days] == [(day_number(days[0]), 92), (day_number(days[1]), 96)]


@pytest.mark.parametrize(("flow", "element"), [("RFO", "MeseAnno"), ("SNM", "MeseAnno"), ("RNO2G", "DataMisura")])
def test_a_month_that_had_not_begun_when_the_file_was_sent_is_refused(flow: str, element: str, tmp_path: Path) -> None:
    content = text_of(flow, tmp_path)
    with pytest.raises(NameContradicts, match=f"{element} is “.*11/2025” inside and “≤ 10/2025”"):
        read(content, flow, month=date(2025, 10, 1), sent_at="20251031101500")


@pytest.mark.parametrize("flow", ["PDO2G", "PNO", "PNO2G"])
def test_a_monthly_flow_is_of_the_month_in_its_name(flow: str, tmp_path: Path) -> None:
    with pytest.raises(NameContradicts, match="11/2025” inside and “10/2025”"):
        read(text_of(flow, tmp_path), flow, month=date(2025, 10, 1))


# What a code may hold


@pytest.mark.parametrize("flow", sorted(set(KINDS) - set(HOURLY)))
def test_quarter_hours_in_a_flow_of_registers_are_refused(flow: str, tmp_path: Path) -> None:
    content = text_of(flow, tmp_path).replace("</Misura>", '<Ea Dst="0" E1="0,100">01</Ea></Misura>')
    with pytest.raises(BadElement, match=f"FlussoMisure/DatiPod/Misura/Ea.*{flow}: EaF1"):
        read(content, flow)


@pytest.mark.parametrize("flow", sorted(set(KINDS) - set(BY_REGISTER)))
def test_registers_in_a_flow_of_curves_alone_are_refused(flow: str, tmp_path: Path) -> None:
    content = text_of(flow, tmp_path).replace("</Curva>", "<EaF1>1,000</EaF1></Curva>")
    with pytest.raises(BadElement, match="FlussoMisure/DatiPod/Curva/EaF1"):
        read(content, flow)


@pytest.mark.parametrize(("flow", "treatment"), [("PDO2G", "F"), ("PNO", "O"), ("RNO2G", "O"), ("SNM", "X")])
def test_a_treatment_that_a_flow_does_not_have_is_refused(flow: str, treatment: str, tmp_path: Path) -> None:
    content = re.sub("<Trattamento>.<", f"<Trattamento>{treatment}<", text_of(flow, tmp_path))
    with pytest.raises(BadElement, match=f"Trattamento is “{treatment}”"):
        read(content, flow)


@pytest.mark.parametrize("name", ["EuF1", "EaF7", "EaF0", "EiM"])
def test_a_register_of_an_unknown_name_is_refused_not_lost(name: str, tmp_path: Path) -> None:
    content = text_of("PNO", tmp_path).replace("</Misura>", f"<{name}>1,000</{name}></Misura>")
    with pytest.raises(UnknownMagnitude, match=f"“{name}”"):
        read(content, "PNO")


def test_a_register_that_stands_twice_is_refused(tmp_path: Path) -> None:
    content = text_of("PNO", tmp_path).replace("</Misura>", "<EaF1>4321,000</EaF1></Misura>")
    with pytest.raises(BadElement, match="EaF1"):
        read(content, "PNO")


def test_what_decides_how_a_measure_is_read_must_stand_before_it(tmp_path: Path) -> None:
    content = text_of("PNO2G", tmp_path).replace("</DatiPod>", "<DatiPdp><Ka>2,000</Ka></DatiPdp></DatiPod>")
    with pytest.raises(BadElement, match="Ka is “2,000”"):
        read(content, "PNO2G")


def test_a_point_without_any_measure_is_refused(tmp_path: Path) -> None:
    content = re.sub("<Misura>.*</Misura>", "", text_of("PNO", tmp_path), flags=re.DOTALL)
    with pytest.raises(MissingElement, match="Curva / Misura / Consumo is missing"):
        read(content, "PNO")


def test_more_days_than_a_month_has_do_not_fill_the_memory(tmp_path: Path) -> None:
    content = text_of("PDO", tmp_path)
    one = content[content.index("      <Ea") : content.index("    </Curva>")]
    with pytest.raises(BadElement, match="> 128 Ea"):
        read(content.replace(one, one * 129), "PDO")


# Registers


def by_register(tmp_path: Path, **of_point: object) -> Found:
    return read(text_of("PNO2G", tmp_path, FlowPoint(POD, day=LAST, **of_point)), "PNO2G")  # type: ignore[arg-type]


def test_registers_of_a_month_are_read_at_the_end_of_its_last_day(tmp_path: Path) -> None:
    point = FlowPoint(POD, month=NOVEMBER, treatment="F", registers={"EaF2": 7})
    assert read(text_of("PNO", tmp_path, point), "PNO").registers == [register(LAST, "Ea", "F2", 7)]


def test_a_consumo_is_the_energy_of_a_period(tmp_path: Path) -> None:
    found = by_register(tmp_path, treatment="F", registers={"EaF1": 5}, period=True, estimated=True)
    assert found.registers == [register(LAST, "Ea", "F1", 5, kind="period", flags=DayFlag.ESTIMATED)]


@pytest.mark.parametrize(
    ("registers", "values"),
    [
        ({"EaM": 9, "ErM": 4, "PotM": 2}, {"Ea": 9, "Er": 4, "Pot": 2}),
        ({"EaF1": 9, "EaF2": 0, "EaF3": 0}, {"Ea": 9}),
        ({"EaM": 9, "EaF1": 0}, {"Ea": 9}),
    ],
)
def test_a_meter_with_one_register_has_no_bands(
    registers: dict[str, int], values: dict[str, int], tmp_path: Path
) -> None:
    found = by_register(tmp_path, treatment="M", registers=registers)
    assert {(r.magnitude, r.band): r.value for r in found.registers} == {(m, "F0"): v for m, v in values.items()}


def test_a_total_beside_its_bands_is_not_counted_twice(tmp_path: Path) -> None:
    bands = {"EaF1": 1, "EaF2": 2, "PotF1": 5, "PotF2": 7}
    found = by_register(tmp_path, treatment="F", registers={**bands, "EaM": 3, "PotM": 7})
    assert {r.magnitude + r.band: r.value for r in found.registers} == bands
    with pytest.raises(BadElement, match=r"EaM is “0,004”.*= EaF1 \+ EaF2"):
        by_register(tmp_path, treatment="F", registers={"EaF1": 1, "EaF2": 2, "EaM": 4})


def test_bands_of_a_meter_with_one_register_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadElement, match="EaF2 is “0,001”"):
        by_register(tmp_path, treatment="M", registers={"EaF1": 9, "EaF2": 1})


@pytest.mark.parametrize("text", ["0.100", "1.234,567", "NaN", "1e9", "-0,1", "", " ", "1,2,3", "٣"])
def test_a_wrong_register_is_refused_by_pod_day_and_name(text: str, tmp_path: Path) -> None:
    content = text_of("PNO", tmp_path).replace(">4321,000<", f">{text}<")
    with pytest.raises(NotEnergy, match=f"POD {POD}, Ea, day 2025-11-30, EaF1"):
        read(content, "PNO")


# Ka, Kr, Kp


def test_registers_are_multiplied_by_their_factors_always(tmp_path: Path) -> None:
    registers = {"EaF1": 1000, "ErF1": 1000, "ErcF1": 10, "EriF1": 20, "PotF1": 1000}
    found = by_register(tmp_path, treatment="F", registers=registers, factors=(40_000, 1_500, 500))
    assert {r.magnitude: r.value for r in found.registers} == {
        "Ea": 40_000,
        "Er": 1_500,
        "Erc": 15,
        "Eri": 30,
        "Pot": 500,
    }


def test_a_product_finer_than_a_watt_hour_is_refused_by_its_factor(tmp_path: Path) -> None:
    with pytest.raises(FinerThanWattHours, match=r"EaF1: “0,003 × Ka 0\.5”"):
        by_register(tmp_path, treatment="F", registers={"EaF1": 3}, factors=(500, 1000, 1000))


def test_a_product_that_no_counter_reaches_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooMuchEnergy):
        by_register(tmp_path, treatment="F", registers={"EaF1": 10**14}, factors=(10**8, 1000, 1000))


@pytest.mark.parametrize("text", ["0", "0,000", "", "1.5", "-1", "x"])
def test_a_factor_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadElement, match=f"Ka is “{re.escape(text)}”"):
        read(text_of("PNO2G", tmp_path).replace("<Ka>1,000<", f"<Ka>{text}<"), "PNO2G")


def test_a_flow_of_second_generation_must_tell_its_factors_and_others_may(tmp_path: Path) -> None:
    content = text_of("PNO2G", tmp_path).replace("<Ka>1,000</Ka>", "")
    with pytest.raises(MissingElement, match="Ka is missing"):
        read(content, "PNO2G")
    assert read(content.replace("PNO2G", "PNO"), "PNO").registers == [register(LAST, "Ea", "F1", 4_321_000)]


def curves(tmp_path: Path, known: Known, *, ka: int = 40_000) -> dict[str, set[int]]:
    point = FlowPoint(
        POD, month=NOVEMBER, days={NOVEMBER: {"Ea": flat(NOVEMBER, 3), "Eri": flat(NOVEMBER, 2)}}, factors=(ka, 7000, 1)
    )
    found = read(text_of("PDO2G", tmp_path, point), "PDO2G", known=known)
    return {curve.magnitude: set(wh(curve)) for curve in found.days}


def test_curves_are_multiplied_only_for_distributors_that_send_them_unscaled(tmp_path: Path) -> None:
    assert curves(tmp_path, Known()) == {"Ea": {3}, "Eri": {2}}
    assert curves(tmp_path, Known(unscaled_distributors=("00000000000",))) == {"Ea": {3}, "Eri": {2}}
    assert curves(tmp_path, Known(unscaled_distributors=(DISTRIBUTOR,))) == {"Ea": {120}, "Eri": {14}}


def test_a_curve_that_its_factor_makes_finer_than_a_watt_hour_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FinerThanWattHours, match=r"Ka = 0\.5"):
        curves(tmp_path, Known(unscaled_distributors=(DISTRIBUTOR,)), ka=500)


def test_an_unscaled_curve_without_its_factor_is_refused(tmp_path: Path) -> None:
    content = text_of("PDO", tmp_path).replace("<Ka>1,000</Ka>", "")
    assert len(read(content, "PDO").days) == 1
    with pytest.raises(MissingElement, match="Ka is missing"):
        read(content, "PDO", known=Known(unscaled_distributors=(DISTRIBUTOR,)))
