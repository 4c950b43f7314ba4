"""Month × band totals: over curves in memory, and over the store against plainly scanning it."""

import time

import numpy as np

from benchmarks import _stores
from benchmarks._stores import COUNTS, DAYS, FIRST, LAST
from benchmarks._timing import interleaved, line
from portal_lib import db
from portal_lib.metering import band_sums
from portal_lib.metering.aggregates import first_days

POINTS, IN_MEMORY, ROUNDS = 1_000, 300, 5


def run() -> None:
    in_memory()
    with _stores.folder() as folder:
        engine = _stores.fill(_stores.sqlite(folder / "data.sqlite"), range(POINTS))

        def ours() -> int:
            with db.reading(engine) as connection:
                return int(band_sums.monthly(connection, FIRST, LAST)[["F1", "F2", "F3"]].to_numpy().sum())

        def scan() -> int:
            query = "select point_id, day, n, curve from curve_day where magnitude = 'Ea'"
            count = 0
            with db.reading(engine) as connection:
                cursor = connection.exec_driver_sql(query).cursor
                assert cursor is not None
                while rows := cursor.fetchmany(band_sums.FETCHED):
                    count += len(rows)
            return count

        expected = sum(int(np.frombuffer(_stores.year_of(point), dtype="<i4").sum()) for point in range(POINTS))
        assert ours() == expected
        ratio = line("bands:store-to-scan", *interleaved(ours, scan, ROUNDS))
        print(f"bands ratio={ratio:.2f}")
        engine.dispose()


def in_memory() -> None:
    """Readings a second, month × band totals of arrays in memory."""
    days = np.tile(np.array(DAYS), IN_MEMORY)
    counts = np.tile(np.array(COUNTS), IN_MEMORY)
    values = np.random.default_rng(1).integers(0, 5000, int(counts.sum()), dtype="<i4")
    months = np.unique(first_days(days, "month"), return_inverse=True)[1] + np.repeat(
        np.arange(IN_MEMORY) * 12, len(DAYS)
    )
    best = 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = band_sums.by_day(days, counts, values)
        totals = np.stack([np.bincount(months, weights=found.wh[:, band]) for band in range(3)])
        best = max(best, len(values) / (time.perf_counter() - start))
    assert int(totals.sum()) == int(values.sum())
    print(f"bands:in-memory {best / 1e6:.0f} M readings/s ({len(values) / 1e6:.1f} M)")
