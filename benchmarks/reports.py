"""R1 of ten points as workbook, CSV and PDF: how many a minute two workers make.

Ours is the way that `portal reports run --jobs 2` goes: claimed, run by papermill on a forked kernel, read back and
held against the store, deposited (two syncs to disk a document). Peer: stock papermill in two warm processes, a stock
kernel for each report, the same notebook writing the same three documents; nothing checked, nothing deposited. In
turn, each time other customers; both sides have made some before the first round that counts.

``reports:processor-time`` is the same work in processor seconds of all processes that have a part in it, which other
work on the machine does not lengthen; ``reports:documents-only`` holds ours against the numbers and documents alone.

``BENCH_FULL=1`` measures 200 customers besides, and says how long 10,000 would take.
"""

import contextlib
import json
import multiprocessing
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import psutil
import sqlalchemy as sa
from pydantic import SecretStr

from benchmarks import _stores
from benchmarks._timing import line
from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.metering.calendar import date_of, day_number, quarter_hours
from portal_lib.metering.tables import curve_day, source_file
from portal_lib.reporting import consumption, documents, running, running_due
from portal_lib.reporting.administrations import administration
from portal_lib.reporting.owed import Standing
from portal_lib.reporting.periods import Period
from portal_lib.reporting.tenders import REPORTS_FOLDER
from portal_lib.settings import Settings
from portal_lib.visitor import Door, Visitor

#: A round takes each side about as long; a shorter one would measure how evenly its last reports fall to two workers.
ROUNDS, OF_OURS, OF_PEER = 5, 32, 6
WORKERS, POINTS = 2, 10
AT_FULL = 200
MARCH = Period(2025, 3)
NOW = datetime(2025, 4, 10, 8, tzinfo=UTC)
FORMATS = ["xlsx", "csv", "pdf"]
_DAYS = range(day_number(MARCH.first), day_number(MARCH.last) + 1)

TENDER = """
name = "Prova"
starts = 2025-03-01
ends = 2025-03-31
[reports.R1]
title = "Consumi mensili"
notebook = "r1_consumi_mensili.ipynb"
cadence = "month"
formats = ["xlsx", "csv", "pdf"]
"""


def run() -> None:
    count = (ROUNDS + 1) * OF_OURS + (AT_FULL if _stores.FULL else 0)
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as folder:
        settings = _settings(Path(folder))
        _fill(settings, count)
        engine = db.open_engine(settings.data_database)
        waiting = iter(running_due.waiting(engine, running_due.catalogue_of(settings), _clock))
        with _Ours(settings, engine) as ours, _Peer(settings, Path(folder) / "peer") as peer:
            rates: tuple[list[float], list[float]] = ([], [])
            used: tuple[list[float], list[float]] = ([], [])
            for turn in range(ROUNDS + 1):
                pieces = [next(waiting) for _ in range(OF_OURS)]
                codes = [one.piece.customer_code for one in pieces[:OF_PEER]]
                before = _processor_seconds()
                of_ours = _per_minute(ours.make, pieces)
                between = _processor_seconds()
                of_peer = _per_minute(peer.make, codes)
                if turn:
                    rates[0].append(of_ours)
                    rates[1].append(of_peer)
                    used[0].append((between - before) / OF_OURS)
                    used[1].append((_processor_seconds() - between) / OF_PEER)
            line("reports:processor-time", statistics.median(used[0]), statistics.median(used[1]), "ms a report")
            ratio = line("reports:r1", statistics.median(rates[0]), statistics.median(rates[1]), "a minute", 1)
            if _stores.FULL:
                rate = _per_minute(ours.make, [next(waiting) for _ in range(AT_FULL)])
                hours = 10_000 / rate / 60
                print(
                    f"reports:10000-customers {hours:.1f} hours on two workers, from {AT_FULL} at {rate:.0f} a minute"
                )
        floor = WORKERS * 60 / _alone(settings)
        line("reports:documents-only", statistics.median(rates[0]), floor, "a minute", 1)
        engine.dispose()
    print(f"reports ratio={ratio:.2f}")


class _Ours:
    """Two threads, each with a process that makes reports, as a run has them."""

    def __init__(self, settings: Settings, engine: sa.Engine) -> None:
        self._settings, self._engine = settings, engine
        self._pool = ThreadPoolExecutor(WORKERS)
        self._own = threading.local()
        self._all: list[running.Hands] = []

    def __enter__(self) -> "_Ours":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for hands in self._all:
            hands.close()

    def make(self, pieces: Sequence[Standing]) -> None:
        for outcome in self._pool.map(self._one, pieces):
            assert outcome.fate == "deposited", outcome.reason_en

    def _one(self, standing: Standing) -> running_due.Outcome:
        if not hasattr(self._own, "hands"):
            self._own.hands = running.Hands()
            self._all.append(self._own.hands)
        return running_due.work(self._settings, self._engine, standing.piece, self._own.hands, _clock)


class _Peer:
    """Two processes that have papermill imported."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        folder.mkdir()
        self._given = settings.data_database_to_read, folder
        self._pool = ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn"))

    def __enter__(self) -> "_Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def make(self, codes: Sequence[str]) -> None:
        for sizes in self._pool.map(_stock, [(code, *self._given) for code in codes]):
            assert len(sizes) == len(FORMATS) and all(sizes)


def _stock(given: tuple[str, str, Path]) -> list[int]:
    """One report by papermill as it comes. Runs in a process of its own."""
    import papermill

    code, url, below = given
    folder = below / code
    folder.mkdir(exist_ok=True)
    os.environ |= {
        "PORTAL_VISITOR": json.dumps({"name": "reports", "codes": [code]}),
        "PORTAL_DATA_URL": url,
        "OPENBLAS_NUM_THREADS": "1",
    }
    papermill.execute_notebook(
        str(REPORTS_FOLDER / "r1_consumi_mensili.ipynb"),
        str(folder / "executed.ipynb"),
        {
            "period": str(MARCH), "folder": str(folder), "title": "Consumi mensili", "tender": "Prova",
            "formats": FORMATS, "language": "it", "version": 1, "incomplete": "provisional",
        },
        kernel_name="python3",
        progress_bar=False,
    )  # fmt: skip
    return [documents.document_path(folder, kind).stat().st_size for kind in FORMATS]


def _alone(settings: Settings) -> float:
    """Seconds for the numbers and the three documents alone: no kernel, no notebook, no check, no deposit."""
    engine = db.open_engine(settings.data_database, read_only=True)
    taken = []
    with tempfile.TemporaryDirectory(dir=settings.var) as folder:
        for number in range(1 + 2 * ROUNDS):
            code = _code(number)
            start = time.perf_counter()
            with db.reading(engine) as connection:
                found = administration(connection, code)
            assert found is not None
            door = Door(engine, Visitor("reports", frozenset({code})))
            report = consumption.report(door, found, MARCH, title="Consumi mensili", tender="Prova")
            documents.write(report, folder, FORMATS)
            taken.append(time.perf_counter() - start)
    engine.dispose()
    return statistics.median(taken[1:])


def _per_minute(make, pieces) -> float:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    make(pieces)
    return 60 * len(pieces) / (time.perf_counter() - start)


def _processor_seconds() -> float:
    """What this process and all below it have used so far, ended ones included: others on the machine don't count."""
    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def _clock() -> datetime:
    return NOW


def _settings(folder: Path) -> Settings:
    """A portal below ``folder`` with one tender, which asks for R1 of March 2025."""
    tenders = folder / "reports" / "tenders"
    tenders.mkdir(parents=True)
    (tenders / "prova.toml").write_text(TENDER)
    shutil.copy(REPORTS_FOLDER / "r1_consumi_mensili.ipynb", tenders.parent)
    (folder / "var" / "data").mkdir(parents=True)
    url = f"sqlite:///{folder / 'var' / 'data' / 'data.sqlite'}"
    db.migrate("data", url)
    return Settings(var=folder / "var", data_url=SecretStr(url), tenders_folder=tenders)


def _code(number: int) -> str:
    return f"{30_000_000 + number}"


def _fill(settings: Settings, count: int) -> None:
    """So many customers, each with ten points in quarter hours, active and reactive, of one month."""
    random = np.random.default_rng(7)
    engine = db.open_engine(settings.data_database)
    with engine.begin() as connection:
        received = NOW.replace(tzinfo=None)
        connection.execute(
            sa.insert(source_file).values(sha256="0" * 64, flow="PDO", name="x.xml", sent_at="", received_at=received)
        )
        for number in range(count):
            code = _code(number)
            points = range(number * POINTS + 1, (number + 1) * POINTS + 1)
            connection.execute(
                sa.insert(customers.customer).values(
                    code=code, kind="organisation", name=f"Comune {number}", tax_code="01234567897"
                )
            )
            connection.execute(
                sa.insert(customers.supply_point),
                [{"id": one, "pod": f"IT001E{one:08d}", "address": f"Via {one}", "use": "scuola"} for one in points],
            )
            connection.execute(
                sa.insert(customers.holder),
                [{"point_id": one, "first_day": date(2024, 1, 1), "customer_code": code} for one in points],
            )
            connection.execute(sa.insert(curve_day), list(_rows(points, random)))
    engine.dispose()


def _rows(points: range, random: np.random.Generator) -> Iterator[dict[str, object]]:
    for point in points:
        for magnitude in ("Ea", "Er"):
            for day in _DAYS:
                n = quarter_hours(date_of(day))
                yield {
                    "point_id": point, "magnitude": magnitude, "day": day, "n": n, "flags": 0, "file_id": 1,
                    "curve": random.integers(0, 5000, n, dtype="<i4").tobytes(),
                }  # fmt: skip
