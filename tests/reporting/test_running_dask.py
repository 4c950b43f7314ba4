"""The same run on a Dask cluster of two worker processes; one is killed half-way."""

import os
import signal
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from portal_lib.reporting import running_dask, running_due
from portal_lib.reporting.running_due import Outcome
from portal_lib.settings import Settings
from tests.reporting.conftest import SHOP, World
from tests.reporting.owing import HONEST, at, deposited, more_readings, tender, with_tender

LATER = at(datetime(2024, 12, 15, 10, tzinfo=UTC))

#: Long enough that a kill meets some work.
SLOWLY = "import time\ntime.sleep(0.7)"


def test_a_cluster_makes_everything_once_though_one_of_its_workers_is_killed(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    more_readings(world, date(2024, 7, 1), date(2024, 8, 31))
    settings = with_tender(settings, tender(tmp_path, dict.fromkeys(("RA", "RB", "RC"), (SLOWLY, HONEST))))
    found = running_due.waiting(world.engine, running_due.catalogue_of(settings), LATER)
    assert len(found) == 9
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    )
    try:
        victim = next(iter(cluster.workers.values())).pid
        outcomes: list[Outcome] = []
        killed = threading.Event()

        def kill_one() -> None:
            while not outcomes:
                time.sleep(0.05)
            os.kill(victim, signal.SIGKILL)
            killed.set()

        killer = threading.Thread(target=kill_one, daemon=True)
        killer.start()
        for outcome in running_dask.run(settings, found, address=cluster.scheduler_address, clock=LATER):
            outcomes.append(outcome)
        killer.join()
    finally:
        cluster.close()
    assert killed.is_set()
    # What the killed one was at may have been handed on before anybody could know that it is dead: the next run has it.
    rest = running_due.waiting(world.engine, running_due.catalogue_of(settings), LATER, retry=True)
    outcomes += running_due.run(settings, rest, clock=LATER, retry=True)
    assert deposited(world.engine) == [
        (report, first, SHOP, 1)
        for report in ("RA", "RB", "RC")
        for first in ("2024-07-01", "2024-08-01", "2024-09-01")
    ]
    assert not [outcome.reason_en for outcome in outcomes if outcome.fate == "failed"]
