"""Owed reports made for real, in processes and kernels of their own: what goes wrong with one holds up no other."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from portal_lib import db
from portal_lib.deposit import catalogue
from portal_lib.reporting import running_due
from portal_lib.reporting.owed import standings
from portal_lib.reporting.running_due import Outcome
from portal_lib.settings import Settings
from tests.reporting.conftest import SHOP, World
from tests.reporting.owing import HONEST, at, deposited, more_readings, tender, with_tender

LATER = at(datetime(2024, 12, 15, 10, tzinfo=UTC))


def run(settings: Settings, world: World, *, jobs: int = 1, retry: bool = False) -> list[Outcome]:
    found = running_due.waiting(world.engine, running_due.catalogue_of(settings), LATER, retry=retry)
    return list(running_due.run(settings, found, jobs=jobs, clock=LATER, retry=retry))


def test_three_months_without_a_runner_all_arrive_each_for_its_own_period_and_marked_late(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    more_readings(world, date(2024, 7, 1), date(2024, 8, 31))
    settings = with_tender(settings, tender(tmp_path, {"R1": (HONEST,)}))
    outcomes = run(settings, world)
    assert [(outcome.fate, outcome.on_time, outcome.reason_en) for outcome in outcomes] == [
        ("deposited", False, "")
    ] * 3
    with db.reading(world.engine) as connection:
        made = sorted(catalogue.every_deposit(connection), key=lambda one: one.period_first)
        standing = standings(connection, running_due.catalogue_of(settings), LATER)
    assert [(one.period_first, one.period_last, one.due_on, one.on_time, one.tender) for one in made] == [
        (date(2024, 7, 1), date(2024, 7, 31), date(2024, 8, 30), False, "prova"),
        (date(2024, 8, 1), date(2024, 8, 31), date(2024, 9, 30), False, "prova"),
        (date(2024, 9, 1), date(2024, 9, 30), date(2024, 10, 30), False, "prova"),
    ]
    assert [(one.state, one.days_late, one.penalty) for one in standing] == [
        ("done", 107, 10_700), ("done", 76, 7_600), ("done", 46, 4_600)
    ]  # fmt: skip
    assert run(settings, world) == []
    assert not list((settings.var / "runs").glob(".working-*"))


BAD = {
    "GOOD": (HONEST,),
    "RAISES": ("raise ValueError('out of ink')",),
    "NEVER": ("while True: pass",),
    "EATS": ("eaten = []\nwhile True: eaten.append(bytearray(b'x' * 10_000_000))",),
    "NOTHING": ("pass",),
    "TYPO": (HONEST,),
    "DIES": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",),
    "ZLAST": (HONEST,),
}


def test_each_bad_notebook_ends_in_time_with_its_reason_and_holds_up_no_other(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    tenders = tender(
        tmp_path, BAD, head="ends = 2024-09-30".replace("ends", "# ends"),
        entries={"TYPO": '[reports.TYPO.parameters]\nperoid = "2024-08"'},
    )  # fmt: skip
    text = (tenders / "prova.toml").read_text().replace("2024-07-01", "2024-09-01")
    (tenders / "prova.toml").write_text(text)
    settings = with_tender(settings, tenders, report_timeout_minutes=0.4, report_memory_mb=900)
    outcomes = {outcome.piece.report.id: outcome for outcome in run(settings, world, jobs=2)}
    assert {name: outcome.fate for name, outcome in outcomes.items()} == {
        name: "deposited" if name in ("GOOD", "ZLAST") else "failed" for name in BAD
    }
    reasons = {name: outcome.reason_en for name, outcome in outcomes.items()}
    assert "ValueError: out of ink" in reasons["RAISES"]
    assert "was not done within 0.4 minute(s)" in reasons["NEVER"]
    assert "memory" in reasons["EATS"].lower()
    assert "did not write it" in reasons["NOTHING"]
    assert "no parameter «peroid»" in reasons["TYPO"]
    assert "stopped" in reasons["DIES"] or "ended" in reasons["DIES"]
    assert {report for report, *_ in deposited(world.engine)} == {"GOOD", "ZLAST"}
    with db.reading(world.engine) as connection:
        standing = standings(connection, running_due.catalogue_of(settings), LATER)
    kept = {one.piece.report.id: one for one in standing}
    assert kept["RAISES"].state == "failed" and kept["RAISES"].failures == 1
    assert "out of ink" in (kept["RAISES"].reason_it or "")
    assert run(settings, world) == []  # they wait for their next try


def test_a_failed_report_is_tried_again_on_demand_and_deposited_once_its_cause_is_gone(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    tenders = tender(tmp_path, {"R1": ("raise ValueError('not yet')",)}, head="")
    (tenders / "prova.toml").write_text((tenders / "prova.toml").read_text().replace("2024-07-01", "2024-09-01"))
    settings = with_tender(settings, tenders)
    assert [outcome.fate for outcome in run(settings, world)] == ["failed"]
    assert [outcome.fate for outcome in run(settings, world, retry=True)] == ["failed"]
    from tests.reporting.owing import notebook

    notebook(tenders.parent / "r1.ipynb", HONEST)
    assert [outcome.fate for outcome in run(settings, world, retry=True)] == ["deposited"]
    with db.reading(world.engine) as connection:
        (one,) = standings(connection, running_due.catalogue_of(settings), LATER)
    assert (one.state, one.failures, one.reason_en) == ("done", 0, None)


def test_two_runs_at_once_deposit_everything_once(world: World, settings: Settings, tmp_path: Path) -> None:
    more_readings(world, date(2024, 7, 1), date(2024, 8, 31))
    settings = with_tender(settings, tender(tmp_path, {"R1": (HONEST,), "R2": (HONEST,)}))
    found = running_due.waiting(world.engine, running_due.catalogue_of(settings), LATER)
    assert len(found) == 6
    results: list[list[Outcome]] = [[], []]

    def one_run(number: int) -> None:
        order = found if number else found[::-1]
        results[number] = list(running_due.run(settings, order, clock=LATER))

    threads = [threading.Thread(target=one_run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fates = sorted(outcome.fate for outcomes in results for outcome in outcomes)
    assert fates == ["deposited"] * 6 + ["taken"] * 6, [o.reason_en for r in results for o in r]
    assert len(deposited(world.engine)) == 6
    assert all(version == 1 and code == SHOP for _, _, code, version in deposited(world.engine))


def test_a_stopped_run_puts_back_what_it_had_begun(world: World, settings: Settings, tmp_path: Path) -> None:
    tenders = tender(tmp_path, {"R1": ("import time\ntime.sleep(60)", HONEST)})
    (tenders / "prova.toml").write_text((tenders / "prova.toml").read_text().replace("2024-07-01", "2024-09-01"))
    settings = with_tender(settings, tenders)
    found = running_due.waiting(world.engine, running_due.catalogue_of(settings), LATER)
    stop = threading.Event()
    threading.Timer(2, stop.set).start()
    assert [outcome.fate for outcome in running_due.run(settings, found, clock=LATER, stop=stop)] == ["taken"]
    with db.reading(world.engine) as connection:
        (one,) = standings(connection, running_due.catalogue_of(settings), LATER)
    assert (one.state, one.failures, one.next_try) == ("owed", 0, None)


@pytest.mark.parametrize("incomplete", ["provisional", "wait"])
def test_a_report_with_readings_missing_is_provisional_or_waits_until_they_are_there(
    world: World, settings: Settings, tmp_path: Path, incomplete: str
) -> None:
    more_readings(world, date(2024, 8, 1), date(2024, 8, 30))
    tenders = tender(tmp_path, {"R1": (HONEST,)}, head=f'incomplete = "{incomplete}"')
    text = (tenders / "prova.toml").read_text().replace("2024-07-01", "2024-08-01").replace("2024-09-30", "2024-08-31")
    (tenders / "prova.toml").write_text(text)
    settings = with_tender(settings, tenders)
    (outcome,) = run(settings, world)
    assert outcome.fate == ("deposited" if incomplete == "provisional" else "failed")
    assert outcome.provisional is (incomplete == "provisional")
    with db.reading(world.engine) as connection:
        (one,) = standings(connection, running_due.catalogue_of(settings), LATER)
    assert one.state == ("provisional" if incomplete == "provisional" else "failed")
    assert one.open and one.late
    (outcome,) = run(settings, world, retry=True)
    assert outcome.fate == ("unchanged" if incomplete == "provisional" else "failed")
    more_readings(world, date(2024, 8, 31), date(2024, 8, 31))
    (outcome,) = run(settings, world, retry=True)
    assert (outcome.fate, outcome.provisional) == ("deposited", False)
    assert deposited(world.engine)[-1][3] == (2 if incomplete == "provisional" else 1)
    assert run(settings, world, retry=True) == []
