"""A small supplier of September 2024 with every case that a report meets, and what its meters really measured."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import nbformat
import numpy as np
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import Engine

from portal_lib.clock import Clock
from portal_lib.customers import tables as customers
from portal_lib.deposit import tables as deposits
from portal_lib.metering import tables as metering
from portal_lib.metering.flags import DayFlag
from portal_lib.reporting.due import Terms
from portal_lib.reporting.runner import Runner
from portal_lib.reporting.tenders import TenderReport
from portal_lib.settings import Settings
from portal_lib.visitor import Door, Visitor

MISSING = -(2**31)
TOWN, SHOP, SILENT, GONE = "10002001", "10002002", "10002003", "10002004"
HALL, LAMPS, GYM, CELLAR, SHED, FLAT = (f"IT001E0000000{number}" for number in range(1, 7))

SEPTEMBER = [date(2024, 9, 1) + timedelta(days=n) for n in range(30)]
CHANGE_DAYS = [date(2024, 10, 27), date(2025, 3, 30)]


@dataclass(frozen=True)
class Day:
    """What one meter measured on one local day: Wh or varh per interval."""

    values: tuple[int, ...]
    flags: int = 0


#: (POD, magnitude) -> day -> what was measured.
Measured = dict[tuple[str, str], dict[date, Day]]


@dataclass(frozen=True)
class World:
    engine: Engine
    measured: Measured

    def door(self, *codes: str) -> Door:
        return Door(self.engine, Visitor("tester", frozenset(codes)))


def measure() -> Measured:
    random = np.random.default_rng(20240901)

    def curve(intervals: int, most: int) -> tuple[int, ...]:
        return tuple(int(wh) for wh in random.integers(0, most, intervals))

    measured: Measured = {}
    for magnitude, most in (("Ea", 9_000), ("Er", 4_000)):
        measured[HALL, magnitude] = {day: Day(curve(96, most)) for day in SEPTEMBER}
    measured[HALL, "Ea"] |= {day: Day(curve(count, 9_000)) for day, count in zip(CHANGE_DAYS, (100, 92), strict=True)}
    # Metered by the hour, estimated from the 21st on, three days absent, one hour missing.
    measured[LAMPS, "Ea"] = {
        day: Day(curve(24, 50_000), DayFlag.ESTIMATED if day.day > 20 else 0) for day in SEPTEMBER[3:]
    }
    holed = list(measured[LAMPS, "Ea"][date(2024, 9, 10)].values)
    holed[5] = MISSING
    measured[LAMPS, "Ea"][date(2024, 9, 10)] = Day(tuple(holed))
    # One quarter hour missing, on a day that the town holds.
    measured[GYM, "Ea"] = {day: Day(curve(96, 3_000), DayFlag.NOT_VALIDATED) for day in SEPTEMBER}
    holed = list(measured[GYM, "Ea"][date(2024, 9, 20)].values)
    holed[41] = MISSING
    measured[GYM, "Ea"][date(2024, 9, 20)] = Day(tuple(holed))
    return measured


def fill(engine: Engine, measured: Measured) -> None:
    """Customers, points, holders, orders and days, straight into the tables."""
    for tables in (customers, metering, deposits):
        tables.metadata.create_all(engine)
    codes = {TOWN: "Comune di Prova", SHOP: "=Bottega & Figli", SILENT: "Ente Muto", GONE: "Ex Cliente"}
    pods = [HALL, LAMPS, GYM, CELLAR, SHED, FLAT]
    held = [
        (HALL, date(2020, 1, 1), None, TOWN, "ORD-1"),
        (LAMPS, date(2020, 1, 1), date(2024, 9, 25), TOWN, "ORD-1"),
        (LAMPS, date(2024, 9, 26), None, TOWN, "ORD-2"),
        (GYM, date(2020, 1, 1), date(2024, 9, 15), SHOP, None),
        (GYM, date(2024, 9, 16), None, TOWN, "ORD-2"),
        (CELLAR, date(2024, 9, 10), None, TOWN, "ORD-1"),
        (SHED, date(2020, 1, 1), None, SILENT, None),
        (FLAT, date(2020, 1, 1), date(2024, 8, 31), GONE, None),
    ]
    epoch = date(1970, 1, 1)
    with engine.begin() as connection:
        connection.execute(
            customers.customer.insert(),
            [
                {"code": code, "kind": "organisation", "name": name, "tax_code": "01234567897", "office_code": "UF1234"}
                for code, name in codes.items()
            ],
        )
        connection.execute(
            customers.supply_order.insert(),
            [
                {
                    "customer_code": TOWN,
                    "number": number,
                    "ordered_on": day,
                    "cig": f"Z1234567{n}9",
                    "lot": f"Lotto {n}",
                }
                for n, (number, day) in enumerate([("ORD-1", date(2023, 12, 1)), ("ORD-2", date(2024, 9, 2))], 1)
            ],
        )
        connection.execute(
            customers.supply_point.insert(),
            [
                {
                    "id": number,
                    "pod": pod,
                    "address": f"Via Roma {number}",
                    "municipality": "Prova",
                    "use": "altri usi",
                    "voltage": 400,
                    "contracted_kw": 16.5,
                    "available_kw": 18.15,
                }
                for number, pod in enumerate(pods, 1)
            ],
        )
        connection.execute(
            customers.holder.insert(),
            [
                dict(
                    zip(
                        ("point_id", "first_day", "last_day", "customer_code", "order_number"),
                        (pods.index(pod) + 1, *rest),
                        strict=True,
                    )
                )
                for pod, *rest in held
            ],
        )
        connection.execute(
            metering.curve_day.insert(),
            [
                {
                    "point_id": pods.index(pod) + 1,
                    "magnitude": magnitude,
                    "day": (day - epoch).days,
                    "n": len(curve.values),
                    "flags": curve.flags,
                    "file_id": 1,
                    "curve": np.array(curve.values, dtype="<i4").tobytes(),
                }
                for (pod, magnitude), days in measured.items()
                for day, curve in days.items()
            ],
        )


@pytest.fixture
def world(data_engine: Engine) -> World:
    measured = measure()
    fill(data_engine, measured)
    return World(data_engine, measured)


@pytest.fixture
def settings(world: World, tmp_path: Path, read_only: Callable[[str], str]) -> Settings:
    url = world.engine.url.render_as_string(hide_password=False)
    return Settings(
        var=tmp_path, data_url=SecretStr(url), data_read_url=SecretStr(read_only(url)), report_timeout_minutes=1
    )


NOW = datetime(2024, 10, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def runner(world: World, settings: Settings) -> Runner:
    clock: Clock = lambda: NOW  # noqa: E731
    return Runner(world.engine, settings, clock)


MakeReport = Callable[..., TenderReport]


@pytest.fixture
def make_report(tmp_path: Path) -> MakeReport:
    """A report whose notebook consists of these cells after the usual parameters."""

    def made(*cells: str, formats: tuple[str, ...] = ("csv",), **parameters: object) -> TenderReport:
        shipped = Path(__file__).parents[2] / "reports" / "r1_consumi_mensili.ipynb"
        book = json.loads(shipped.read_text())
        declared = next(cell for cell in book["cells"] if "parameters" in cell["metadata"].get("tags", ()))
        book["cells"] = [declared]
        notebook = nbformat.from_dict(book)
        notebook.cells += [nbformat.v4.new_code_cell(source) for source in cells]  # type: ignore[no-untyped-call]
        path = tmp_path / "made.ipynb"
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
        return TenderReport(
            id="R1",
            tender="Prova",
            title="Consumi mensili",
            notebook=path,
            cadences=("month",),
            terms=Terms(30),
            formats=formats,  # type: ignore[arg-type]
            parameters=parameters,
        )

    return made
