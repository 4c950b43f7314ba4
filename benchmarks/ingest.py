"""PDO files into SQLite, with every check and the history of values, on one core.

Floor: expat over the same bytes, with nothing handled. Peer: lxml's ``iterparse`` and a row per reading, as most
loaders do it. All in the same run, in turn. The last figure is the share of expat's bare speed.

A year of files is also loaded by one job and by two (the start of the processes counts), and, where ``BENCH_GIGABYTE``
is set in the environment, a file of 1 GB in a process of its own, to tell its peak memory.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.parsers import expat

import numpy as np
import sqlalchemy as sa
from lxml import etree
from sqlalchemy.engine import Connection

from benchmarks._timing import line
from portal_lib import db
from portal_lib.metering.calendar import quarter_hours
from portal_lib.metering.deliveries import Loading, items_in, load_all
from portal_lib.metering.flows.pdo_writing import PdoPoint, pdo_name, write_pdo
from portal_lib.metering.loading import load_file

POINTS = 150  # in each file
MONTHS = 4
MORE_MONTHS = 12  # for the figure of two jobs: starting them costs as much as loading a file or two
ROUNDS = 5
GIGABYTE = 1_000_000_000

DISTRIBUTOR, SUPPLIER, DISPATCH = "01234567890", "98765432109", "DP1234"


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        files = [_write(folder, date(2025, month, 1), POINTS) for month in range(1, MONTHS + 1)]
        more = files + [_write(folder, date(2025, month, 1), POINTS) for month in range(MONTHS + 1, MORE_MONTHS + 1)]
        readings = sum(_readings(date(2025, month, 1), POINTS) for month in range(1, MONTHS + 1))
        size = sum(file.stat().st_size for file in files)
        print(f"ingest: {len(files)} files, {size / 1e6:.0f} MB, {readings / 1e6:.1f} M readings")
        taken = _in_turn(
            {
                "ours": lambda: _ours(folder, files),
                "expat": lambda: _bare(files),
                "lxml, a row per reading": lambda: _row_per_reading(folder, files),
            }
        )
        for who, seconds in taken.items():
            print(f"ingest: {who} {readings / seconds / 1e6:.2f} M readings/s ({size / seconds / 1e6:.0f} MB/s)")
        line("ingest:row-per-reading", taken["lxml, a row per reading"], taken["ours"], "s", 1)
        share = taken["expat"] / taken["ours"]
        by_jobs = _in_turn({f"{jobs} jobs": lambda jobs=jobs: _by_jobs(folder, more, jobs) for jobs in (1, 2)})
        line("ingest:two-jobs", by_jobs["1 jobs"], by_jobs["2 jobs"], "s", 1)
        if "BENCH_GIGABYTE" in os.environ:
            _gigabyte(folder)
        print(f"ingest ratio={share:.2f}")


def _in_turn(works: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Median seconds of each over some rounds, in turn, after one that is not counted; each work times itself."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            seconds = work()
            if turn:
                taken[name].append(seconds)
    return {name: statistics.median(times) for name, times in taken.items()}


def _pod(number: int) -> str:
    return f"IT001E{number:08d}"


def _resolve(_connection: Connection, pods: Iterable[str]) -> dict[str, int]:
    return {pod: int(pod[6:]) for pod in pods}


def _now() -> datetime:
    return datetime(2026, 1, 5, tzinfo=UTC)


def _days(month: date) -> list[date]:
    return [day for day in (month + timedelta(days=i) for i in range(31)) if day.month == month.month]


def _readings(month: date, points: int) -> int:
    return 2 * points * sum(quarter_hours(day) for day in _days(month))


def _points(month: date, points: int) -> Iterator[PdoPoint]:
    random = np.random.default_rng(month.month)
    for number in range(1, points + 1):
        yield PdoPoint(
            _pod(number),
            {
                day: {magnitude: random.integers(0, 9000, quarter_hours(day)) for magnitude in ("Ea", "Er")}
                for day in _days(month)
            },
        )


def _write(folder: Path, month: date, points: int) -> Path:
    name = pdo_name(
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=month,
        dispatch_code=DISPATCH,
        sent_at=f"{month:%Y%m}28101500",
    )
    write_pdo(
        folder / name,
        distributor_vat=DISTRIBUTOR,
        supplier_vat=SUPPLIER,
        month=month,
        dispatch_code=DISPATCH,
        points=_points(month, points),
    )
    return folder / name


def _new_store(folder: Path) -> str:
    for old in folder.glob("store.sqlite*"):
        old.unlink()
    url = f"sqlite:///{folder / 'store.sqlite'}"
    db.migrate("data", url)
    return url


def _ours(folder: Path, files: list[Path]) -> float:
    engine = db.open_engine(_new_store(folder))
    start = time.perf_counter()
    for file in files:
        load_file(engine, file, resolve=_resolve, clock=_now)
    taken = time.perf_counter() - start
    engine.dispose()
    return taken


def _bare(files: list[Path]) -> float:
    start = time.perf_counter()
    for file in files:
        parser = expat.ParserCreate()
        with file.open("rb") as content:
            parser.ParseFile(content)
    return time.perf_counter() - start


def _row_per_reading(folder: Path, files: list[Path]) -> float:
    """What one writes first: a row per reading, upserted, values and times by the standard library."""
    for old in folder.glob("rows.sqlite*"):
        old.unlink()
    engine = db.open_engine(f"sqlite:///{folder / 'rows.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table reading (pod text, magnitude text, instant int, kwh real,"
            " primary key (pod, magnitude, instant))"
        )
    start = time.perf_counter()
    for file in files[:1]:
        with engine.begin() as connection:
            for _, point in etree.iterparse(str(file), tag="DatiPod"):
                _insert_point(connection, point)
                point.clear()
    taken = time.perf_counter() - start
    engine.dispose()
    return taken * sum(file.stat().st_size for file in files) / files[0].stat().st_size


def _insert_point(connection: sa.Connection, point: etree._Element) -> None:
    pod, month = point.findtext("Pod"), datetime.strptime(point.findtext("MeseAnno") or "", "%m/%Y")  # noqa: DTZ007
    rows = []
    for element in point.iterfind("Curva/*"):
        if element.tag not in ("Ea", "Er"):
            continue
        midnight = int(month.replace(day=int(element.text or "")).timestamp())
        for name, value in element.attrib.items():
            if name != "Dst":
                instant = midnight + 900 * (int(name[1:]) - 1)
                rows.append((pod, element.tag, instant, float(value.replace(",", "."))))
    connection.exec_driver_sql(
        "insert into reading values (?, ?, ?, ?) on conflict do update set kwh = excluded.kwh", rows
    )


def _by_jobs(folder: Path, files: list[Path], jobs: int) -> float:
    url = _new_store(folder)
    loading = Loading(url, _resolve, _now, folder)
    start = time.perf_counter()
    loaded = [outcome.loaded for outcome in load_all(items_in(files), loading, jobs=jobs)]
    taken = time.perf_counter() - start
    assert all(loaded)
    return taken


def _gigabyte(folder: Path) -> None:
    """Load a file of 1 GB in a process of its own, and print the most memory it ever had."""
    file = _write_gigabyte(folder)
    url = _new_store(folder)
    program = (
        "import resource, sys; from pathlib import Path; from benchmarks import ingest as b\n"
        "engine = b.db.open_engine(sys.argv[2])\n"
        "loaded = b.load_file(engine, Path(sys.argv[1]), resolve=b._resolve, clock=b._now)\n"
        "print(loaded.days, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    start = time.perf_counter()
    said = subprocess.run([sys.executable, "-c", program, file, url], capture_output=True, text=True, check=True)
    taken = time.perf_counter() - start
    days, kilobytes = map(int, said.stdout.split())
    size = file.stat().st_size
    print(
        f"ingest:gigabyte peak memory {kilobytes * 1024 / 1e6:.0f} MB for {size / 1e6:.0f} MB, {days} days of curves, "
        f"{taken:.0f} s ({size / taken / 1e6:.0f} MB/s)"
    )


def _write_gigabyte(folder: Path) -> Path:
    """A month of so many points that it takes 1 GB: a small file's points again and again, under other PODs."""
    small = _write(folder, date(2025, 5, 1), 20)
    text = small.read_text(encoding="utf-8")
    first = text.index("<DatiPod>")
    head, points, tail = text[:first], text[first : text.rindex("</FlussoMisure>")], "</FlussoMisure>\n"
    large = folder / small.name.replace("_1DP", "_2DP")
    number, size = 0, 0
    with large.open("w", encoding="utf-8") as file:
        file.write(head)
        while size < GIGABYTE:
            size += file.write(re.sub("IT001E0000", f"IT001E{number:04d}", points))
            number += 1
        file.write(tail)
    small.unlink()
    return large
