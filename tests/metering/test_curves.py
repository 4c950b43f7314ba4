"""Reading the store back, against sums made by hand and against energy that may neither vanish nor double."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.clock import ROME
from portal_lib.metering import curves
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.curves import MISSING
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day

MARCH, OCTOBER, WEEKDAY = date(2025, 3, 30), date(2025, 10, 26), date(2025, 1, 8)
POINT = 7


def put(
    connection: Connection, day: date, wh: Sequence[int], *, point: int = POINT, magnitude: str = "Ea", flags: int = 0
) -> None:
    connection.execute(
        curve_day.insert().values(
            point_id=point,
            magnitude=magnitude,
            day=day_number(day),
            n=len(wh),
            flags=flags,
            file_id=1,
            curve=np.array(wh, dtype="<i4").tobytes(),
        )
    )


def stored(engine: Engine, days: dict[date, Sequence[int]], **more: object) -> pd.DataFrame:
    """A frame of these days, through the store."""
    with engine.begin() as connection:
        connection.execute(curve_day.delete())
        for day, wh in days.items():
            put(connection, day, wh, **more)  # type: ignore[arg-type]
    with db.reading(engine) as connection:
        return curves.read(connection, POINT, date(1990, 1, 1), date(2100, 12, 31))


energies = st.one_of(st.just(MISSING), st.integers(0, 5000), st.integers(0, 2**31 - 1))


@st.composite
def stored_days(draw: st.DrawFn) -> dict[date, list[int]]:
    """Some days, hourly or by the quarter, the clock changes among them, with gaps."""
    chosen = draw(
        st.lists(
            st.sampled_from([MARCH, OCTOBER, WEEKDAY, date(2025, 10, 25), date(2025, 4, 21), date(2025, 1, 11)]),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    days = {}
    for day in chosen:
        count = quarter_hours(day) // draw(st.sampled_from([1, 4]))
        base = draw(st.integers(0, 2**20))
        curve = [base + place for place in range(count)]
        for place, energy in draw(st.dictionaries(st.integers(0, count - 1), energies, max_size=6)).items():
            curve[place] = energy
        days[day] = curve
    return days


def total(wh: Sequence[int]) -> int:
    return sum(energy for energy in wh if energy != MISSING)


@given(stored_days())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_energy_is_never_lost_and_never_counted_twice(engine: Engine, days: dict[date, list[int]]) -> None:
    frame = stored(engine, days)
    expected = sum(total(wh) for wh in days.values())

    assert frame.index.is_monotonic_increasing and frame.index.is_unique
    assert int(frame["minutes"].sum()) == sum(quarter_hours(day) * 15 for day in days)
    totals = curves.band_totals(frame)
    assert totals["total"] == expected / 1000
    assert round(totals["F1"] * 1000) + round(totals["F2"] * 1000) + round(totals["F3"] * 1000) == expected

    by_day = curves.aggregate(frame, "day")
    assert [instant.date() for instant in by_day.index] == sorted(days)
    assert by_day["kwh"].tolist() == [total(days[day]) / 1000 for day in sorted(days)]
    assert by_day["missing"].tolist() == [days[day].count(MISSING) for day in sorted(days)]
    for band in ("F1", "F2", "F3"):
        assert round(by_day[band].sum() * 1000) == round(totals[band] * 1000)

    by_hour = curves.aggregate(frame, "hour")
    assert len(by_hour) == sum(quarter_hours(day) // 4 for day in days)
    assert (by_hour["minutes"] == 60).all()
    expected_hours: list[float | None] = []
    for day in sorted(days):
        size = len(days[day]) * 4 // quarter_hours(day)
        parts = [days[day][start : start + size] for start in range(0, len(days[day]), size)]
        expected_hours += [None if MISSING in part else sum(part) / 1000 for part in parts]
    found = [None if np.isnan(kwh) else kwh for kwh in by_hour["kwh"]]
    assert found == expected_hours


def test_a_frame_has_instants_in_rome_energy_band_minutes_and_flags(engine: Engine) -> None:
    frame = stored(engine, {WEEKDAY: [1000, *[0] * 94, 2500]}, flags=DayFlag.ESTIMATED)
    assert frame.index.name == "instant"
    assert str(frame.index.tz) == "Europe/Rome"  # type: ignore[attr-defined]
    assert frame.index[0] == pd.Timestamp(2025, 1, 8, tz=ROME)
    assert frame.index[-1] == pd.Timestamp(2025, 1, 8, 23, 45, tz=ROME)
    assert list(frame.columns) == ["kwh", "band", "minutes", "flags"]
    assert frame["kwh"].tolist() == [1.0, *[0.0] * 94, 2.5]
    assert frame["kwh"].dtype == np.float64
    assert list(frame["band"].cat.categories) == ["F1", "F2", "F3"]
    assert frame["band"].iloc[[0, 28, 32, 76, 92]].tolist() == ["F3", "F2", "F1", "F2", "F3"]
    assert set(frame["minutes"]) == {15}
    assert set(frame["flags"]) == {DayFlag.ESTIMATED}


def test_the_day_of_25_hours_has_both_its_two_oclocks(engine: Engine) -> None:
    frame = stored(engine, {OCTOBER: range(100)})
    twice = frame[(frame.index.hour == 2) & (frame.index.minute == 0)]  # type: ignore[attr-defined]
    assert [instant.utcoffset() for instant in twice.index] == [timedelta(hours=2), timedelta(hours=1)]
    assert twice["kwh"].tolist() == [0.008, 0.012]
    hours = curves.aggregate(frame, "hour")
    assert len(hours) == 25
    assert hours["kwh"].iloc[2:4].tolist() == [0.038, 0.054]


def test_the_day_of_23_hours_has_no_two_oclock(engine: Engine) -> None:
    frame = stored(engine, {MARCH: range(92)})
    assert 2 not in set(frame.index.hour)  # type: ignore[attr-defined]
    assert frame.loc[pd.Timestamp(2025, 3, 30, 3, tz=ROME), "kwh"] == 0.008


def test_days_not_stored_or_cancelled_are_not_there(engine: Engine) -> None:
    frame = stored(engine, {WEEKDAY: [1] * 96, date(2025, 1, 9): [], date(2025, 1, 10): [1] * 24})
    assert sorted({instant.day for instant in frame.index}) == [8, 10]
    assert frame["minutes"].value_counts().to_dict() == {15: 96, 60: 24}


def test_only_the_point_magnitude_and_days_asked_for_are_read(engine: Engine) -> None:
    with engine.begin() as connection:
        for offset in range(4):
            put(connection, WEEKDAY + timedelta(days=offset), [offset] * 96)
        put(connection, WEEKDAY, [50] * 96, magnitude="Er")
        put(connection, WEEKDAY, [70] * 96, point=POINT + 1)
    with db.reading(engine) as connection:
        some = curves.read(connection, POINT, date(2025, 1, 9), date(2025, 1, 10))
        reactive = curves.read(connection, POINT, date(2025, 1, 1), date(2025, 1, 31), "Er")
    assert sorted(set(some["kwh"])) == [0.001, 0.002]
    assert set(reactive["kwh"]) == {0.05}


def test_span_and_day_count_leave_out_cancelled_days(engine: Engine) -> None:
    with engine.begin() as connection:
        for offset, wh in enumerate(([], [1] * 96, [1] * 96, [], [1] * 24, [])):
            put(connection, WEEKDAY + timedelta(days=offset), wh)
    with db.reading(engine) as connection:
        assert curves.span(connection, POINT) == (date(2025, 1, 9), date(2025, 1, 12))
        assert curves.day_count(connection, POINT, date(2025, 1, 8), date(2025, 1, 13)) == 3
        assert curves.day_count(connection, POINT, date(2025, 1, 10), date(2025, 1, 11)) == 1
        assert curves.span(connection, POINT, "Er") is None
        assert curves.span(connection, 99) is None
        assert curves.day_count(connection, 99, date(2025, 1, 1), date(2025, 1, 31)) == 0


def test_nothing_stored_is_an_empty_frame_of_the_same_form(engine: Engine) -> None:
    full = stored(engine, {WEEKDAY: [1] * 96})
    empty = stored(engine, {})
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert empty.index.dtype == full.index.dtype and empty.index.name == "instant"
    for granularity in ("hour", "day"):
        found, like = curves.aggregate(empty, granularity), curves.aggregate(full, granularity)  # type: ignore[arg-type]
        assert len(found) == 0
        assert found.dtypes.to_dict() == like.dtypes.to_dict()
    assert curves.band_totals(empty).to_dict() == {"F1": 0, "F2": 0, "F3": 0, "total": 0}


def test_quarter_hours_are_given_back_as_they_are(engine: Engine) -> None:
    frame = stored(engine, {WEEKDAY: [1] * 24})
    assert curves.aggregate(frame, "quarter_hour") is frame


def test_an_hour_of_which_a_quarter_is_missing_is_missing(engine: Engine) -> None:
    frame = stored(engine, {WEEKDAY: [1, MISSING, *[1] * 94]})
    hours = curves.aggregate(frame, "hour")
    assert np.isnan(hours["kwh"].iloc[0]) and hours["kwh"].iloc[1] == 0.004
    cut = curves.aggregate(frame.iloc[6:12], "hour")
    assert np.isnan(cut["kwh"].iloc[0]) and cut["kwh"].iloc[1] == 0.004
    assert cut.index[0] == pd.Timestamp(2025, 1, 8, 1, tz=ROME)


def test_flags_of_the_parts_are_those_of_the_whole(engine: Engine) -> None:
    frame = stored(engine, {WEEKDAY: [1] * 96})
    frame.loc[frame.index[:2], "flags"] = [int(DayFlag.ESTIMATED), int(DayFlag.NOT_VALIDATED)]
    both = int(DayFlag.ESTIMATED | DayFlag.NOT_VALIDATED)
    assert curves.aggregate(frame, "hour")["flags"].tolist() == [both, *[0] * 23]
    assert curves.aggregate(frame, "day")["flags"].tolist() == [both]


@pytest.mark.parametrize(("wh", "kwh"), [(100, 9.6), (1001, 96.096)])
def test_sums_of_decimals_are_exact(engine: Engine, wh: int, kwh: float) -> None:
    # Neither 0.1 nor 1.001 kWh is a binary fraction; added up 96 times as floats, both miss their sum.
    frame = stored(engine, {WEEKDAY: [wh] * 96})
    assert sum(frame["kwh"].tolist()) != kwh
    assert curves.band_totals(frame)["total"] == kwh
    assert curves.aggregate(frame, "day")["kwh"].tolist() == [kwh]


def test_the_4th_of_october_moves_to_f3_only_where_asked(engine: Engine) -> None:
    day = date(2027, 10, 4)
    stored(engine, {day: [1000] * 96})
    with db.reading(engine) as connection:
        usual = curves.band_totals(curves.read(connection, POINT, day, day))
        free = curves.band_totals(curves.read(connection, POINT, day, day, october_4_from=date(2027, 1, 1)))
    assert usual["F1"] == 44 and free["F1"] == 0
    assert usual["total"] == free["total"] == free["F3"] == 96


def test_a_wrong_call_is_told_so(engine: Engine) -> None:
    frame = stored(engine, {WEEKDAY: [1] * 96})
    with pytest.raises(ValueError, match="strictly increasing"):
        curves.aggregate(pd.concat([frame, frame]), "day")
    with pytest.raises(ValueError, match="granularity"):
        curves.aggregate(frame, "fortnight")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time zone"):
        curves.aggregate(frame.tz_localize(None), "day")
    with db.reading(engine) as connection, pytest.raises(ValueError, match="magnitudes are"):
        curves.read(connection, POINT, WEEKDAY, WEEKDAY, "kWh")


def test_what_is_written_into_one_frame_is_not_in_the_next(engine: Engine) -> None:
    """Frames of the same days share what is the same in them, until somebody writes."""
    days = {MARCH: [1] * 92, MARCH + timedelta(days=1): [2] * 96}
    first = stored(engine, days)
    wanted = first.copy(deep=True)
    first.loc[first.index[3], ["kwh", "minutes", "flags"]] = [9.0, 60, 7]
    first.iloc[5, 1] = "F1"
    first["minutes"] += 1
    first.index.name = "when"
    first.columns = [name.upper() for name in first.columns]
    first.insert(0, "more", 1)
    with db.reading(engine) as connection:
        second = curves.read(connection, POINT, MARCH, MARCH + timedelta(days=1))
    pd.testing.assert_frame_equal(second, wanted, check_freq=False)
