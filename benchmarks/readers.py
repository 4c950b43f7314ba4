"""Readers during a load: how much longer the slowest query of a page takes then.

Eight processes read as pages do (a point's year, its last month by the hour, what there is of it at all), all on one
SQLite store. In turn nobody else does anything for a while, and a month's file is loaded with every check. Of each
turn the slowest query counts; the figure is the median of those during the loads over the median of those between
them. A single turn says little on a machine that others use too. Any error of a reader ends it.
"""

import itertools
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from benchmarks import ingest
from benchmarks._timing import line
from portal_lib import db
from portal_lib.metering import curves, registers
from portal_lib.metering.loading import load_file

READERS = 8
POINTS = 150
FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)

Query = Callable[[Connection, int], object]

QUERIES: dict[str, Query] = {
    "year": lambda connection, point: curves.read(connection, point, FIRST, LAST),
    "month": lambda connection, point: curves.aggregate(
        curves.read(connection, point, date(2024, 12, 1), LAST), "hour"
    ),
    "span": lambda connection, point: (
        curves.span(connection, point),
        curves.day_count(connection, point, FIRST, LAST),
        registers.consumption(connection, point, FIRST, LAST),
    ),
}


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        url = ingest._new_store(folder)
        engine = db.open_engine(url)
        months = [date(year, month, 1) for year in (2024, 2025) for month in range(1, 13)]
        files = [ingest._write(folder, month, POINTS) for month in months]

        def load(file: Path) -> float:
            start = time.perf_counter()
            load_file(engine, file, resolve=ingest._resolve, clock=ingest._now)
            return time.perf_counter() - start

        usual = statistics.median(map(load, files[:12]))
        with _Readers(url) as readers:
            for file in files[12:]:
                readers.turn()
                time.sleep(usual)
                readers.turn()
                load(file)
            taken = readers.end()
        engine.dispose()
    ratios = []
    for query, turns in taken.items():
        alone, during = turns[1::2], turns[2::2]
        line(f"readers:{query}-median", *(statistics.median(itertools.chain(*some)) for some in (during, alone)))
        slowest = [statistics.median(max(turn) for turn in some if turn) for some in (during, alone)]
        ratios.append(line(f"readers:{query}-slowest", *slowest))
    print(f"readers: {sum(map(len, itertools.chain(*taken.values())))} queries without an error")
    print(f"readers ratio={max(ratios):.2f}")


class _Readers:
    """Processes that read until they are told to end; what each query took is kept by turns."""

    def __init__(self, url: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._now, self._answers = spawn.Value("i", 0), spawn.SimpleQueue()
        ready = spawn.Semaphore(0)
        self._processes = [
            spawn.Process(target=_reader, args=(url, number, ready, self._now, self._answers), daemon=True)
            for number in range(READERS)
        ]
        for process in self._processes:
            process.start()
        for _ in self._processes:
            ready.acquire()

    def __enter__(self) -> "_Readers":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
            process.join()

    def turn(self) -> None:
        self._now.value += 1

    def end(self) -> dict[str, list[list[float]]]:
        """Seconds that each query took, by turns; turn 0 came before the first."""
        turns, self._now.value = self._now.value, -1
        found: dict[str, list[list[float]]] = {query: [[] for _ in range(turns + 1)] for query in QUERIES}
        for _ in self._processes:
            answer = self._answers.get()
            if isinstance(answer, str):
                raise SystemExit(f"readers: a reader failed: {answer}")
            for query, turn, seconds in answer:
                found[query][turn].append(seconds)
        return found


def _reader(url: str, number: int, ready: Any, now: Any, answers: Any) -> None:
    taken = []
    try:
        engine = db.open_engine(url, read_only=True)
        points = itertools.cycle(range(number * POINTS // READERS + 1, POINTS + 1))
        for place in itertools.count():
            point, turn = next(points), now.value
            for name, query in QUERIES.items():
                start = time.perf_counter()
                with db.reading(engine) as connection:
                    query(connection, point)
                if turn > 0:
                    taken.append((name, turn, time.perf_counter() - start))
            if not place:  # files are open, caches full
                ready.release()
            if turn < 0:
                break
            time.sleep(0.05)  # a person looks at what came
        answers.put(taken)
    except Exception as error:  # said by the first process, which ends then
        ready.release()
        answers.put(repr(error))
