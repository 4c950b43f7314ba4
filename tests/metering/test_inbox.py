"""Which files of a watched folder are wholly there."""

import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal_lib.metering.exceptions import AlreadyWatched, NotToBeWatched
from portal_lib.metering.inbox import PATIENCE, Inbox, watched
from tests.metering.files import EXPORT, MARCH, OCTOBER

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Clock:
    """Stands where it was put."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def after(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(tmp_path: Path, clock: Clock) -> Inbox:
    return Inbox(tmp_path, clock)


def written(path: Path, content: bytes, age: float = 0) -> Path:
    """A file last written so many seconds before NOW."""
    path.write_bytes(content)
    at = NOW.timestamp() - age
    os.utime(path, (at, at))
    return path


def names(inbox: Inbox) -> list[str]:
    return [arrival.path.name for arrival in inbox.look()[0]]


def test_a_file_that_lay_there_before_is_taken_at_once(inbox: Inbox, tmp_path: Path) -> None:
    written(tmp_path / MARCH.name, MARCH.read_bytes(), age=60)
    assert names(inbox) == [MARCH.name]


def test_a_file_just_written_is_taken_when_it_has_stood_still(inbox: Inbox, tmp_path: Path, clock: Clock) -> None:
    written(tmp_path / MARCH.name, MARCH.read_bytes())
    assert inbox.look() == ([], 1)
    clock.after(4.9)
    assert inbox.look() == ([], 1)
    clock.after(0.2)
    assert names(inbox) == [MARCH.name]


def test_a_file_that_still_grows_is_waited_for(inbox: Inbox, tmp_path: Path, clock: Clock) -> None:
    """Its time may lie in the future, by the clock of whoever sends it: what counts is that it stands still."""
    whole = MARCH.read_bytes()
    for part in range(1, 4):
        written(tmp_path / MARCH.name, whole[: len(whole) * part // 3], age=-3600)
        clock.after(4)
        assert inbox.look() == ([], 1)
    clock.after(5)
    assert names(inbox) == [MARCH.name]


@pytest.mark.parametrize("kind", ["xml", "zip", "csv"])
def test_a_file_without_its_end_is_waited_for_but_not_for_ever(
    inbox: Inbox, tmp_path: Path, clock: Clock, kind: str
) -> None:
    if kind == "zip":
        path = tmp_path / "flows.zip"
        with zipfile.ZipFile(path, "w") as made:
            made.write(MARCH, MARCH.name)
            made.write(OCTOBER, OCTOBER.name)
    else:
        path = tmp_path / (MARCH if kind == "xml" else EXPORT).name
        path.write_bytes((MARCH if kind == "xml" else EXPORT).read_bytes())
    whole = path.read_bytes()
    written(path, whole[: len(whole) // 2], age=60)
    assert inbox.look() == ([], 1)
    written(path, whole, age=60)
    assert names(inbox) == [path.name]
    written(path, whole[: len(whole) // 2], age=60)
    clock.after(PATIENCE)
    assert names(inbox) == [path.name]


def test_what_is_no_metering_file_is_never_taken(inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "done" / "2026-01").mkdir(parents=True)
    (tmp_path / "areti" / "done").mkdir(parents=True)
    for name in ("README.txt", f".{MARCH.name}", f"{MARCH.name}.part", f"done/2026-01/{MARCH.name}"):
        written(tmp_path / name, MARCH.read_bytes(), age=60)
    secret = written(tmp_path.parent / f"{tmp_path.name}-secret.xml", MARCH.read_bytes(), age=60)
    (tmp_path / "link.xml").symlink_to(secret)
    (tmp_path / "folder").symlink_to(tmp_path.parent)
    os.mkfifo(tmp_path / "pipe.xml")
    assert inbox.look() == ([], 0)
    written(tmp_path / "areti" / "done" / OCTOBER.name, OCTOBER.read_bytes(), age=60)
    assert names(inbox) == [OCTOBER.name]


def test_a_file_that_was_left_comes_back_when_it_changes(inbox: Inbox, tmp_path: Path, clock: Clock) -> None:
    path = written(tmp_path / MARCH.name, MARCH.read_bytes(), age=60)
    (arrival,) = inbox.look()[0]
    inbox.leave(arrival)
    assert inbox.look() == ([], 0) and arrival.is_unchanged()
    written(path, OCTOBER.read_bytes(), age=30)
    assert names(inbox) == [MARCH.name] and not arrival.is_unchanged()


def test_a_folder_has_one_watcher(tmp_path: Path) -> None:
    with watched(tmp_path):
        with pytest.raises(AlreadyWatched, match=tmp_path.name), watched(tmp_path):
            raise AssertionError
        (tmp_path / "below").mkdir()
        with watched(tmp_path / "below"):
            pass
    with watched(tmp_path):
        pass


def test_what_can_not_be_watched_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "done").symlink_to(tmp_path)
    for place in ("nowhere", "file", "away"):
        with pytest.raises(NotToBeWatched, match=place), watched(tmp_path / place):
            raise AssertionError
