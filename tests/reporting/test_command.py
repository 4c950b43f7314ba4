"""``portal reports`` as an operator types it."""

import json
import sys

import pytest

from portal_lib.cli.main import main
from portal_lib.settings import Settings
from tests.reporting.conftest import GONE, SHOP, SILENT, TOWN

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
    assert rows[0]["files"] == [f"R1_consumi-mensili_2024-09_{TOWN}_v1.{kind}" for kind in ("xlsx", "csv")]
    assert f"no readings for the 1 supply point(s) of customer {SILENT}" in err
    assert GONE not in err
    code, out, _ = portal("reports", "status", "--json")
    assert code == 0
    assert {(row["report"], row["period"], row["customer"], row["version"]) for row in json.loads(out)} == {
        ("R1", "2024-09", TOWN, 1),
        ("R1", "2024-09", SHOP, 1),
    }
    code, out, _ = portal("reports", "status")
    assert code == 0
    assert SHOP in out
    assert "2024-10-30" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--report", "R9", "--period", "2024-09"), "No tender has a report «R9»"),
        (("--report", "R1", "--period", "september"), "«september» is not a month"),
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


def test_a_wrong_call_ends_with_2(portal) -> None:  # type: ignore[no-untyped-def]
    assert portal("reports", "run", "--report", "R1")[0] == 2


def test_a_month_in_which_nobody_was_supplied_owes_nothing(portal) -> None:  # type: ignore[no-untyped-def]
    code, out, err = portal("reports", "run", "--report", "R1", "--period", "2019-12")
    assert (code, out) == (0, "")
    assert "no report is owed" in err


def test_nothing_deposited_is_said_in_words(portal) -> None:  # type: ignore[no-untyped-def]
    code, out, err = portal("reports", "status")
    assert (code, out) == (0, "")
    assert "nothing has been deposited yet" in err


@pytest.mark.parametrize("command", ["run", "status"])
def test_help_shows_an_example(portal, command: str) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = portal("reports", command, "--help")
    assert code == 0
    assert "Example: portal reports" in out
