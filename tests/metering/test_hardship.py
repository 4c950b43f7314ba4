"""A store in hardship: a disk that is full, readers that don't wait, an archive that would fill the memory."""

import os
import resource
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers.points import expect
from portal_lib.metering import curves
from portal_lib.metering.calendar import quarter_hours
from portal_lib.metering.exceptions import StoreFull
from portal_lib.metering.flows.pdo_writing import PdoPoint, pdo_name, write_pdo
from portal_lib.metering.loading import load_file
from tests.cli.portal_process import PORTAL, OwnPortal
from tests.metering.files import DISPATCH, DISTRIBUTOR, MARCH, SUPPLIER, noon

DAYS = 28


def month(folder: Path, number: int, points: int) -> Path:
    """A file with a month of so many points."""
    first = date(2025, number, 1)
    path = folder / pdo_name(
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=first,
        dispatch_code=DISPATCH,
        sent_at=f"2026{number:02d}04101500",
    )
    days = {
        day: {"Ea": np.full(quarter_hours(day), 1 + day.day)} for day in (first.replace(day=n + 1) for n in range(DAYS))
    }
    write_pdo(
        path,
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=first,
        dispatch_code=DISPATCH,
        points=[PdoPoint(f"IT001E{place:08d}", days) for place in range(points)],
    )
    return path


def integrity(portal: OwnPortal) -> str:
    engine = db.open_engine(portal.url)
    try:
        with db.reading(engine) as connection:
            return str(connection.exec_driver_sql("pragma integrity_check").scalar())
    finally:
        engine.dispose()


def test_on_a_disk_that_fills_up_each_file_is_wholly_in_or_out_and_the_same_command_completes_it(
    tmp_path: Path,
) -> None:
    """A disk of its own where that can be had, else a limit on how far a file may grow: both come in the midst."""
    points = 40
    files = [month(tmp_path, number, points) for number in range(1, 11)]
    var = tmp_path / "var"
    var.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", var], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        portal = OwnPortal(var, more={"TMPDIR": str(tmp_path), "SQLITE_TMPDIR": str(tmp_path)})
        if mounted:
            full = portal.run("readings", "load", *files)
        else:
            full = subprocess.run(
                [str(PORTAL), "readings", "load", *map(str, files)],
                env=portal.environment,
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000)),
            )
        assert full.returncode == 1 and "Traceback" not in full.stderr, full.stderr
        assert "the database's disk is full" in full.stderr and "not tried" in full.stderr
        loaded = portal.count("source_file")
        assert 0 < loaded < len(files)
        assert portal.count("curve_day") == loaded * points * DAYS
        assert integrity(portal) == "ok"

        if mounted:
            subprocess.run(["mount", "-o", "remount,size=100m", var], capture_output=True, check=True)
        done = portal.run("readings", "load", *files)
        assert done.returncode == 0, done.stderr
        assert f"{loaded} there already" in done.stderr
        assert portal.count("curve_day") == len(files) * points * DAYS and integrity(portal) == "ok"
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", var], capture_output=True, check=True)


def test_a_store_that_may_not_grow_is_said_and_left_as_it_was(tmp_path: Path) -> None:
    portal = OwnPortal(tmp_path / "var")
    engine = db.open_engine(portal.url)
    small, large = month(tmp_path, 1, 2), month(tmp_path, 2, 200)
    load_file(engine, small, resolve=expect, clock=noon)
    engine.dispose()

    engine = db.open_engine(portal.url)

    @sa.event.listens_for(engine, "connect")  # SQLite keeps it for a connection only
    def narrow(connection: object, _record: object) -> None:
        connection.execute("pragma max_page_count = 60").close()  # type: ignore[attr-defined]

    before = portal.count("curve_day"), portal.count("source_file"), portal.count("supply_point")
    with pytest.raises(StoreFull, match="disk is full"):
        load_file(engine, large, resolve=expect, clock=noon, put_aside_folder=tmp_path / "aside")
    engine.dispose()
    assert (portal.count("curve_day"), portal.count("source_file"), portal.count("supply_point")) == before
    assert not (tmp_path / "aside").exists()  # the file is not at fault
    engine = db.open_engine(portal.url)
    assert load_file(engine, large, resolve=expect, clock=noon).days == 200 * DAYS
    engine.dispose()


def test_eight_readers_go_on_during_a_load_and_see_whole_files_only(engine: Engine, tmp_path: Path) -> None:
    points, files = 20, [month(tmp_path, number, 20) for number in range(1, 9)]
    load_file(engine, files[0], resolve=expect, clock=noon)
    over, failed, seen = threading.Event(), [], []
    url = engine.url.render_as_string(hide_password=False)

    def read(reader: int) -> None:
        own = db.open_engine(url, read_only=True)
        try:
            while True:
                last = over.is_set()
                with db.reading(own) as connection:
                    count = connection.exec_driver_sql("select count(*) from curve_day").scalar_one()
                    counted = connection.exec_driver_sql("select count(*) from source_file").scalar_one()
                    point = connection.exec_driver_sql("select point_id from curve_day limit 1").scalar_one()
                    frame = curves.read(connection, point, date(2025, 1, 1), date(2025, 12, 31))
                    assert len(frame) == sum(
                        quarter_hours(date(2025, number, day))
                        for number in range(1, counted + 1)
                        for day in range(1, 29)
                    )
                    assert count == counted * points * DAYS
                    seen.append(counted)
                if last:
                    return
        except BaseException as error:  # in a thread nobody would hear of it
            failed.append((reader, repr(error)))
        finally:
            own.dispose()

    readers = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in readers:
        thread.start()
    for file in files[1:]:
        load_file(engine, file, resolve=expect, clock=noon)
    over.set()
    for thread in readers:
        thread.join()
    assert failed == []
    assert min(seen) < len(files) and max(seen) == len(files) and len(seen) >= 16


def _bomb(path: Path, make: Callable[[zipfile.ZipFile], None]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        make(made)
    return path


def _one_large(made: zipfile.ZipFile) -> None:
    with made.open(MARCH.name, "w", force_zip64=True) as member:
        for _ in range(400):
            member.write(bytes(1_000_000))


def _many_small(made: zipfile.ZipFile) -> None:
    """Each of them small enough for its ratio not to matter."""
    for number in range(100):
        made.writestr(MARCH.name.replace("_1DP", f"_{number + 1}DP"), bytes(9_000_000))


@pytest.mark.parametrize("make", [_one_large, _many_small])
def test_an_archive_that_would_fill_the_memory_does_not(
    tmp_path: Path, make: Callable[[zipfile.ZipFile], None]
) -> None:
    path = _bomb(tmp_path / "bomb.zip", make)
    portal = OwnPortal(tmp_path / "var")
    program = (
        "import sys\nfrom portal_lib.cli.main import main\n"
        "sys.argv = ['portal', 'readings', 'load', sys.argv[1]]\n"
        "try:\n    main()\nexcept SystemExit as ended:\n"
        "    peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "    print('PEAK', ended.code, peak.split()[1])\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, path], env=portal.environment, capture_output=True, text=True, check=True
    )
    code, kilobytes = said.stdout.split("PEAK ")[1].split()
    assert code == "1" and "bomb.zip" in said.stderr and "too large for a flow" in said.stderr
    assert int(kilobytes) * 1024 < 200_000_000
    assert portal.count("source_file") == 0
