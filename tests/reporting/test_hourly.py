from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_lib.clock import ROME
from portal_lib.metering.flags import DayFlag
from portal_lib.reporting import hourly
from portal_lib.reporting.periods import Period
from portal_lib.reporting.sheets import Report, Sheet
from tests.reporting import reference
from tests.reporting.conftest import CELLAR, GYM, HALL, LAMPS, SHOP, TOWN, World
from tests.reporting.test_consumption import FIRST, LAST, SEPTEMBER, customer


def report(world: World, code: str, period: Period = SEPTEMBER) -> Report:
    return hourly.report(world.door(code), customer(world, code), period, title="Curve orarie", tender="Prova")


def sheet(report: Report, name: str) -> Sheet:
    return next(sheet for sheet in report.sheets if sheet.name == name)


def test_each_point_with_readings_has_its_sheet_and_the_first_counts_them_all(world: World) -> None:
    made = report(world, TOWN)
    assert [one.name for one in made.sheets] == ["Riepilogo", HALL, LAMPS, GYM]
    counted = [(row[0], row[7], row[8], row[9]) for row in made.sheets[0].rows]
    assert counted == [(HALL, 30, 30, 0), (LAMPS, 22, 25, 1), (LAMPS, 5, 5, 0), (GYM, 15, 15, 1), (CELLAR, 0, 21, 0)]
    assert made.sheets[0].rows[4][6] is None


@pytest.mark.parametrize("pod", [HALL, LAMPS, GYM])
def test_the_intervals_are_those_that_were_metered_and_only_of_days_held(world: World, pod: str) -> None:
    first = date(2024, 9, 16) if pod == GYM else FIRST
    expected = reference.metered(reference.between(world.measured[pod, "Ea"], first, LAST))
    rows = sheet(report(world, TOWN), pod).rows
    assert [(row[0], row[3], row[4]) for row in rows] == [
        (start.date(), wh, reference.band(start)) for start, _, wh in expected
    ]
    assert [(row[1], row[6], row[7]) for row in rows] == [
        (f"{start:%H:%M}", start, length // timedelta(minutes=1)) for start, length, _ in expected
    ]


def test_the_table_is_all_sheets_one_below_the_other(world: World) -> None:
    made = report(world, TOWN)
    assert made.table.rows == [(one.name, *row) for one in made.sheets[1:] for row in one.rows]


def test_the_holder_before_gets_the_intervals_before(world: World) -> None:
    rows = sheet(report(world, SHOP), GYM).rows
    assert (rows[0][0], rows[-1][0], len(rows)) == (FIRST, date(2024, 9, 15), 15 * 96)


def test_an_interval_without_a_value_is_told_and_counts_nowhere(world: World) -> None:
    made = report(world, TOWN)
    gym = reference.between(world.measured[GYM, "Ea"], date(2024, 9, 16), LAST)
    summary = next(row for row in made.sheets[0].rows if row[0] == GYM)
    assert summary[6] == sum(reference.by_band(gym).values())
    missing = [row for row in sheet(made, GYM).rows if row[3] is None]
    assert [(row[0], row[1], row[5]) for row in missing] == [(date(2024, 9, 20), "10:15", "mancante")]


def test_the_day_of_25_hours_tells_its_two_oclocks_apart(world: World) -> None:
    rows = sheet(report(world, TOWN, Period(2024, 10)), HALL).rows
    assert [(row[1], row[2]) for row in rows][6:17:2] == [
        ("01:30", "01:45"),
        ("02:00 (ora legale)", "02:15 (ora legale)"),
        ("02:30 (ora legale)", "02:45 (ora legale)"),
        ("02:00 (ora solare)", "02:15 (ora solare)"),
        ("02:30 (ora solare)", "02:45 (ora solare)"),
        ("03:00", "03:15"),
    ]
    assert rows[7][2] == "02:00 (ora legale)"
    assert rows[11][2] == "02:00 (ora solare)"
    assert len(rows) == 100
    day = {date(2024, 10, 27): world.measured[HALL, "Ea"][date(2024, 10, 27)]}
    assert [row[3] for row in rows] == [wh for _, _, wh in reference.metered(day)]


def test_the_day_of_23_hours_has_no_two_oclock(world: World) -> None:
    rows = sheet(report(world, TOWN, Period(2025, 3)), HALL).rows
    assert [(row[1], row[2]) for row in rows][7:9] == [("01:45", "03:00"), ("03:00", "03:15")]
    assert (len(rows), rows[-1][1], rows[-1][2]) == (92, "23:45", "24:00")


@pytest.mark.parametrize("minutes", [15, 60])
@settings(deadline=None)
@given(st.datetimes(datetime(1996, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_no_two_intervals_of_a_day_have_the_same_label_and_each_ends_where_the_next_begins(
    minutes: int, instant: datetime
) -> None:
    day = instant.astimezone(ROME).date()
    begin = datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=ROME).astimezone(UTC)
    starts = pd.date_range(begin, end, freq=f"{minutes}min", inclusive="left").tz_convert(ROME)
    labels, ends = hourly.labels(starts, minutes, "it")
    assert len(set(labels)) == len(labels) == (end - begin) // timedelta(minutes=minutes)
    assert ends == [*labels[1:], "24:00"]
    assert [int(label[:2]) for label in labels] == list(starts.hour)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (0, "misurato"),
        (DayFlag.ESTIMATED, "stimato"),
        (DayFlag.NOT_VALIDATED, "misurato, non validato"),
        (DayFlag.ESTIMATED | DayFlag.CORRECTED, "stimato, rettificato"),
        (DayFlag.CUSTOMER_EXPORT, "misurato, da esportazione del cliente"),
    ],
)
def test_quality_is_said_in_words(flags: int, words: str) -> None:
    assert hourly.quality(flags) == words


def test_an_english_report_says_the_same_in_english(world: World) -> None:
    made = hourly.report(
        world.door(TOWN), customer(world, TOWN), Period(2024, 10), title="Curves", tender="Prova", language="en"
    )
    (hall,) = [one for one in made.sheets if one.name == HALL]
    assert hall.rows[8][1:3] == ("02:00 (summer time)", "02:15 (summer time)")
    assert {row[5] for row in hall.rows} == {"measured"}
    assert [column.heading("en") for column in hall.columns][:6] == ["Day", "From", "To", "kWh", "Band", "Quality"]


def test_the_printed_form_has_a_chapter_for_each_curve_with_its_days(world: World) -> None:
    made = report(world, TOWN)
    assert [section.heading for section in made.sections][1:] == [HALL, LAMPS, GYM]
    table, figure = made.sections[3].table, made.sections[3].figure
    assert table is not None and figure is not None
    days = reference.between(world.measured[GYM, "Ea"], date(2024, 9, 16), LAST)
    assert [row[0] for row in table.rows] == sorted(days)
    assert table.total(4) == sum(reference.by_band(days).values())
    assert figure.alt.startswith("Barre impilate per fascia") and "16: " in figure.alt


def test_estimated_hours_say_so(world: World) -> None:
    rows = sheet(report(world, TOWN), LAMPS).rows
    assert {row[5] for row in rows if row[0] <= date(2024, 9, 20)} == {"misurato", "mancante"}
    assert {row[5] for row in rows if row[0] > date(2024, 9, 20)} == {"stimato"}
