"""Bringing the sample supplier's data into a portal: customers, two years of flows, and a household's own
export.

Everything goes in by the ordinary loaders, like any supplier's. Done once; after that a look at a mark under
``var/demo`` and at the database says that nothing is left to do.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from portal_lib.settings import Settings

HERE = Path(__file__).parent

#: The household, whose readings are the distributor's real export.
HOUSEHOLD_POD = "IT999E00000101"
HOUSEHOLD_EXPORT = HERE / "data" / "e-distribuzione" / "ExportData_settembre.csv"

#: Two years of PDO and of PNO, a switch, a correction, and the household's export.
_FILES = 24 + 24 + 3

#: What the data are made from. When one of these changes, they are prepared anew.
_SOURCES = (
    "*.csv",
    "data/**/*.csv",
    "data/**/*.gz",
    "curves.py",
    "flows.py",
    "lighting.py",
    "local_days.py",
    "points.py",
    "registers.py",
    "shapes.py",
    "../portal_lib/migrations/data/versions/*.py",
)


def prepare(settings: Settings, tell: Callable[[str], None] = lambda _sentence: None) -> None:
    """Bring the sample data into the portal of these settings, unless they are there already.

    ``tell`` gets a sentence for each step that takes time. Interrupted, it can be called again: each file is
    loaded whole or not at all, and once. Raises what the loaders raise, such as a refusal of flows whose
    party numbers the settings don't name.
    """
    mark = settings.var.absolute() / "demo" / "prepared"
    wanted = _fingerprint(settings)
    if mark.exists() and mark.read_text(encoding="ascii") == wanted and _is_loaded(settings):
        return
    started = time.monotonic()
    tell("Preparing the sample supplier: four customers and two years of quarter hours. This is done once.")
    _load(settings, tell)
    part = mark.with_suffix(".part")
    part.write_text(wanted, encoding="ascii")
    part.replace(mark)
    tell(f"The sample data are there ({time.monotonic() - started:.0f} s).")


def _load(settings: Settings, tell: Callable[[str], None]) -> None:
    from demo.curves import MONTHS
    from demo.flows import write_month, write_registers
    from portal_lib import db
    from portal_lib.clock import system_clock
    from portal_lib.customers.loading import load as load_customers
    from portal_lib.customers.points import expect
    from portal_lib.metering.loading import load_file

    flows = settings.var.absolute() / "demo" / "flows"
    flows.mkdir(parents=True, exist_ok=True)
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)

    def load(path: Path, pod: str | None = None) -> None:
        load_file(
            engine,
            path,
            resolve=expect,
            clock=system_clock,
            put_aside_folder=settings.put_aside_folder,
            pod=pod,
            supplier_vat=settings.supplier_vat,
            distributor_vats=settings.distributor_vats,
        )

    parties = {"distributor_vat": settings.distributor_vats[0], "supplier_vat": settings.supplier_vat or ""}
    try:
        load_customers(engine, [HERE / name for name in ("customers.csv", "orders.csv", "points.csv")])
        for month in MONTHS:
            if month.month == 1:
                tell(f"Flows of {month.year} …")
            load(write_month(flows, month, **parties))
        for path in write_registers(flows, **parties):
            load(path)
        load(HOUSEHOLD_EXPORT, HOUSEHOLD_POD)
    finally:
        engine.dispose()


def _is_loaded(settings: Settings) -> bool:
    """Whether the database has at least as many files as the sample supplier; it may have been thrown away."""
    import sqlalchemy as sa

    from portal_lib import db
    from portal_lib.metering.tables import source_file

    engine = db.open_engine(settings.data_database, read_only=True)
    try:
        with db.reading(engine) as connection:
            count = connection.execute(sa.select(sa.func.count()).select_from(source_file)).scalar_one()
    except sa.exc.DBAPIError:  # no database, or one without tables
        return False
    finally:
        engine.dispose()
    return int(count) >= _FILES


def _fingerprint(settings: Settings) -> str:
    digest = hashlib.sha256(f"{settings.supplier_vat} {settings.distributor_vats}".encode())
    for path in _sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for pattern in _SOURCES:
        folder, name = (HERE.parent, pattern[3:]) if pattern.startswith("../") else (HERE, pattern)
        yield from sorted(folder.glob(name))
