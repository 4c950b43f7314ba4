"""The export with a line a quarter hour."""

import io
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.clock import ROME
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.exceptions import BadCsv, FlowRefused, NotEnergy, PodContradicts, RepeatedDay
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.csv_export import CsvExportReader
from portal_lib.metering.flows.flow_writing import decimal_comma
from portal_lib.metering.flows.reader import Known
from tests.metering.files import POD, Found, read_with, wh

HEADER = (
    "POD;DATA;ORA;FL_ORA_LEGALE;ATTIVA_PRELEVATA;ATTIVA_IMMESSA;REATTIVA_CAPACITIVA_IMMESSA;"
    "REATTIVA_CAPACITIVA_PRELEVATA;REATTIVA_INDUTTIVA_IMMESSA;REATTIVA_INDUTTIVA_PRELEVATA;PICCO_PRELEVATA;"
    "CONSUMO_PICCO_IMMESSA;TIPO_DATO;"
)
NORMAL, MARCH, OCTOBER = date(2026, 5, 1), date(2026, 3, 29), date(2026, 10, 25)


def line(day: date, clock: str, flag: int, energy: str, *, pod: str = POD, kind: str = "E") -> str:
    return f"{pod};{day:%Y%m%d};{clock};{flag};{energy};;;;;0,001;5,004;;{kind};"


def lines(day: date, energies: list[int], **fields: str) -> list[str]:
    """A day's true lines, told by the instants themselves and not by the reader's own rules."""
    start = datetime.combine(day, datetime.min.time(), tzinfo=ROME).astimezone(UTC)
    found = []
    for place, energy in enumerate(energies):
        local = (start + timedelta(minutes=15 * place)).astimezone(ROME)
        offset = local.utcoffset()
        assert offset is not None
        found.append(line(day, f"{local:%H%M%S}", offset.seconds // 3600, decimal_comma(energy), **fields))
    return found


def read(*body: str, header: str = HEADER, pod: str | None = None) -> Found:
    content = "\n".join([header, *body]) + "\n"
    return read_with(CsvExportReader(), io.BytesIO(content.encode()), "export.csv", Known(pod=pod))


def counted(day: date) -> list[int]:
    return list(range(quarter_hours(day)))


@pytest.mark.parametrize("day", [NORMAL, date(2026, 1, 7), MARCH, OCTOBER])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_every_quarter_hour_stands_at_its_instant_whatever_the_order_of_lines(day: date, order: int) -> None:
    body = lines(day, counted(day))
    np.random.default_rng(order).shuffle(body)
    (curve,) = read(*body).days
    assert (curve.pod, curve.magnitude, curve.day, curve.n) == (POD, "Ea", day_number(day), quarter_hours(day))
    assert wh(curve) == counted(day)
    assert curve.flags == DayFlag.CUSTOMER_EXPORT


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_of_the_calendar_is_read_back(day: date) -> None:
    assert wh(read(*lines(day, counted(day))).days[0]) == counted(day)


def every_line_with_both_flags(day: date) -> list[str]:
    """How some exports fill the days on which the clock changes: 96 lines a flag, zeros where no such hour was."""
    true = {tuple(each.split(";")[1:4]): each for each in lines(day, [7] * quarter_hours(day))}
    clocks = [f"{hour:02d}{minute:02d}00" for hour in range(24) for minute in (0, 15, 30, 45)]
    keys = [(f"{day:%Y%m%d}", clock, flag) for flag in "12" for clock in clocks]
    return [true.get(key) or line(day, key[1], int(key[2]), "0,000") for key in keys]


@pytest.mark.parametrize("day", [MARCH, OCTOBER])
def test_lines_that_never_were_are_taken_where_they_hold_nothing(day: date) -> None:
    (curve,) = read(*every_line_with_both_flags(day)).days
    assert wh(curve) == [7] * quarter_hours(day)
    body = every_line_with_both_flags(day)
    place = next(place for place, each in enumerate(body) if ";0,000;" in each)
    body[place] = body[place].replace(";0,000;", ";0,004;")
    with pytest.raises(BadCsv, match=f"line {place + 2}: on {day} there is no"):
        read(*body)


def test_a_file_holds_several_points_and_days() -> None:
    other = "IT012E00000002"
    body = lines(NORMAL, counted(NORMAL)) + lines(NORMAL, [5] * 96, pod=other, kind="S") + lines(MARCH, counted(MARCH))
    found = read(*body)
    assert [(curve.pod, curve.day) for curve in found.days] == [
        (POD, day_number(NORMAL)),
        (other, day_number(NORMAL)),
        (POD, day_number(MARCH)),
    ]
    assert [bool(curve.flags & DayFlag.ESTIMATED) for curve in found.days] == [False, True, False]
    assert found.told_pod is None
    with pytest.raises(PodContradicts):
        read(*body, pod=POD)


def test_columns_are_found_by_their_names() -> None:
    titles = HEADER.rstrip(";").split(";")
    body = [dict(zip(titles, each.split(";"), strict=False)) for each in lines(NORMAL, counted(NORMAL))]
    backwards = titles[::-1]
    turned = [";".join(each[title] for title in backwards) for each in body]
    assert wh(read(*turned, header=";".join(backwards)).days[0]) == counted(NORMAL)


@pytest.mark.parametrize("column", ["ATTIVA_PRELEVATA", "TIPO_DATO"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(BadCsv, match=f"must have one column {column}"):
        read(*lines(NORMAL, counted(NORMAL)), header=HEADER.replace(column, f"CONSUMO_{column}"))


def test_a_day_that_is_not_whole_is_refused_by_day_and_number() -> None:
    with pytest.raises(BadCsv, match=f"of {NORMAL}, POD {POD}, 2 quarter hours of 96 are missing"):
        read(*lines(NORMAL, counted(NORMAL))[2:])


def test_a_quarter_hour_that_stands_twice_is_taken_once_where_equal_and_refused_where_not() -> None:
    body = lines(NORMAL, counted(NORMAL))
    assert len(read(*body, body[5]).days) == 1
    with pytest.raises(RepeatedDay):
        read(*body, body[5].replace(";0,005;", ";0,006;"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (";0,005;", ";;", NotEnergy),
        (";0,005;", ";0.005;", NotEnergy),
        (";0,005;", ";-0,1;", NotEnergy),
        (";20260501;", ";01/05/2026;", BadCsv),
        (";20260501;", ";20261301;", BadCsv),
        (";011500;", ";0115;", BadCsv),
        (";011500;", ";011600;", BadCsv),
        (";011500;2;", ";011500;3;", BadCsv),
        (";011500;2;", ";011500;1;", BadCsv),
        (";E;", ";X;", BadCsv),
        (POD, "IT001", BadCsv),
        (";;;;;", ";", BadCsv),
    ],
)
def test_a_wrong_cell_is_refused(old: str, new: str, sentence: type[FlowRefused]) -> None:
    body = lines(NORMAL, counted(NORMAL))
    assert old in body[5]
    body[5] = body[5].replace(old, new)
    with pytest.raises(sentence):
        read(*body)
