import bqplot
import numpy as np
import pytest

from portal_lib.dashboards.figures import bars, value_axis

SCALES = {"x": bqplot.LinearScale(), "y": value_axis(10.0, "kWh")[0]}


def test_a_single_bar_gets_empty_neighbours_behind_it_and_so_a_width():
    mark = bars([24300.0], [[600.0], [300.0]], scales=SCALES)
    assert mark.x.tolist() == [24300.0, 24299.0, 24301.0]
    assert mark.y.tolist() == [[600.0, 0.0, 0.0], [300.0, 0.0, 0.0]]
    assert bars([1.0], [5.0], scales=SCALES).y.tolist() == [5.0, 0.0, 0.0]


def test_several_bars_are_as_they_are():
    mark = bars(np.arange(3.0), np.ones((2, 3)), scales=SCALES)
    assert (mark.x.tolist(), mark.y.shape) == ([0.0, 1.0, 2.0], (2, 3))


@pytest.mark.parametrize("height", [0.0, 0.327, 1.0, 9.99, 10.01, 4321.0])
def test_the_room_below_zero_is_the_same_share_whatever_is_drawn_above(height):
    scale, _ = value_axis(height, "kWh", below=0.2)
    assert -scale.min / (scale.max - scale.min) == pytest.approx(0.2)
    assert value_axis(height, "kWh")[0].min == 0
