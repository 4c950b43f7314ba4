"""The reports run through once, on made-up readings, in the process that reports' kernels are forked from.

What a report does for the first time is dear: modules imported only then, statements and regular expressions compiled.
Done before the fork it is done for all. The PDF is put into words but not set: typst starts threads, and a process with
threads can't be forked. Nothing stays but what is warm: the readings are nobody's, and their database is deleted.
"""

import gc
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.metering import tables as metering
from portal_lib.metering.calendar import day_number, quarter_hours

_REPORTS = Path(__file__).parents[2] / "reports"
_CODE = "00000000"
_FIRST, _DAYS = date(2025, 1, 1), 31


def rehearse(run: Callable[[str], None]) -> None:
    """Run every cell of the reports' notebooks by ``run``."""
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        url = f"sqlite:///{folder}/data.sqlite"
        _make_up(url)
        before = dict(os.environ)
        os.environ |= {
            "PORTAL_DATA_URL": url,
            "PORTAL_VISITOR": json.dumps({"name": "rehearsal", "codes": [_CODE]}),
        }
        given = f"folder = {folder!r}; formats = ['xlsx', 'csv', 'csv_iso']; period = {{period!r}}"
        try:
            for name, period in (("r1", "2025-01"), ("r2", "2025-H1"), ("r3", "2025-Q1"), ("r4", "2025-01")):
                (notebook,) = _REPORTS.glob(f"{name}_*.ipynb")
                for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
                    if cell["cell_type"] == "code":
                        run("".join(cell["source"]))
                    if "parameters" in cell["metadata"].get("tags", ()):
                        run(given.format(period=period))
                run("from portal_lib.reporting import printed; printed.put_into_words(report)")
        finally:
            os.environ.clear()
            os.environ.update(before)
            for thing in gc.get_objects():
                if isinstance(thing, Engine):
                    thing.dispose()


def _make_up(url: str) -> None:
    """A customer with one point, a month of quarter hours that nobody has used, and the order they are used under."""
    engine = db.open_engine(url)
    for tables in (customers, metering):
        tables.metadata.create_all(engine)
    days = [_FIRST + timedelta(days=n) for n in range(_DAYS)]
    with engine.begin() as connection:
        received = datetime(2025, 2, 1, tzinfo=UTC).replace(tzinfo=None)
        file = {"id": 1, "sha256": "0" * 64, "flow": "PDO", "name": "x", "sent_at": "", "received_at": received}
        connection.execute(sa.insert(metering.source_file).values(file))
        connection.execute(sa.insert(customers.customer).values(code=_CODE, kind="organisation", name="Prova"))
        connection.execute(sa.insert(customers.supply_order).values(customer_code=_CODE, number="1", expected_kwh=1))
        connection.execute(sa.insert(customers.supply_point).values(id=1, pod="IT001E00000001"))
        connection.execute(
            sa.insert(customers.holder).values(
                point_id=1, first_day=date(2024, 1, 1), customer_code=_CODE, order_number="1"
            )
        )
        connection.execute(
            sa.insert(metering.curve_day),
            [
                {
                    "point_id": 1, "magnitude": magnitude, "day": day_number(day), "n": quarter_hours(day), "flags": 0,
                    "file_id": 1, "curve": (100).to_bytes(4, "little") * quarter_hours(day),
                }
                for day in days
                for magnitude in ("Ea", "Er")
            ],
        )  # fmt: skip
    engine.dispose()
