"""kill -9 at random moments, a handful of times; ``make soak`` does it fifty times."""

import random
from pathlib import Path

import pytest

from portal_lib.settings import Settings
from tests.reporting.conftest import World
from tests.reporting.killing import check_between, check_the_end, kill_a_run, prepare

KILLS = 4


@pytest.mark.timeout(600)
def test_a_killed_run_leaves_nothing_half_nothing_twice_and_nothing_forgotten(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    settings = prepare(world, settings, tmp_path)
    dice = random.Random(20241215)  # noqa: S311 - dice
    for _ in range(KILLS):
        kill_a_run(settings, dice, 6.0)
        check_between(world, settings)
    check_the_end(world, settings)
