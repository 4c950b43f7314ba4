"""Programs run side by side, start again when they die, and all end together, grandchildren included."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

SUPERVISE = textwrap.dedent(
    """
    import asyncio, os, sys
    from pathlib import Path
    from portal_lib.serving.supervisor import Program, Supervisor
    folder = Path(sys.argv[1])
    programs = [Program(p.stem, ["sh", str(p)], {"PATH": os.environ["PATH"]}, folder / f"{p.stem}.log")
                for p in sorted(folder.glob("*.sh"))]
    async def started():
        print("started", flush=True)
    asyncio.run(Supervisor(programs, lambda s: print(s, flush=True)).run(started))
    print("all down", flush=True)
    """
)


@pytest.fixture
def supervise(tmp_path):
    running = []

    def start(**scripts):
        for name, script in scripts.items():
            (tmp_path / f"{name}.sh").write_text(script.replace("HERE", str(tmp_path)))
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(tmp_path)], stdout=subprocess.PIPE, text=True, bufsize=1
        )
        running.append(process)
        assert process.stdout.readline() == "started\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def pids(path, count=1):
    for _ in range(200):
        found = [int(line) for line in path.read_text().split()] if path.exists() else []
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{path} did not get {count} lines")


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_end_reaches_every_program_and_its_children(supervise, tmp_path, ending):
    process = supervise(
        one="echo $$ >> HERE/pids; exec sleep 1000",
        two="echo $$ >> HERE/pids; sleep 1000 & echo $! >> HERE/pids; wait",
    )
    everyone = pids(tmp_path / "pids", 3)
    process.send_signal(ending)
    assert process.wait(timeout=20) == 0
    assert process.stdout.read().endswith("all down\n")
    assert not [pid for pid in everyone if alive(pid)]


def test_a_program_that_ignores_the_polite_end_is_killed(supervise, tmp_path):
    process = supervise(deaf="trap '' TERM; echo $$ >> HERE/pids; while :; do sleep 1; done")
    (deaf,) = pids(tmp_path / "pids")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert not alive(deaf)


def test_an_orphan_that_moved_to_a_session_of_its_own_ends_too(supervise, tmp_path):
    process = supervise(parent="(setsid sh -c 'echo $$ >> HERE/pids; exec sleep 1000' &) ; exec sleep 1000")
    (orphan,) = pids(tmp_path / "pids")
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    assert not alive(orphan)


def test_an_orphan_that_ends_by_itself_leaves_nothing_behind(supervise, tmp_path):
    supervise(parent="(setsid sh -c 'echo $$ >> HERE/pids; exec sleep 1' &) ; exec sleep 1000")
    (orphan,) = pids(tmp_path / "pids")
    for _ in range(200):
        if not psutil.pid_exists(orphan):
            break
        time.sleep(0.1)
    assert not psutil.pid_exists(orphan)


def test_a_program_that_dies_starts_again_and_the_operator_is_told(supervise, tmp_path):
    process = supervise(mortal="echo $$ >> HERE/pids; exec sleep 1000")
    (first,) = pids(tmp_path / "pids")
    os.kill(first, signal.SIGKILL)
    second = pids(tmp_path / "pids", 2)[1]
    assert second != first
    sentence = process.stdout.readline()
    assert "mortal ended with signal SIGKILL; starting it again" in sentence
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    assert not alive(second)


def test_programs_end_when_the_supervisor_is_killed_outright(supervise, tmp_path):
    process = supervise(one="echo $$ >> HERE/pids; exec sleep 1000")
    (one,) = pids(tmp_path / "pids")
    process.kill()
    process.wait()
    for _ in range(100):
        if not alive(one):
            return
        time.sleep(0.05)
    raise AssertionError("the program outlived its supervisor")
