import io
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.exceptions import (
    BadCsv,
    ExtraHour,
    FinerThanWattHours,
    FlowRefused,
    HourThatIsNot,
    HourThatIsTwice,
    NotEnergy,
    PodContradicts,
    PodNeeded,
    RepeatedDay,
)
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.csv_export import CsvExportReader
from portal_lib.metering.flows.pdo_writing import decimal_comma
from portal_lib.metering.flows.reader import Known
from tests.metering.files import EXPORT, POD, Found, day_of, read_with, wh

CLOCK = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 15, 30, 45)]
LABELS = [f"{a}-{b}" for a, b in zip(CLOCK, [*CLOCK[1:], "00:00"], strict=True)]
BLOCK = [*LABELS[:12], *LABELS[8:12], *LABELS[12:]]
ALTERNATING = [*LABELS[:8], *(label for label in LABELS[8:12] for _ in (1, 2)), *LABELS[12:]]

NORMAL, MARCH, OCTOBER = date(2025, 1, 8), date(2025, 3, 30), date(2025, 10, 26)


def read(content: str | bytes, pod: str | None = POD) -> Found:
    raw = content.encode() if isinstance(content, str) else content
    return read_with(CsvExportReader(), io.BytesIO(raw), "export.csv", Known(pod=pod))


def row(day: date | str, cells: list[str]) -> str:
    shown = day if isinstance(day, str) else f"{day:%d/%m/%Y}"
    return ";".join(f'"{cell}"' for cell in [shown, *cells]) + ";"


def export(*rows: str, labels: list[str] = LABELS, head: str = "") -> str:
    return head + "\n".join([";".join(["Giorno", *labels]), *rows]) + "\n"


def ones(count: int = 96) -> list[str]:
    return ["0,001"] * count


def test_the_real_export_holds_its_month_to_the_watt_hour() -> None:
    with EXPORT.open("rb") as file:
        flow = read_with(CsvExportReader(), file, EXPORT.name, Known(pod=POD))
    assert (flow.flow, flow.sent_at, flow.told_pod) == ("CSV", "", POD)
    assert sum(sum(wh(curve)) for curve in flow.days) == 269_281
    assert [curve.day for curve in flow.days] == list(
        range(day_number(date(2024, 9, 1)), day_number(date(2024, 10, 1)))
    )
    assert {(c.pod, c.magnitude, c.n, c.flags) for c in flow.days} == {(POD, "Ea", 96, DayFlag.CUSTOMER_EXPORT)}
    assert wh(day_of(flow, date(2024, 9, 1)))[:4] == [139, 258, 207, 101]


@given(
    st.lists(st.dates(date(1990, 1, 1), date(2100, 12, 31)), min_size=1, max_size=3, unique=True),
    st.integers(0, 2**32 - 1),
    st.sampled_from([BLOCK, ALTERNATING]),
)
@settings(max_examples=40)
def test_any_days_in_100_columns_are_read_to_the_watt_hour(days: list[date], seed: int, labels: list[str]) -> None:
    days = [*days, MARCH, OCTOBER]
    random = np.random.default_rng(seed)
    curves = {day: random.integers(0, 9000, quarter_hours(day)).tolist() for day in days}
    rows = []
    for day, curve in curves.items():
        left = dict.fromkeys(LABELS, 0)
        start = {92: lambda i: LABELS[i if i < 8 else i + 4], 96: lambda i: LABELS[i]}.get(len(curve))
        values: dict[tuple[str, int], int] = {}
        for place, energy in enumerate(curve):
            label = start(place) if start else LABELS[place if place < 12 else place - 4]
            values[label, left[label]] = energy
            left[label] += 1
        seen = dict.fromkeys(LABELS, 0)
        cells = []
        for label in labels:
            found = values.get((label, seen[label]))
            cells.append("" if found is None else decimal_comma(found))
            seen[label] += 1
        rows.append(row(day, cells))

    flow = read(export(*rows, labels=labels))

    assert {curve.day: wh(curve) for curve in flow.days} == {day_number(day): c for day, c in curves.items()}


def test_a_leading_line_may_name_the_point() -> None:
    flow = read(export(row(NORMAL, ones()), head="POD;it001e000000077\n"), pod=None)
    assert (flow.days[0].pod, flow.told_pod) == ("IT001E00000007", None)
    assert read(export(row(NORMAL, ones()), head='"POD";"IT001E00000001";\n')).days[0].pod == POD


def test_without_a_point_the_operator_is_asked_for_it() -> None:
    with pytest.raises(PodNeeded, match="--pod"):
        read(export(row(NORMAL, ones())), pod=None)


def test_another_point_than_the_operators_is_refused() -> None:
    with pytest.raises(PodContradicts, match="IT001E00000002, the command IT001E00000001"):
        read(export(row(NORMAL, ones()), head="POD;IT001E00000002\n"))


def test_a_leading_line_with_no_pod_is_refused() -> None:
    with pytest.raises(BadCsv, match="line 1: “” is not a POD") as refused:
        read(export(row(NORMAL, ones()), head="POD;\n"))
    assert ".." not in refused.value.say("en") + refused.value.say("it")


def test_a_mark_blank_lines_bare_cells_and_windows_line_ends_change_nothing() -> None:
    plain = read(export(row(NORMAL, ones()))).days
    content = export(row(NORMAL, ones()).replace('"', "").rstrip(";"), "").replace("\n", "\r\n")
    assert read(b"\xef\xbb\xbf" + content.encode()).days == plain


@pytest.mark.parametrize("empty", ["", "0", "0,000"])
def test_the_march_day_has_92_quarter_hours_and_nothing_in_the_hour_that_is_not(empty: str) -> None:
    cells = ones()
    cells[8:12] = [empty] * 4
    cells[12] = "0,7"
    (curve,) = read(export(row(MARCH, cells))).days
    assert wh(curve) == [1] * 8 + [700] + [1] * 83


def test_energy_in_the_hour_that_is_not_is_refused_by_line_and_day() -> None:
    with pytest.raises(HourThatIsNot, match="line 3, day 2025-03-30"):
        read(export(row(NORMAL, ones()), row(MARCH, ones())))


def test_the_october_day_in_96_columns_is_refused_by_line_and_day() -> None:
    with pytest.raises(HourThatIsTwice, match="line 2, day 2025-10-26"):
        read(export(row(OCTOBER, ones())))


def test_a_second_hour_on_a_day_that_has_one_is_refused() -> None:
    with pytest.raises(ExtraHour, match="day 2025-01-08"):
        read(export(row(NORMAL, ones(100)), labels=BLOCK))


@pytest.mark.parametrize("text", ["", "0.1", "-0,1", "NaN", "1e3", "n.d."])
def test_a_wrong_value_is_refused_by_day_and_column(text: str) -> None:
    cells = ones()
    cells[40] = text
    with pytest.raises(NotEnergy, match="day 2025-01-08, 10:00-10:15"):
        read(export(row(NORMAL, cells)))


def test_a_wrong_value_in_the_repeated_hour_is_refused_by_its_column() -> None:
    cells = ones(100)
    cells[13] = "0,0001"
    with pytest.raises(FinerThanWattHours, match="day 2025-10-26, 02:15-02:30"):
        read(export(row(OCTOBER, cells), labels=BLOCK))


def test_the_same_day_twice_is_taken_where_equal_and_refused_where_not() -> None:
    assert len(read(export(row(NORMAL, ones()), row(NORMAL, ones()))).days) == 1
    with pytest.raises(RepeatedDay, match="2025-01-08"):
        read(export(row(NORMAL, ones()), row(NORMAL, ["0,002", *ones(95)])))


@pytest.mark.parametrize("day", ["8/1/2025", "2025-01-08", "31/02/2025", "08/01/1900", "", "08/01/25", "٠٨/٠١/٢٠٢٥"])
def test_a_text_that_is_no_day_is_refused_by_line(day: str) -> None:
    with pytest.raises(BadCsv, match=r"line 2: .* is not a day"):
        read(export(row(day, ones())))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the header must be"),
        ("\n\n", "the header must be"),
        ("Data;Ora;kWh\n", "the header must be"),
        (export(labels=LABELS[:95]), "the header must be"),
        (export(labels=[*LABELS[:95], "23:00-24:00"]), "unexpected columns"),
        (export(labels=[*LABELS[:95], LABELS[0]]), "unexpected columns"),
        (export(labels=[*LABELS, *LABELS[:4]]), "unexpected columns"),
        (export(), "there is no day"),
        (export(row(NORMAL, ones(94))), "96 columns instead of 97"),
        (export(row(NORMAL, ones(98))), "columns instead of 97"),
        (export('"08/01/2025";"0,1'), "not a CSV"),
        (export(row(NORMAL, ones())).encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_export_is_refused(content: str | bytes, reason: str) -> None:
    with pytest.raises(BadCsv, match=reason):
        read(content)


@pytest.mark.parametrize(
    ("more", "reason"), [(b"x", "line is longer than 256 KiB"), (b"\n", "larger than 32 MiB"), (b'"', "not a CSV")]
)
def test_an_endless_file_is_refused_without_being_held(more: bytes, reason: str) -> None:
    class Endless(io.RawIOBase):
        given, head = 0, b'"\n' if more == b'"' else b""

        def read(self, size: int = -1) -> bytes:
            piece = self.head or (b'""\n' if more == b'"' else more) * (size // 3)
            self.head = b""
            self.given += len(piece)
            assert self.given < 64 * 1024 * 1024, "nobody stopped reading"
            return piece

    with pytest.raises(BadCsv, match=reason):
        read_with(CsvExportReader(), Endless(), "export.csv", Known(pod=POD))  # type: ignore[arg-type]


def test_a_header_of_no_known_form_is_told_which_there_are() -> None:
    with pytest.raises(BadCsv, match=r"line 1: the header must be Giorno;.* or POD;DATA;ORA;FL_ORA_LEGALE"):
        read("Data;Ora;Consumo\n01/01/2025;00:00;1,0\n")


@given(st.text(alphabet='Giorno;0123456789,:-/"\n\r PODIT\x00', max_size=200))
def test_no_text_at_all_ends_in_anything_but_days_or_a_refusal(text: str) -> None:
    with pytest.raises(FlowRefused):
        read(text)
