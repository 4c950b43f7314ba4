"""An empty deposit: its tables in a database, its folder, and a clock that stands where it is put."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from portal_lib.deposit import depositing

NOON = datetime(2024, 10, 5, 10, 0, tzinfo=UTC)

Make = Callable[..., depositing.Deposit]


@pytest.fixture
def engine(data_engine: Engine) -> Engine:
    return data_engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deposit"


@pytest.fixture
def make(engine: Engine, folder: Path) -> Make:
    """Deposit something: R4 of September 2024 for 10002001, unless told otherwise."""

    def made(at: datetime = NOON, **changed: Any) -> depositing.Deposit:
        code = changed.get("customer_code", "10002001")
        facts: dict[str, Any] = {
            "customer_code": code,
            "report": "R4",
            "title": "Curve orarie",
            "period_first": date(2024, 9, 1),
            "period_last": date(2024, 9, 30),
            "due_on": date(2024, 10, 30),
            "documents": {"csv": b"POD;kWh\r\n"},
            "names": lambda kind, version: f"R4_2024-09_v{version}.{kind}",
            "clock": lambda: at,
        } | changed
        return depositing.deposit(engine, folder, **facts)

    return made
