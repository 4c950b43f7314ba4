"""Points grouped by the shape of their load."""

import numpy as np
import pandas as pd
import pytest

from portal_lib.clock import ROME
from portal_lib.metering.load_shapes import HOURS, groups, shapes


def hours_of(pod, shape, size, weeks=3):
    index = pd.date_range("2025-01-06", periods=24 * 7 * weeks, freq="h", tz=ROME)
    kwh = [size * shape(stamp.hour, stamp.day_of_week < 5) for stamp in index]
    return pd.DataFrame({"pod": pod, "kwh": kwh}, index=index)


def office(hour, working):
    return 5.0 if working and 8 <= hour < 18 else 1.0


def lamps(hour, _working):
    return 4.0 if hour < 6 or hour >= 18 else 0.0


def kitchen(_hour, _working):
    return 1.0


@pytest.fixture
def fleet():
    made = [
        ("A", office, 1),
        ("B", office, 300),
        ("C", office, 7),
        ("D", lamps, 2),
        ("E", lamps, 50),
        ("F", kitchen, 9),
    ]
    return pd.concat([hours_of(*each) for each in made])


def test_a_shape_has_no_size(fleet):
    found = shapes(fleet)
    assert found.columns.tolist() == HOURS and found.loc["A"].to_numpy() == pytest.approx(found.loc["B"].to_numpy())
    assert found.mean(axis=1).to_numpy() == pytest.approx(np.ones(6))
    assert found.loc["A", "w09"] == 5 * found.loc["A", "f09"]


def test_points_of_one_shape_are_one_group_and_the_largest_comes_first(fleet):
    found = groups(shapes(fleet), count=3)
    assert found[["A", "B", "C"]].tolist() == [1, 1, 1] and found[["D", "E"]].tolist() == [2, 2] and found["F"] == 3


def test_there_are_no_more_groups_than_different_shapes(fleet):
    assert groups(shapes(fleet), count=6).nunique() == 3
    assert groups(shapes(fleet), count=1).tolist() == [1] * 6


def test_points_without_energy_or_without_some_hour_have_no_shape(fleet):
    silent = hours_of("Z", lambda *_: 0.0, 1)
    partly = hours_of("Y", office, 1).between_time("00:00", "20:00")
    assert shapes(pd.concat([fleet, silent, partly])).index.tolist() == list("ABCDEF")


def test_no_points_no_groups():
    empty = shapes(hours_of("A", lambda *_: 0.0, 1))
    assert empty.empty and groups(empty).empty
