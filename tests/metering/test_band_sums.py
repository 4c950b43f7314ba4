"""Band totals of many days at once, against the band of every single interval."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.metering import band_sums
from portal_lib.metering.bands import BANDS, band_codes
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.curves import MISSING
from portal_lib.metering.tables import curve_day

BEGIN = date(2025, 3, 20)


def reference(day: date, wh: list[int], october_4_from: date | None = None) -> list[int]:
    codes = band_codes(day_number(day), len(wh), october_4_from=october_4_from).tolist()
    return [sum(v for v, code in zip(wh, codes, strict=True) if code == band and v != MISSING) for band in range(3)]


@st.composite
def rows_of_days(draw: st.DrawFn) -> list[tuple[date, list[int]]]:
    """Days in any order, in runs or mixed, hourly too, small and as large as a number can be."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    highest = draw(st.sampled_from([5000, 2**31 - 1]))
    hourly = draw(st.sampled_from([0.0, 0.5, 1.0]))
    gaps = draw(st.sampled_from([0.0, 0.2]))
    found = []
    for _ in range(draw(st.integers(0, 60))):
        day = BEGIN + timedelta(days=int(random.choice([10, 220, 32, 3, 4, 5, 6, int(random.integers(0, 400))])))
        count = quarter_hours(day) // (4 if random.random() < hourly else 1)
        wh = random.integers(0, highest, count)
        wh[random.random(count) < gaps] = MISSING
        found.append((day, wh.tolist()))
    return found


@given(rows_of_days(), st.sampled_from([None, date(2025, 1, 1)]))
def test_every_day_has_in_each_band_what_its_intervals_have(
    rows: list[tuple[date, list[int]]], october_4_from: date | None
) -> None:
    found = band_sums.by_day(
        np.array([day_number(day) for day, _ in rows], dtype=np.int64),
        np.array([len(wh) for _, wh in rows], dtype=np.int64),
        np.array([value for _, wh in rows for value in wh], dtype="<i4"),
        october_4_from=october_4_from,
    )
    assert found.wh.tolist() == [reference(day, wh, october_4_from) for day, wh in rows]
    assert found.missing.tolist() == [wh.count(MISSING) for _, wh in rows]


def test_the_fleets_months_are_the_sums_of_its_days(engine: Engine) -> None:
    random = np.random.default_rng(4)
    expected: dict[tuple[int, date], list[int]] = {}
    rows = []
    for point in (3, 4, 900):
        for offset in range(1500):
            day = BEGIN + timedelta(days=offset)
            wh = random.integers(0, 4000, quarter_hours(day) // (4 if point == 4 and offset % 3 else 1))
            wh[:2] = MISSING if offset % 7 == 0 else wh[:2]
            sums = expected.setdefault((point, day.replace(day=1)), [0, 0, 0, 0, 0])
            counted = [*reference(day, wh.tolist()), 1, wh.tolist().count(MISSING)]
            sums[:] = [one + other for one, other in zip(sums, counted, strict=True)]
            curve = {"n": len(wh), "curve": wh.astype("<i4").tobytes()}
            rows.append(
                {"point_id": point, "magnitude": "Ea", "day": day_number(day), "flags": 0, "file_id": 1, **curve}
            )
    cancelled = {"point_id": 5, "magnitude": "Ea", "n": 0, "flags": 0, "file_id": 1, "curve": b""}
    with engine.begin() as connection:
        connection.execute(curve_day.insert(), rows)
        connection.execute(
            curve_day.insert(),
            [cancelled | {"day": day_number(BEGIN) + offset} for offset in range(2 * band_sums.FETCHED)],
        )
    with db.reading(engine) as connection:
        found = band_sums.monthly(connection, BEGIN, BEGIN + timedelta(days=1499))
        nothing = band_sums.monthly(connection, date(2001, 1, 1), date(2001, 1, 2))
    assert list(found.columns) == [*BANDS, "days", "missing"]
    assert {
        (point, month.date()): row.tolist() for (point, month), row in zip(found.index, found.to_numpy(), strict=True)
    } == expected
    assert len(nothing) == 0 and list(nothing.columns) == [*BANDS, "days", "missing"]


def test_a_day_that_can_not_have_so_many_intervals_is_refused() -> None:
    with pytest.raises(ValueError, match="a day is split"):
        band_sums.by_day(np.array([day_number(date(2025, 3, 30))]), np.array([96]), np.zeros(96, dtype="<i4"))
