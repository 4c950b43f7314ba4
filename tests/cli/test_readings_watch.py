"""``portal readings watch``: what arrives in a folder is loaded and filed away, by a process that can be stopped."""

import json
import os
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from portal_lib.clock import rome_day
from tests.cli.portal_process import OwnPortal
from tests.databases import NewDatabase
from tests.metering.files import EXPORT, MARCH, OCTOBER, pdo_file

MONTH = f"{rome_day(datetime.now(UTC)):%Y-%m}"


@pytest.fixture
def portal(tmp_path: Path) -> OwnPortal:
    return OwnPortal(tmp_path / "var")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def arrived(folder: Path, *files: Path, content: bytes | None = None) -> list[Path]:
    """Files that have lain there for a minute."""
    found = []
    for file in files:
        path = folder / file.name
        path.write_bytes(file.read_bytes() if content is None else content)
        os.utime(path, (time.time() - 60,) * 2)
        found.append(path)
    return found


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def ends(process: subprocess.Popen[str]) -> str:
    """What a process that is told to end still says."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out + err


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_lies_there_is_loaded_and_filed_away_once(portal: OwnPortal, inbox: Path) -> None:
    arrived(inbox, MARCH, OCTOBER)
    (inbox / "note.txt").write_text("for people")
    done = portal.run("readings", "watch", inbox, "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        f"loaded {MARCH.name}",
        f"loaded {OCTOBER.name}",
    ]
    assert files(inbox) == [f"done/{MONTH}/{MARCH.name}", f"done/{MONTH}/{OCTOBER.name}", "note.txt"]
    assert portal.count("curve_day") == 62 + 62
    again = portal.run("readings", "watch", inbox, "--once")
    assert (again.returncode, again.stdout) == (0, "")


def test_a_file_is_never_filed_over_another_of_its_name(portal: OwnPortal, inbox: Path) -> None:
    days = {date(2025, 3, 1): 5}
    for wh in (5, 6, 6):
        shutil.rmtree(inbox / "new", ignore_errors=True)
        (inbox / "new").mkdir()
        path = pdo_file(inbox / "new", dict.fromkeys(days, wh))
        os.utime(path, (time.time() - 60,) * 2)
        assert portal.run("readings", "watch", inbox, "--once").returncode == 0
    # The third was the second once more.
    assert files(inbox) == sorted([f"done/{MONTH}/{path.name}", f"done/{MONTH}/2/{path.name}"])
    assert portal.count("source_file") == 2


def test_refused_files_are_put_aside_and_the_others_loaded(portal: OwnPortal, inbox: Path) -> None:
    arrived(inbox, MARCH, content=MARCH.read_bytes().replace(b'E1="', b'E1="x', 1))
    arrived(inbox, EXPORT, OCTOBER)  # the export does not say of which POD it is
    done = portal.run("readings", "watch", inbox, "--once", "--json")
    assert done.returncode == 1
    rows = {row["file"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert {file: row["state"] for file, row in rows.items()} == {
        MARCH.name: "refused",
        OCTOBER.name: "loaded",
        EXPORT.name: "refused",
    }
    assert "not an energy" in rows[MARCH.name]["note"] and "which POD" in rows[EXPORT.name]["note"]
    assert files(inbox) == [f"done/{MONTH}/{OCTOBER.name}"]
    assert sorted(path.name for path in (portal.var / "put-aside").glob("*/*") if path.suffix != ".txt") == [
        MARCH.name,
        EXPORT.name,
    ]


def test_an_archive_is_filed_away_and_what_is_wrong_in_it_is_put_aside(portal: OwnPortal, inbox: Path) -> None:
    with zipfile.ZipFile(inbox / "month.zip", "w") as made:
        made.write(MARCH, MARCH.name)
        made.writestr(OCTOBER.name, OCTOBER.read_bytes()[:5000])
    (inbox / "broken.zip").write_bytes(b"PK\x05\x06" + bytes(10))
    for path in inbox.iterdir():
        os.utime(path, (time.time() - 3600,) * 2)
    done = portal.run("readings", "watch", inbox, "--once")
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 3
    assert files(inbox) == [f"done/{MONTH}/month.zip"]
    aside = sorted(path.name for path in (portal.var / "put-aside").glob("*/*") if path.suffix != ".txt")
    assert aside == [OCTOBER.name, "broken.zip"]


def test_a_file_that_is_half_written_is_taken_when_it_is_whole(portal: OwnPortal, inbox: Path) -> None:
    whole = MARCH.read_bytes()
    process = portal.start("readings", "watch", inbox)
    try:
        assert process.stderr is not None and "watching" in process.stderr.readline()
        with (inbox / MARCH.name).open("wb") as file:
            file.write(whole[: len(whole) // 2])
            file.flush()
            arrived(inbox, OCTOBER)
            assert process.stdout is not None
            assert process.stdout.readline().startswith(f"loaded {OCTOBER.name}")
            time.sleep(6)  # it stands still for longer than it would have to
            assert files(inbox) == [MARCH.name, f"done/{MONTH}/{OCTOBER.name}"]
            file.write(whole[len(whole) // 2 :])
        assert process.stdout.readline().startswith(f"loaded {MARCH.name}")
    finally:
        process.send_signal(signal.SIGTERM)
        said = ends(process)
    assert "stopped" in said
    assert portal.count("curve_day") == 62 + 62 and not (portal.var / "put-aside").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_within_the_file_in_hand(portal: OwnPortal, inbox: Path, number: signal.Signals) -> None:
    many = {date(2025, 3, day): day for day in range(1, 29)}
    for index in range(40):
        path = pdo_file(inbox, many, pod=f"IT001E{index:08d}", sent_at=f"202504{index % 28 + 1:02d}10150{index // 28}")
        os.utime(path, (time.time() - 60,) * 2)
    process = portal.start("readings", "watch", inbox)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    said = ends(process)
    assert "stopped" in said and "Traceback" not in said
    filed, left = len(list((inbox / "done").rglob("*.xml"))), len(list(inbox.glob("*.xml")))
    assert filed + left == 40 and left > 0
    assert portal.count("source_file") == filed and portal.count("curve_day") == 28 * filed
    assert portal.run("readings", "watch", inbox, "--once").returncode == 0
    assert portal.count("source_file") == 40 and not list(inbox.glob("*.xml"))


def test_a_folder_has_one_watcher_and_is_free_again_when_that_is_killed(portal: OwnPortal, inbox: Path) -> None:
    first = portal.start("readings", "watch", inbox)
    try:
        assert first.stderr is not None and "watching" in first.stderr.readline()
        second = portal.run("readings", "watch", inbox, "--once")
        assert second.returncode == 1 and "another portal readings watch" in second.stderr
    finally:
        first.kill()
        first.communicate()
    assert portal.run("readings", "watch", inbox, "--once").returncode == 0


def test_killed_before_it_could_move_a_file_it_moves_it_the_next_time(portal: OwnPortal, inbox: Path) -> None:
    assert portal.run("readings", "load", MARCH).returncode == 0  # loaded, and still there
    arrived(inbox, MARCH)
    done = portal.run("readings", "watch", inbox, "--once")
    assert done.returncode == 0 and done.stdout.startswith(f"already {MARCH.name}")
    assert files(inbox) == [f"done/{MONTH}/{MARCH.name}"]


def test_a_folder_that_is_not_there_is_a_sentence(portal: OwnPortal, tmp_path: Path) -> None:
    done = portal.run("readings", "watch", tmp_path / "nowhere")
    assert done.returncode == 1 and "can't be watched" in done.stderr and "Traceback" not in done.stderr


def test_loading_and_watching_by_command_on_either_database(
    new_database: NewDatabase, tmp_path: Path, inbox: Path
) -> None:
    portal = OwnPortal(tmp_path / "var", new_database("data"))
    assert portal.run("readings", "load", MARCH, "--jobs", "2").returncode == 0
    arrived(inbox, OCTOBER)
    assert portal.run("readings", "watch", inbox, "--once").returncode == 0
    damaged = inbox / MARCH.name
    damaged.write_bytes(MARCH.read_bytes()[:5000])
    assert portal.run("readings", "load", damaged).returncode == 1
    assert portal.count("curve_day") == 62 + 62 and portal.count("source_file") == 2
