"""Whole runs, with real kernels: from the catalogue's entry to files that a customer can open."""

import csv
import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from portal_lib import db
from portal_lib.deposit import catalogue
from portal_lib.deposit.depositing import Deposit
from portal_lib.refused import Refused
from portal_lib.reporting import exceptions
from portal_lib.reporting.runner import Runner
from portal_lib.reporting.tenders import TenderReport, read_catalogue
from tests.reporting import reference
from tests.reporting.conftest import (
    CELLAR,
    GONE,
    GYM,
    HALL,
    LAMPS,
    SHOP,
    SILENT,
    TOWN,
    MakeReport,
    World,
)
from tests.reporting.test_consumption import FIRST, LAST, SEPTEMBER

WRITE = "from pathlib import Path\nPath(folder, 'report.csv').write_text({!r})"


def shipped(report_id: str) -> TenderReport:
    return read_catalogue(due_days=30).report(report_id)


def opened(runner: Runner, deposit: Deposit) -> tuple[Any, list[dict[str, str]]]:
    """A deposit's two files, each opened by a reader that is not ours."""
    xlsx, delimited = (runner.settings.deposit_folder / file.path for file in deposit.files[:2])
    with delimited.open(encoding="utf-8-sig", newline="") as file:
        return openpyxl.load_workbook(xlsx, data_only=True), list(csv.DictReader(file, delimiter=";"))


def wh(cell: object) -> int:
    return round(float(str(cell).replace(",", ".")) * 1000)


def nothing_deposited(runner: Runner) -> bool:
    with db.reading(runner.engine) as connection:
        empty = not catalogue.every_deposit(connection)
    folder = runner.settings.deposit_folder
    return empty and not (folder.exists() and [path for path in folder.rglob("*") if path.is_file()])


def no_working_folder_left(runner: Runner) -> bool:
    return not list((runner.settings.var / "runs").glob(".working-*"))


def test_r1_is_deposited_with_the_months_energy_in_both_forms(runner: Runner, world: World) -> None:
    deposit = runner.run(shipped("R1"), SEPTEMBER, TOWN)
    assert [file.name for file in deposit.files] == [
        "R1_consumi-mensili_2024-09_10002001_v1.xlsx",
        "R1_consumi-mensili_2024-09_10002001_v1.csv",
        "R1_consumi-mensili_2024-09_10002001_v1_iso.csv",
        "R1_consumi-mensili_2024-09_10002001_v1.pdf",
    ]
    book, rows = opened(runner, deposit)
    page = [
        dict(zip([cell.value for cell in book["Consumi"][1]], line, strict=True))
        for line in book["Consumi"].iter_rows(2, values_only=True)
    ]
    expected = {
        (HALL, FIRST): reference.by_band(reference.between(world.measured[HALL, "Ea"], FIRST, LAST)),
        (LAMPS, FIRST): reference.by_band(reference.between(world.measured[LAMPS, "Ea"], FIRST, date(2024, 9, 25))),
        (LAMPS, date(2024, 9, 26)): reference.by_band(
            reference.between(world.measured[LAMPS, "Ea"], date(2024, 9, 26), LAST)
        ),
        (GYM, date(2024, 9, 16)): reference.by_band(
            reference.between(world.measured[GYM, "Ea"], date(2024, 9, 16), LAST)
        ),
    }
    for line, row in zip(page[:4], rows[:4], strict=True):
        sums = expected[line["POD"], line["Dal"].date()]
        assert (row["POD"], row["Dal"]) == (line["POD"], f"{line['Dal']:%d/%m/%Y}")
        for title, energy in (*((f"kWh {band}", sums[band]) for band in sums), ("kWh totale", sum(sums.values()))):
            assert wh(line[title]) == wh(row[title]) == energy
    assert (rows[4]["POD"], rows[4]["kWh totale"], page[4]["kWh totale"]) == (CELLAR, "", None)
    assert wh(page[5]["kWh totale"]) == sum(sum(sums.values()) for sums in expected.values())


def test_r4_is_deposited_with_every_interval_of_every_day_held(runner: Runner, world: World) -> None:
    deposit = runner.run(shipped("R4"), SEPTEMBER, SHOP)
    book, rows = opened(runner, deposit)
    days = reference.between(world.measured[GYM, "Ea"], FIRST, date(2024, 9, 15))
    expected = [(start, energy) for start, _, energy in reference.metered(days)]
    assert [(row["POD"], row["Data"], row["Dalle"], wh(row["kWh"])) for row in rows] == [
        (GYM, f"{start:%d/%m/%Y}", f"{start:%H:%M}", energy) for start, energy in expected
    ]
    lines = list(book[GYM].iter_rows(2, values_only=True))
    assert [wh(line[3]) for line in lines[:-1]] == [energy for _, energy in expected]
    assert lines[-1][0] == "Totale"
    assert wh(lines[-1][3]) == sum(energy or 0 for _, energy in expected)


def test_a_deposit_is_dated_due_and_checksummed_and_the_run_kept_as_evidence(runner: Runner) -> None:
    deposit = runner.run(shipped("R4"), SEPTEMBER, SHOP)
    assert (deposit.due_on, deposit.on_time) == (date(2024, 10, 30), True)
    assert deposit.deposited_at == datetime(2024, 10, 5, 10, 0, tzinfo=UTC)
    for file in deposit.files:
        kept = runner.settings.deposit_folder / file.path
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == file.sha256
    (evidence,) = (runner.settings.var / "runs").rglob("*.ipynb")
    assert (
        evidence.relative_to(runner.settings.var).as_posix() == "runs/R4/2024-09/10002002/20241005T100000000000Z.ipynb"
    )
    executed = json.loads(evidence.read_text())
    assert all(cell.get("execution_count") for cell in executed["cells"] if cell["cell_type"] == "code")
    assert no_working_folder_left(runner)


def test_the_same_readings_give_the_same_bytes_but_for_the_version_and_a_later_one_supersedes(
    runner: Runner, world: World
) -> None:
    report = shipped("R4")
    first, second = runner.run(report, SEPTEMBER, SHOP), runner.run(report, SEPTEMBER, SHOP)
    kept = [(runner.settings.deposit_folder / made.files[1].path).read_bytes() for made in (first, second)]
    assert b";1\r\n" in kept[0]
    assert kept[0].replace(b";1\r\n", b";2\r\n") == kept[1]
    assert [file.name.partition("_v")[2] for file in second.files] == ["2.xlsx", "2.csv", "2_iso.csv", "2.pdf"]
    listed = world.door(SHOP).deposits()
    assert [(file.version, file.superseded) for file in listed] == [(2, False)] * 4
    assert world.door(SHOP).deposited_file(first.files[0].id).superseded
    assert world.door(TOWN).deposits() == []


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (SILENT, exceptions.NoReadings),
        (GONE, exceptions.NothingOwed),
        ("99999999", exceptions.UnknownCustomer),
        ("", exceptions.UnknownCustomer),
        ("%", exceptions.UnknownCustomer),
    ],
)
def test_a_report_that_is_not_owed_or_has_nothing_to_say_is_refused(
    runner: Runner, code: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        runner.run(shipped("R1"), SEPTEMBER, code)
    assert nothing_deposited(runner)


def test_a_month_that_is_not_over_is_refused(runner: Runner) -> None:
    with pytest.raises(exceptions.PeriodNotOver, match="2024-10-31"):
        runner.run(shipped("R1"), type(SEPTEMBER)(2024, 10), TOWN)


def test_reports_are_owed_to_those_who_held_a_point_on_some_day(runner: Runner) -> None:
    assert runner.owed_to(SEPTEMBER) == [TOWN, SHOP, SILENT]
    assert runner.owed_to(type(SEPTEMBER)(2024, 8)) == [TOWN, SHOP, SILENT, GONE]
    assert runner.owed_to(type(SEPTEMBER)(2019, 12)) == []


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [({"peroid": "2024-08"}, exceptions.UnknownParameter), ({"title": 5}, exceptions.WrongParameter)],
)
def test_a_wrong_parameter_is_refused_before_any_kernel_starts(
    runner: Runner, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch, parameters: Any, refusal: type[Refused]
) -> None:
    from portal_lib.reporting import papermill_runs

    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(papermill_runs, "run_notebook", never)
    with pytest.raises(refusal):
        runner.run(make_report(**parameters), SEPTEMBER, SHOP)
    assert nothing_deposited(runner)
    assert no_working_folder_left(runner)


def test_a_notebook_that_raises_half_way_deposits_nothing_and_says_where_it_stopped(
    runner: Runner, make_report: MakeReport
) -> None:
    report = make_report(WRITE.format("POD;kWh\r\nhalf"), "raise ValueError('out of ink')")
    with pytest.raises(exceptions.NotebookFailed, match="ValueError: out of ink") as refused:
        runner.run(report, SEPTEMBER, SHOP)
    kept = Path(refused.value.facts["kept"])
    assert kept.name.endswith("_failed.ipynb")
    assert "out of ink" in kept.read_text()
    assert nothing_deposited(runner)
    assert no_working_folder_left(runner)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("POD;kWh\r\nIT001E00000003;1,000\r\n", "adds up to 1.000 kWh"),
        ("POD;kWh\r\n", "no row"),
        ("", "empty"),
    ],
)
def test_a_document_that_disagrees_with_the_readings_is_not_deposited(
    runner: Runner, make_report: MakeReport, text: str, reason: str
) -> None:
    with pytest.raises(exceptions.UnfitDocument, match=reason):
        runner.run(make_report(WRITE.format(text)), SEPTEMBER, SHOP)
    assert nothing_deposited(runner)


def test_the_kernel_can_read_the_data_but_neither_write_them_nor_see_another_customer(
    runner: Runner, make_report: MakeReport, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_ACCOUNTS_URL", "postgresql://portal:secret@db/accounts")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    total = sum(reference.by_band(reference.between(world.measured[GYM, "Ea"], FIRST, date(2024, 9, 15))).values())
    report = make_report(
        "import os\nassert 'secret' not in str(dict(os.environ))",
        "import sqlalchemy as sa\nfrom portal_lib.visitor import Door, NotYours\ndoor = Door.from_environment()",
        f"assert [point.pod for point in door.supply_points()] == [{GYM!r}]",
        f"try:\n    door.day_count({HALL!r}, door.span({GYM!r})[0], door.span({GYM!r})[1])\n"
        "    raise AssertionError('saw it')\nexcept NotYours:\n    pass",
        "try:\n    door._engine.connect().exec_driver_sql('delete from deposit')\n"
        "    raise AssertionError('wrote')\nexcept sa.exc.DBAPIError:\n    pass",
        WRITE.format(f"POD;kWh\r\n{GYM};{total // 1000},{total % 1000:03d}\r\n"),
    )
    assert runner.run(report, SEPTEMBER, SHOP).version == 1
