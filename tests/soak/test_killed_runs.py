"""kill -9 of runners and of what they start, at random moments: nothing half, nothing twice, nothing forgotten.

A few kills in ``make test``, fifty on each database in ``make soak``.
"""

import random
from pathlib import Path

import pytest

from portal_lib.settings import Settings
from tests.reporting.conftest import World, settings, world
from tests.reporting.killing import check_between, check_the_end, kill_a_run, prepare
from tests.soak.length import KILLED_SUPPLIERS, KILLS_OF_EACH

__all__ = ["settings", "world"]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(KILLED_SUPPLIERS))
def test_killed_runs_leave_nothing_half_nothing_twice_and_nothing_forgotten(
    world: World,
    settings: Settings,
    tmp_path: Path,
    number: int,
) -> None:
    settings = prepare(world, settings, tmp_path)
    dice = random.Random(number)  # noqa: S311 - dice
    for _ in range(KILLS_OF_EACH):
        kill_a_run(settings, dice, 6.0)
        check_between(world, settings)
    check_the_end(world, settings)
