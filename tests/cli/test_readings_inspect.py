"""``portal readings trace`` and ``status`` as an operator meets them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.cli import main as cli
from portal_lib.customers.tables import customer, holder, supply_point
from portal_lib.metering.calendar import day_number
from portal_lib.metering.tables import curve_day, curve_day_superseded, register_reading, source_file

POD, SHOP, STRANGER = "IT001E00000001", "IT001E00000002", "IT001E00000009"
FIRST = date(2025, 11, 1)

Portal = Callable[..., int]


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal with a month's curve, of which one day is missing and one was corrected, and a meter of registers."""
    var = tmp_path / "var"
    monkeypatch.setenv("PORTAL_VAR", str(var))
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    (var / "data").mkdir(parents=True)
    url = f"sqlite:///{var / 'data' / 'data.sqlite'}"
    db.migrate("data", url)
    engine = db.open_engine(url)
    received = datetime(2025, 12, 3, 5, tzinfo=UTC).replace(tzinfo=None)
    with engine.begin() as connection:
        connection.execute(customer.insert().values(code="1", kind="household", name="Casa"))
        for point, pod in enumerate((POD, SHOP), 1):
            connection.execute(supply_point.insert().values(id=point, pod=pod))
            connection.execute(holder.insert().values(point_id=point, first_day=FIRST, customer_code="1"))
        connection.execute(supply_point.insert().values(id=3, pod=STRANGER, announced=False))
        for number, sent in ((1, "20251203050000"), (2, "20251219110000")):
            connection.execute(
                sa.insert(source_file).values(
                    id=number, sha256=str(number), flow="PDO2G", name=f"file-{number}.xml", sent_at=sent,
                    received_at=received,
                )
            )  # fmt: skip
        for offset in range(29):
            day = {"point_id": 1, "magnitude": "Ea", "day": day_number(FIRST + timedelta(days=offset)), "n": 96}
            values = {"curve": np.full(96, 100, dtype="<i4").tobytes(), "file_id": 1, "flags": 0}
            if offset == 3:
                connection.execute(curve_day_superseded.insert().values(**day, **values))
                values |= {"file_id": 2, "flags": 4}
            connection.execute(curve_day.insert().values(**day, **values))
        for day_, value in ((date(2025, 10, 31), 0), (date(2025, 11, 30), 5000)):
            connection.execute(
                register_reading.insert().values(
                    point_id=2, day=day_number(day_), kind="register", magnitude="Ea", band="F1", value=value, flags=0,
                    file_id=1,
                )
            )  # fmt: skip
    engine.dispose()

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["portal", "readings", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


def test_trace_shows_the_value_in_force_and_the_one_it_replaced(
    portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert portal("trace", POD.lower(), "2025-11-04") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "file-" in line]
    assert ["in force" in line for line in lines] == [True, False]
    assert "file-2.xml" in lines[0] and "2025-12-19 11:00:00" in lines[0] and "corrected" in lines[0]
    assert "superseded" in lines[1] and "2025-12-03T05:00:00Z" in lines[1]

    assert portal("trace", POD, "2025-11-04", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["file"], row["total"]) for row in told] == [("file-2.xml", 9.6), ("file-1.xml", 9.6)]


def test_trace_says_where_there_is_nothing_and_what_was_typed_wrong(
    portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert portal("trace", POD, "2025-12-04") == 0
    assert "no file has said anything" in capsys.readouterr().err
    for arguments, sentence in (
        ((POD, "04/11/2025"), "is not a day"),
        ((POD, "2025-02-30"), "is not a day"),
        (("IT001E00000077", "2025-11-04"), "No supply point has the POD"),
        (("nonsense", "2025-11-04"), "is not a POD"),
    ):
        assert portal("trace", *arguments) == 1
        err = capsys.readouterr().err
        assert sentence in err and "Traceback" not in err


def test_status_lists_what_lacks_something_and_says_what_waits(
    portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert portal("status", "--month", "2025-11") == 0
    out, err = capsys.readouterr()
    assert POD in out and SHOP not in out
    assert f"1 points wait for a sheet that names them: {STRANGER}" in err
    assert "registers by 2025-12-20" in err

    assert portal("status", "--month", "2025-11", "--all") == 0
    assert SHOP in capsys.readouterr().out

    assert portal("status", "--month", "2025-11", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["hourly_due"], told["waiting"], told["put_aside"]) == ("2025-12-05", [STRANGER], 0)
    curve, registers = told["points"]
    assert (curve["kind"], curve["owed"], curve["measured"], curve["corrected"], curve["missing"]) == (
        "curve", 30, 28, 1, 1,
    )  # fmt: skip
    assert (registers["kind"], registers["measured"], registers["missing"], registers["late"]) == (
        "registers", 30, 0, False,
    )  # fmt: skip


def test_status_of_a_month_that_is_none_is_a_sentence(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    assert portal("status", "--month", "2025-13") == 1
    assert "is not a month" in capsys.readouterr().err
    assert portal("status") == 0
