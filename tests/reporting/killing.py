"""A runner in a process of its own, killed at random moments: what is owed is deposited once in the end, and whole."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import psutil

from portal_lib import db
from portal_lib.deposit import catalogue
from portal_lib.deposit.signing import make_key, open_key
from portal_lib.deposit.verifying import verify
from portal_lib.reporting import running_due
from portal_lib.settings import Settings
from tests.reporting.conftest import SHOP, World
from tests.reporting.owing import HONEST, at, deposited, more_readings, tender, with_tender

LATER = at(datetime(2024, 12, 15, 10, tzinfo=UTC))
CHECKOUT = Path(__file__).parents[2]

#: A run in a process of its own, with a clock that stands.
_PROGRAM = """
import json, sys
from datetime import UTC, datetime
from functools import partial
from pydantic import SecretStr
from portal_lib import db
from portal_lib.reporting import running_due
from portal_lib.settings import Settings
told = json.loads(sys.argv[1])
settings = Settings(**told)
clock = partial(datetime.fromtimestamp, 1734256800.0, UTC)
engine = db.open_engine(settings.data_database)
found = running_due.waiting(engine, running_due.catalogue_of(settings), clock, retry=True)
for outcome in running_due.run(settings, found, jobs=2, clock=clock, retry=True):
    print(outcome.piece, outcome.fate, outcome.reason_en, flush=True)
running_due.sign_manifests(engine, settings, clock)
"""


def prepare(world: World, settings: Settings, folder: Path) -> Settings:
    """Nine documents owed, and a key."""
    more_readings(world, date(2024, 7, 1), date(2024, 8, 31))
    settings = with_tender(settings, tender(folder, dict.fromkeys(("RA", "RB", "RC"), (HONEST,))))
    make_key(settings.deposit_key_file)
    return settings


def kill_a_run(settings: Settings, dice: random.Random, longest: float) -> str:
    """Begin a run and kill it, or one of its children, after a while; gives back which."""
    assert settings.data_url is not None and settings.data_read_url is not None
    told = {
        "var": str(settings.var),
        "data_url": settings.data_url.get_secret_value(),
        "data_read_url": settings.data_read_url.get_secret_value(),
        "tenders_folder": str(settings.tenders_folder),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, json.dumps(told)], cwd=CHECKOUT, stdout=subprocess.DEVNULL
    )
    time.sleep(dice.uniform(0.2, longest))
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    if children and dice.random() < 0.4:
        victim = dice.choice(children)
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        time.sleep(dice.uniform(0, 0.5))
        what = "a child"
    else:
        what = "the runner"
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    psutil.wait_procs(children, timeout=20)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    return what


def check_between(world: World, settings: Settings) -> None:
    """Nothing visible is half or twice, whatever was killed."""
    made = deposited(world.engine)
    assert len(made) == len(set(made)) and all(version == 1 for *_, version in made)
    found = verify(world.engine, settings.deposit_folder, open_key(settings.deposit_key_file).public_pem)
    assert found.sound, found.findings
    with db.reading(world.engine) as connection:
        files = catalogue.every_file(connection)
    assert len(files) == len(made)


def check_the_end(world: World, settings: Settings) -> None:
    """One more run finishes the rest."""
    found = running_due.waiting(world.engine, running_due.catalogue_of(settings), LATER, retry=True)
    outcomes = list(running_due.run(settings, found, jobs=2, clock=LATER, retry=True))
    assert {outcome.fate for outcome in outcomes} <= {"deposited"}, [outcome.reason_en for outcome in outcomes]
    check_between(world, settings)
    assert deposited(world.engine) == [
        (report, first, SHOP, 1)
        for report in ("RA", "RB", "RC")
        for first in ("2024-07-01", "2024-08-01", "2024-09-01")
    ]
    running_due.sign_manifests(world.engine, settings, LATER)
    check_between(world, settings)
