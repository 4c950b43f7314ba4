"""A tender of a test's own, with notebooks that are quick, and the shop that holds everything it owes readings for."""

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import nbformat
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import Clock
from portal_lib.deposit import catalogue
from portal_lib.metering import tables as metering
from portal_lib.reporting.tenders import REPORTS_FOLDER
from portal_lib.settings import Settings
from tests.reporting.conftest import GYM, SHOP, World

#: Writes a CSV of one row with the period's energy.
HONEST = """
from pathlib import Path
from portal_lib.reporting.holdings import held_points
from portal_lib.reporting.periods import Period
from portal_lib.visitor import Door
door = Door.from_environment()
held = held_points(door, Period.parse(period))
total = sum(door.band_totals(part.point.pod, part.first, part.last)["total"] for part in held)
text = f"POD;kWh totale\\r\\nX;{total:.3f}\\r\\n".replace(".", ",")
Path(folder, "report.csv").write_text(text)
"""


def at(instant: datetime) -> Clock:
    """A clock that stands, and that another process can be given."""
    return partial(datetime.fromtimestamp, instant.timestamp(), UTC)


def notebook(path: Path, *cells: str) -> None:
    """A notebook with the parameters of the shipped R1 and these cells."""
    book = json.loads((REPORTS_FOLDER / "r1_consumi_mensili.ipynb").read_text())
    book["cells"] = [next(cell for cell in book["cells"] if "parameters" in cell["metadata"].get("tags", ()))]
    made = nbformat.from_dict(book)
    made.cells += [nbformat.v4.new_code_cell(source) for source in cells]  # type: ignore[no-untyped-call]
    nbformat.write(made, path)  # type: ignore[no-untyped-call]


def tender(
    folder: Path, reports: Mapping[str, tuple[str, ...]], *, codes: tuple[str, ...] = (SHOP,), head: str = "",
    entries: Mapping[str, str] | None = None,
) -> Path:  # fmt: skip
    """Write a tender (July to September 2024) and a notebook for each of its reports: id -> cells."""
    tenders = folder / "own" / "tenders"
    shutil.rmtree(tenders.parent, ignore_errors=True)
    tenders.mkdir(parents=True)
    text = f'name = "Prova"\nstarts = 2024-07-01\nends = 2024-09-30\npenalty_per_day = 100\n{head}\n'
    text += f"[administrations]\ncodes = {json.dumps(codes)}\n"
    for report_id, cells in reports.items():
        notebook(tenders.parent / f"{report_id.lower()}.ipynb", *cells)
        text += f'[reports.{report_id}]\ntitle = "Prova {report_id}"\nnotebook = "{report_id.lower()}.ipynb"\n'
        text += f'cadence = "month"\nformats = ["csv"]\n{(entries or {}).get(report_id, "")}\n'
    (tenders / "prova.toml").write_text(text)
    return tenders


def with_tender(settings: Settings, tenders: Path, **changed: object) -> Settings:
    return settings.model_copy(update={"tenders_folder": tenders, **changed})


def more_readings(world: World, first: date, last: date) -> None:
    """The gym's curve of September's first day, on other days too."""
    epoch = date(1970, 1, 1)
    table = metering.curve_day
    with world.engine.begin() as connection:
        query = sa.select(table).where(table.c.point_id == 3, table.c.day == (date(2024, 9, 1) - epoch).days)
        row = dict(connection.execute(query).one()._mapping)
        days = [(first + timedelta(days=n) - epoch).days for n in range((last - first).days + 1)]
        connection.execute(table.insert(), [row | {"day": day} for day in days])
    assert GYM


def deposited(engine: Engine) -> list[tuple[str, str, str, int]]:
    """What the catalogue holds: report, first day, customer, version."""
    with db.reading(engine) as connection:
        return sorted(
            (one.report, str(one.period_first), one.customer_code, one.version)
            for one in catalogue.every_deposit(connection)
        )
