"""``portal customers load`` as an operator meets it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from portal_lib.cli import main as command
from tests.customers.sheets import CUSTOMERS, write, write_all

#: Runs ``portal`` with some words; gives exit code, standard output and standard error.
Portal = Callable[..., tuple[int, str, str]]


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Portal:
    """A portal with a data database of its own."""
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["portal", *words])
        code = 0
        try:
            command.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_files_are_loaded_and_counted(portal: Portal, tmp_path: Path) -> None:
    files = [str(path) for path in write_all(tmp_path)]
    code, out, err = portal("customers", "load", *files, "--json")
    assert code == 0 and err == ""
    counts = {row["what"]: row for row in json.loads(out)}
    assert counts["customers"]["added"] == 3 and counts["holders"]["added"] == 3
    code, out, err = portal("customers", "load", *files)
    assert code == 0 and "unchanged" in out and "nothing has changed" in err


def test_a_wrong_row_is_a_sentence_and_exit_code_1(portal: Portal, tmp_path: Path) -> None:
    bad = write(tmp_path, "bad.csv", CUSTOMERS.replace("household", "familia"))
    code, out, err = portal("customers", "load", str(bad))
    assert code == 1 and out == ""
    assert err.startswith("portal: File ") and "row 2, field kind" in err and "Traceback" not in err


def test_a_missing_file_is_a_sentence_and_exit_code_1(portal: Portal, tmp_path: Path) -> None:
    code, _, err = portal("customers", "load", str(tmp_path / "none.csv"))
    assert code == 1 and "none.csv" in err and "Traceback" not in err


def test_a_call_without_a_file_is_wrong_and_exit_code_2(portal: Portal) -> None:
    assert portal("customers", "load")[0] == 2


def test_help_shows_an_example(portal: Portal) -> None:
    code, out, _ = portal("customers", "load", "--help")
    assert code == 0 and "Example: portal customers load" in out
