"""``portal accounts`` as an operator calls it, in a process of its own settings."""

import json
import re
import sys
from pathlib import Path

import pytest

from portal_lib import db
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.cli import main as command
from portal_lib.settings import load_settings
from tests.accounts.conftest import MovableClock, PaperDirectory


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "200")


def portal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "argv", ["portal", *words])
    with pytest.raises(SystemExit) as ended:
        command.main()
        raise SystemExit(0)
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.fixture
def waiting(clock: MovableClock, directory: PaperDirectory, household_form: RegistrationForm) -> None:
    settings = load_settings()
    db.migrate("accounts", settings.accounts_database)
    engine = db.open_engine(settings.accounts_database)
    register(engine, clock, directory, settings, household_form)
    engine.dispose()


@pytest.mark.usefixtures("waiting")
def test_an_account_is_listed_activated_and_listed_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = portal(capsys, monkeypatch, "accounts", "list", "--json")
    [row] = json.loads(out)
    assert (code, row["login"], row["state"]) == (0, "Manuela.R", "unconfirmed")
    code, out, err = portal(capsys, monkeypatch, "accounts", "activate", "manuela.r")
    assert (code, out) == (0, "") and "“Manuela.R”: The account is active" in err
    code, out, _ = portal(capsys, monkeypatch, "accounts", "list")
    assert code == 0 and re.search(r"Manuela\.R\s+active\s+Manuela Rocchi\s+10002001", out)


@pytest.mark.usefixtures("waiting")
def test_what_cannot_be_activated_is_a_sentence_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = portal(capsys, monkeypatch, "accounts", "activate", "nessuno")
    assert (code, out) == (1, "") and err.startswith("portal: No account has the login “nessuno”")
    portal(capsys, monkeypatch, "accounts", "activate", "manuela.r", "--json")
    code, _, err = portal(capsys, monkeypatch, "accounts", "activate", "manuela.r")
    assert code == 1 and "already active" in err


def test_on_a_new_portal_the_list_is_empty_and_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = portal(capsys, monkeypatch, "accounts", "list", "--json")
    assert (code, json.loads(out)) == (0, []) and "Nobody has registered yet" in err


def test_the_accounts_lie_in_a_folder_that_nobody_else_enters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal(capsys, monkeypatch, "accounts", "list")
    assert (tmp_path / "var" / "accounts").stat().st_mode & 0o777 == 0o700
