"""Peaks, load factor and base load."""

from datetime import date, timedelta

import numpy as np
import pytest

from portal_lib.metering import demand
from portal_lib.metering.curves import MISSING
from tests.metering.test_aggregates import frame_of

WEDNESDAY = date(2025, 1, 8)


def test_a_peak_has_its_power_its_instant_and_its_band() -> None:
    wh = [100] * 96
    wh[40], wh[30], wh[0] = 500, 400, 300  # 10:00 in F1, 07:30 in F2, 00:00 in F3
    found = demand.peaks(frame_of({WEDNESDAY: wh}))
    assert {name: (peak.kw, peak.at.strftime("%H:%M"), peak.band) for name, peak in found.items()} == {
        "F1": (2.0, "10:00", "F1"),
        "F2": (1.6, "07:30", "F2"),
        "F3": (1.2, "00:00", "F3"),
        "total": (2.0, "10:00", "F1"),
    }


def test_an_hour_is_not_four_times_a_quarter() -> None:
    found = demand.peaks(frame_of({WEDNESDAY: [1000] * 24, WEDNESDAY + timedelta(days=1): [300] * 96}))
    assert (found["total"].kw, found["total"].at.day) == (1.2, 9)


def test_what_is_missing_is_no_peak_and_no_zero() -> None:
    assert demand.peaks(frame_of({WEDNESDAY: [MISSING] * 96})) == {}
    half = frame_of({WEDNESDAY: [100] * 48 + [MISSING] * 48})
    assert demand.load_factor(half) == 1.0
    assert demand.base_load(half) is None


def test_the_load_factor_is_mean_over_peak() -> None:
    assert demand.load_factor(frame_of({WEDNESDAY: [0] * 48 + [100] * 48})) == 0.5
    assert demand.load_factor(frame_of({WEDNESDAY: [0] * 96})) is None
    assert demand.load_factor(frame_of({})) is None


def test_the_base_load_leaves_out_the_rarest_lows_and_days_with_gaps() -> None:
    days = {WEDNESDAY + timedelta(days=n): [250] * 96 for n in range(5)}
    days[WEDNESDAY][:4] = [0, 0, 0, 0]  # one hour of 120
    holed = np.zeros(96, dtype=np.int64)
    holed[50] = MISSING
    days[WEDNESDAY + timedelta(days=6)] = holed.tolist()
    assert demand.base_load(frame_of(days)) == pytest.approx(1.0)
    assert demand.base_load(frame_of({})) is None
