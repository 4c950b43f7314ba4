"""What is handed over at once: folders, ZIP archives and several jobs; each file in it is wholly in or wholly out."""

import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.customers.points import expect, unannounced
from portal_lib.metering.deliveries import Loading, Outcome, items_in, load_all, workplace
from portal_lib.metering.tables import curve_day, source_file
from tests.metering.files import MARCH, OCTOBER, noon, pdo_file

Load = Callable[..., list[Outcome]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    db.migrate("data", url)
    return url


@pytest.fixture
def load(url: str, tmp_path: Path) -> Load:
    def load(*paths: Path, jobs: int = 1) -> list[Outcome]:
        with workplace(tmp_path / "work") as work:
            loading = Loading(url, expect, noon, work, waiting=unannounced, put_aside_folder=tmp_path / "put-aside")
            return list(load_all(list(items_in(paths)), loading, jobs=jobs))

    return load


def rows(url: str, table: sa.Table) -> int:
    engine = db.open_engine(url)
    with db.reading(engine) as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    engine.dispose()
    return count


def archive(path: Path, *members: Path | tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for member in members:
            if isinstance(member, Path):
                made.write(member, f"folder/{member.name}")
            else:
                made.writestr(*member)
    return path


def month(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    days = {date(2025, 3, day): day for day in range(1, 29)}
    return [
        pdo_file(folder, days, pod=f"IT001E{number:08d}", sent_at=f"202504{number:02d}101500")
        for number in range(1, count + 1)
    ]


def test_every_file_of_an_archive_is_loaded_under_its_own_name(load: Load, url: str, tmp_path: Path) -> None:
    done = load(archive(tmp_path / "month.zip", MARCH, OCTOBER, ("readme.txt", b"hello")))
    assert [(one.file, one.loaded is not None) for one in done] == [
        (f"month.zip: {MARCH.name}", True),
        (f"month.zip: {OCTOBER.name}", True),
    ]
    assert rows(url, curve_day) == 62 + 62
    (again, *_) = load(MARCH)
    assert again.loaded is not None and again.loaded.already == MARCH.name
    assert not list((tmp_path / "work").iterdir())


def test_folders_are_looked_through_to_their_depth(load: Load, tmp_path: Path) -> None:
    deep = tmp_path / "2025" / "03"
    deep.mkdir(parents=True)
    archive(deep / "a.zip", MARCH)
    (deep / OCTOBER.name).write_bytes(OCTOBER.read_bytes())
    (deep / ".hidden.xml").write_text("x")
    assert [one.file for one in load(tmp_path / "2025")] == [OCTOBER.name, f"a.zip: {MARCH.name}"]


@pytest.mark.parametrize("name", ["../{}", "/etc/{}", "a/../../{}", "a\\..\\{}"])
def test_an_archive_with_a_name_that_leads_outside_is_refused_whole(
    load: Load, url: str, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as made:
        info = zipfile.ZipInfo("x")
        info.filename = name.format(MARCH.name)
        made.writestr(info, MARCH.read_bytes())
        made.write(OCTOBER, OCTOBER.name)
    (refused,) = load(path)
    assert refused.loaded is None and "leads outside" in refused.sentence and refused.kept
    assert rows(url, source_file) == 0


def test_a_bomb_is_refused_before_a_byte_is_extracted(load: Load, url: str, tmp_path: Path) -> None:
    bomb = archive(tmp_path / "bomb.zip", (MARCH.name, b"0" * 50_000_000))
    assert bomb.stat().st_size < 100_000
    (refused,) = load(bomb)
    assert "too large" in refused.sentence and MARCH.name in refused.sentence
    assert rows(url, source_file) == 0


def test_a_table_of_contents_that_lies_about_sizes_does_no_harm(load: Load, tmp_path: Path) -> None:
    path = archive(tmp_path / "lies.zip", (MARCH.name, b"0" * 50_000_000))
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    (refused,) = load(path)
    assert refused.loaded is None and refused.sentence.startswith("lies.zip: ")


def test_an_archive_inside_an_archive_is_named_and_the_others_are_loaded(load: Load, tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", OCTOBER)
    refused, taken = load(archive(tmp_path / "outer.zip", inner, MARCH))
    assert "an archive inside the archive" in refused.sentence and taken.loaded is not None


def test_an_archive_cut_off_anywhere_is_a_sentence(load: Load, url: str, tmp_path: Path) -> None:
    whole = archive(tmp_path / "whole.zip", MARCH, OCTOBER).read_bytes()
    for length in range(0, len(whole), 4096):
        path = tmp_path / "cut.zip"
        path.write_bytes(whole[:length])
        outcomes = load(path)
        assert outcomes and all(one.loaded is None and one.sentence.startswith("cut.zip") for one in outcomes)
    assert rows(url, source_file) == 0


def test_two_jobs_end_in_what_one_does(load: Load, url: str, tmp_path: Path) -> None:
    files = month(tmp_path / "flows", 6)
    damaged = tmp_path / "flows" / OCTOBER.name
    damaged.write_bytes(OCTOBER.read_bytes()[:2000])
    done = load(tmp_path / "flows", jobs=2)
    assert [one.file for one in done] == sorted([*(file.name for file in files), damaged.name])
    assert [one.file for one in done if one.loaded is None] == [damaged.name]
    assert rows(url, curve_day) == 6 * 28


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_at_any_moment_each_file_is_wholly_in_or_out_and_the_same_command_completes_it(
    tmp_path: Path, jobs: int
) -> None:
    """Fifteen kills for one job and as many for two."""
    files = month(tmp_path / "flows", 12)
    portal = [str(Path(sys.executable).parent / "portal"), "readings", "load", str(tmp_path / "flows")]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL")}
    environment = clean | {"PORTAL_CONFIG": os.devnull, "PORTAL_VAR": str(tmp_path / "var")}
    url = f"sqlite:///{tmp_path / 'var' / 'data' / 'data.sqlite'}"
    (tmp_path / "var" / "data").mkdir(parents=True)
    db.migrate("data", url)
    chance = random.Random(jobs)  # noqa: S311 - moments, not secrets
    for _ in range(15):
        process = subprocess.Popen(
            [*portal, "--jobs", str(jobs)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(chance.uniform(0.3, 1.5))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert rows(url, curve_day) == 28 * rows(url, source_file)
    deadline = time.monotonic() + 60
    while subprocess.run(portal, env=environment, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline
    assert rows(url, source_file) == len(files)
    engine = db.open_engine(url)
    with db.reading(engine) as connection:
        assert connection.exec_driver_sql("pragma integrity_check").scalar() == "ok"
    engine.dispose()
