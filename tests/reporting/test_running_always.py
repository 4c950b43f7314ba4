"""The runner that never ends: as a process, with a disk that fails and comes back, until it is asked to end."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.deposit.signing import make_key
from portal_lib.reporting import running_always
from portal_lib.reporting.tables import report_notice, report_run
from portal_lib.settings import Settings
from tests.reporting.conftest import World
from tests.reporting.owing import HONEST, at, deposited, more_readings, tender, with_tender

LATER = at(datetime(2024, 12, 15, 10, tzinfo=UTC))


def rounds(world: World, settings: Settings) -> list[str]:
    """One round; gives back what it said."""
    said: list[str] = []
    stop = threading.Event()
    running_always.one_round(world.engine, settings, said.append, stop, clock=LATER)
    assert not stop.is_set()  # a round that is done asks nobody to end
    return said


def test_a_round_makes_what_is_owed_signs_it_and_warns_of_what_is_late(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    more_readings(world, date(2024, 8, 1), date(2024, 8, 31))  # and none of July
    settings = with_tender(settings, tender(tmp_path, {"R1": (HONEST,)}))
    make_key(settings.deposit_key_file)
    left = settings.var / "runs" / ".working-dead"
    left.mkdir(parents=True)
    os.utime(left, (time.time() - 120, time.time() - 120))
    said = rounds(world, settings)
    assert [line for line in said if "deposited, version 1, late" in line and "10002002" in line] == said[1:3]
    assert "there are no readings" in said[0]
    assert [line for line in said if "manifest 1 signed" in line] == said[3:]
    assert not left.exists()
    with db.reading(world.engine) as connection:
        kinds = connection.execute(sa.select(report_notice.c.kind, report_notice.c.period)).all()
    assert sorted(tuple(kind) for kind in kinds) == [
        ("deposited", "2024-08"), ("deposited", "2024-09"), ("due", "2024-07"), ("due", "2024-08"), ("due", "2024-09"),
        ("failed", "2024-07"),
    ]  # fmt: skip
    assert rounds(world, settings) == []


def test_a_deposit_that_cannot_be_written_fails_with_its_reason_and_is_made_once_it_can(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    tenders = tender(tmp_path, {"R1": (HONEST,)})
    (tenders / "prova.toml").write_text((tenders / "prova.toml").read_text().replace("2024-07-01", "2024-09-01"))
    settings = with_tender(settings, tenders)
    settings.deposit_folder.write_text("no folder")  # whoever is root may write anywhere else
    (said,) = rounds(world, settings)
    assert "nothing was deposited" in said and "Check disk" in said
    assert deposited(world.engine) == []
    settings.deposit_folder.unlink()
    with world.engine.begin() as connection:
        connection.execute(report_run.update().values(next_try=None))
    (said,) = rounds(world, settings)
    assert "deposited, version 1" in said


@pytest.mark.timeout(120)
def test_the_runner_works_as_a_process_and_ends_when_asked(world: World, settings: Settings, tmp_path: Path) -> None:
    tenders = tender(tmp_path, {"R1": (HONEST,), "R2": ("import time\ntime.sleep(100)",)})
    (tenders / "prova.toml").write_text((tenders / "prova.toml").read_text().replace("2024-07-01", "2024-09-01"))
    assert settings.data_url is not None and settings.data_read_url is not None
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL")}
    process = subprocess.Popen(
        [sys.executable, "-c", "from portal_lib.cli.main import main; main()", "reports", "runner"],
        env=clean
        | {
            "PORTAL_CONFIG": "/dev/null",
            "PORTAL_VAR": str(settings.var),
            "PORTAL_DATA_URL": settings.data_url.get_secret_value(),
            "PORTAL_DATA_READ_URL": settings.data_read_url.get_secret_value(),
            "PORTAL_TENDERS_FOLDER": str(tenders),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        assert "R1 2024-09 10002002: deposited, version 1, late" in process.stderr.readline()
        time.sleep(2)  # it is at the other one now
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
    assert len(deposited(world.engine)) == 1
    with db.reading(world.engine) as connection:
        states = connection.scalars(sa.select(report_run.c.state)).all()
    assert set(states) == {"done"}  # what was begun was put back
