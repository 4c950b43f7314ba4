"""The sample corrections: they supersede, cancel and can be traced, in whatever order they come."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from portal_lib.metering.flags import DayFlag
from portal_lib.metering.loading import load_file
from tests.metering.files import noon
from tests.metering.test_tracing import resolve, trail

SAMPLES = Path(__file__).parent / "samples"
SENT = ("20251203050000", "20251219110000", "20251220110000")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_sample_corrections_replace_three_days_then_take_back_the_month(
    engine: Engine, tmp_path: Path, order: tuple[int, ...]
) -> None:
    files = [next(SAMPLES.glob(f"*_{sent}_*.xml")) for sent in SENT]
    for place in order:
        copy = tmp_path / files[place].name
        shutil.copyfile(files[place], copy)
        load_file(engine, copy, resolve=resolve, clock=noon)
    active = [value for value in trail(engine) if value.magnitude == "Ea" and value.kind != "register"]
    assert [(value.kind, value.in_force, value.sent_at) for value in active] == [
        ("cancelled", True, SENT[2]),
        ("curve", False, SENT[1]),
        ("curve", False, SENT[0]),
    ]
    assert active[1].flags & DayFlag.CORRECTED
    assert active[1].total != active[2].total
