"""Days out of line with a point's own past."""

import numpy as np
import pandas as pd
import pytest

from portal_lib.clock import ROME
from portal_lib.metering.outliers import outliers


def days_of(pod, kwh, missing=()):
    index = pd.date_range("2024-12-02", periods=len(kwh), freq="D", tz=ROME)
    return pd.DataFrame(
        {"pod": pod, "kwh": kwh, "missing": [96 if place in missing else 0 for place in range(len(kwh))]}, index=index
    )


@pytest.fixture
def usual():
    """Twenty weeks of working days at about 100 and free days at about 20."""
    random = np.random.default_rng(3)
    return np.array([20.0 if day % 7 > 4 else 100.0 for day in range(140)]) + random.normal(0, 2, 140)


def test_a_strange_day_is_found_and_its_neighbours_are_not(usual):
    usual[100] = 160.0
    found = outliers(days_of("A", usual))
    assert found["day"].tolist() == [pd.Timestamp("2024-12-02").date() + pd.Timedelta(days=100)]
    assert found["expected"][0] == pytest.approx(100, abs=4) and found["score"][0] > 5
    usual[100] = 30.0
    assert outliers(days_of("A", usual))["score"][0] < -5


def test_a_weekend_is_held_against_weekends(usual):
    usual[103] = 100.0 if 103 % 7 > 4 else 20.0
    assert len(outliers(days_of("A", usual))) == 1


def test_days_that_lack_something_are_neither_judged_nor_held_against(usual):
    usual[[100, 93]] = 0.0
    assert outliers(days_of("A", usual, missing=(100, 93))).empty


def test_too_short_a_past_judges_nothing():
    assert outliers(days_of("A", np.array([100.0] * 20 + [500.0]))).empty


def test_the_strangest_of_all_points_comes_first(usual):
    more = usual.copy()
    usual[100], more[110] = 140.0, 400.0
    found = outliers(pd.concat([days_of("A", usual), days_of("B", more)]))
    assert found["pod"].tolist() == ["B", "A"] and found.columns.tolist() == ["pod", "day", "kwh", "expected", "score"]


def test_no_points_no_outliers():
    assert outliers(days_of("A", np.array([]))).empty
