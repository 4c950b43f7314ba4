"""``portal reports`` as an operator types it."""

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from portal_lib.cli.main import main
from portal_lib.settings import Settings
from tests.reporting.conftest import GONE, SHOP, SILENT, TOWN, World
from tests.reporting.owing import HONEST, more_readings, tender

Run = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    monkeypatch.setenv("PORTAL_VAR", str(settings.var))
    monkeypatch.setenv("PORTAL_DATA_URL", settings.data_database)
    monkeypatch.setenv("PORTAL_DATA_READ_URL", settings.data_database_to_read)


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*words: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["portal", *words])
        try:
            main()
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_a_run_for_all_deposits_what_it_can_and_refuses_the_rest_by_name(portal) -> None:  # type: ignore[no-untyped-def]
    code, out, err = portal("reports", "run", "--report", "R1", "--period", "2024-09", "--json")
    assert code == 1
    rows = json.loads(out)
    assert [(row["customer"], row["version"], row["late"]) for row in rows] == [(TOWN, 1, True), (SHOP, 1, True)]
    assert rows[0]["files"][:2] == [f"R1_consumi-mensili_2024-09_{TOWN}_v1.{kind}" for kind in ("xlsx", "csv")]
    assert f"no readings for the 1 supply point(s) of customer {SILENT}" in err
    assert GONE not in err
    code, out, _ = portal("deposit", "list", "--json")
    assert code == 0
    assert {(row["report"], row["period"], row["customer"], row["version"]) for row in json.loads(out)} == {
        ("R1", "2024-09", TOWN, 1),
        ("R1", "2024-09", SHOP, 1),
    }
    code, out, _ = portal("deposit", "list")
    assert code == 0
    assert SHOP in out
    assert "2024-10-28" in out  # 20 working days after September


@pytest.fixture
def own_tender(world: World, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R1 of July to September 2024 for the shop; July has no readings."""
    more_readings(world, date(2024, 8, 1), date(2024, 8, 31))
    monkeypatch.setenv("PORTAL_TENDERS_FOLDER", str(tender(tmp_path, {"R1": (HONEST,)})))


@pytest.mark.usefixtures("own_tender")
def test_what_is_owed_is_made_told_signed_verified_and_proven(portal, settings: Settings) -> None:  # type: ignore[no-untyped-def]
    code, out, err = portal("reports", "status")
    assert code == 0
    assert "3 owed in all, 0 done (0 late), 3 to do: 3 late" in err and "EUR more each day" in err
    assert "portal deposit key" in err and out.count("owed, late") == 3
    code, public, err = portal("deposit", "key")
    assert code == 0 and public.startswith("-----BEGIN PUBLIC KEY-----") and "fingerprint" in err
    assert portal("deposit", "key")[0] == 1
    assert portal("deposit", "key", "--public")[1] == public

    code, out, err = portal("reports", "run", "--due", "--jobs", "2")
    assert code == 1
    assert "2 deposited (2 late), 1 failed" in err and "there are no readings" in err
    assert out.count("deposited") == 2
    code, out, err = portal("reports", "run", "--due")
    assert (code, out) == (0, "") and "nothing is owed that could be made now" in err
    code, out, _ = portal("reports", "status", "--json")
    assert [(row["period"], row["state"], row["failures"]) for row in json.loads(out)] == [
        ("2024-07", "failed", 1),
        ("2024-08", "done", 0),
        ("2024-09", "done", 0),
    ]
    code, out, err = portal("deposit", "receipts", "--tender", "prova", "--period", "2024-08")
    assert code == 0 and SHOP in out and "never" in out and "manifest 1 of" in err
    code, _, err = portal("deposit", "verify")
    assert code == 0 and "2 files" in err and "everything is as it was deposited" in err

    (path,) = (settings.var / "deposit" / "R1" / "2024-08-01_2024-08-31").rglob("*.csv")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    code, out, err = portal("deposit", "verify", "--json")
    assert code == 1 and "NOT everything" in err
    assert [(row["fault"], row["customer"], row["report"]) for row in json.loads(out)] == [("altered", SHOP, "R1")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--report", "R9", "--period", "2024-09"), "No tender has a report «R9»"),
        (("--report", "R1", "--period", "september"), "«september» is not a period"),
        (("--report", "R1", "--period", "2024-Q3"), "R1 is not made for 2024-Q3: its cadence is month"),
        (("--due", "--dask", "tcp://127.0.0.1:1"), "No Dask cluster answers at tcp://127.0.0.1:1"),
        (("--report", "R1", "--period", "2099-01"), "run the report from the day after"),
        (("--report", "R1", "--period", "2024-09", "--customer", "nobody"), "No customer has the code «NOBODY»"),
        (("--report", "R1", "--period", "2024-09", "--customer", GONE), "is owed no report"),
    ],
)
def test_a_mistake_is_a_sentence_and_never_a_traceback(portal, words: tuple[str, ...], sentence: str) -> None:  # type: ignore[no-untyped-def]
    code, _, err = portal("reports", "run", *words)
    assert code == 1
    assert sentence in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words",
    [
        ("--report", "R1"),
        ("--period", "2024-09"),
        (),
        ("--due", "--report", "R1", "--period", "2024-09"),
        ("--due", "--customer", SHOP),
        ("--report", "R1", "--period", "2024-09", "--jobs", "2"),
        ("--due", "--jobs", "0"),
    ],
)
def test_a_wrong_call_ends_with_2(portal, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert portal("reports", "run", *words)[0] == 2


def test_a_tenders_mistake_is_told_with_its_line_before_anything_runs(
    portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    tenders = tender(tmp_path, {"R1": (HONEST,)})
    (tenders / "prova.toml").write_text((tenders / "prova.toml").read_text().replace('"month"', '"week"'))
    monkeypatch.setenv("PORTAL_TENDERS_FOLDER", str(tenders))
    code, out, err = portal("reports", "run", "--due")
    assert (code, out) == (1, "")
    assert "prova.toml:11: reports.R1.cadence" in err


def test_a_month_in_which_nobody_was_supplied_owes_nothing(portal) -> None:  # type: ignore[no-untyped-def]
    code, out, err = portal("reports", "run", "--report", "R1", "--period", "2019-12")
    assert (code, out) == (0, "")
    assert "no report is owed" in err


def test_nothing_deposited_is_said_in_words(portal) -> None:  # type: ignore[no-untyped-def]
    code, out, err = portal("deposit", "list")
    assert (code, out) == (0, "")
    assert "nothing has been deposited yet" in err


@pytest.mark.parametrize(
    "words",
    [("reports", name) for name in ("run", "status", "runner")]
    + [("deposit", name) for name in ("list", "key", "verify", "receipts")],
)
def test_help_shows_an_example(portal, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = portal(*words, "--help")
    assert code == 0
    assert f"Example: portal {' '.join(words)}" in out
