"""``portal accounts`` and ``portal staff`` as an operator calls them, in a process of their own settings."""

import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portal_lib import db
from portal_lib.accounts import login, staff
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
    assert (code, out) == (0, "") and "“Manuela.R” is active" in err
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


def test_a_staff_member_is_added_with_a_password_from_standard_input() -> None:
    words = ["staff", "add", "anna", "--group", "analysts", "--password-stdin", "--json"]
    done = CliRunner().invoke(command.app, words, input="Girasole-7\n")
    assert json.loads(done.stdout) == [{"login": "anna", "group": "analysts", "number": 1}]
    engine = db.open_engine(load_settings().accounts_database)
    without_code = load_settings(staff_second_factor=False)
    assert login.check(engine, MovableClock(), without_code, "anna", "Girasole-7").groups == ("analysts",)
    assert staff.number(engine, "s-anna") == 1
    with pytest.raises(LookupError):
        staff.number(engine, "s-nessuno")
    engine.dispose()


def test_without_a_terminal_the_password_is_asked_for_on_standard_input() -> None:
    done = CliRunner().invoke(command.app, ["staff", "add", "bruno", "--group", "operators"], input="Girasole-7\n")
    assert done.exit_code == 1 and "--password-stdin" in str(done.exception)


def test_a_staff_member_is_added_with_a_password_typed_twice_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal_lib.cli.staff._at_a_terminal", lambda: True)
    words = ["staff", "add", "bruno", "--group", "operators"]
    done = CliRunner().invoke(command.app, words, input="Girasole-7\nGirasole-8\nGirasole-7\nGirasole-7\n")
    assert done.exit_code == 0
    assert "“bruno” belongs to the operators now" in done.stderr
    assert "Girasole" not in done.output


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("Anna", "Girasole-7", "The name “Anna” can't be used"),
        ("anna", "debole", "it lacks: at least 8 characters, a digit"),
        ("anna", "", "it lacks"),
    ],
)
def test_a_staff_member_that_cannot_be_is_a_sentence(name: str, password: str, sentence: str) -> None:
    words = ["staff", "add", name, "--group", "analysts", "--password-stdin"]
    done = CliRunner().invoke(command.app, words, input=f"{password}\n")
    assert done.exit_code == 1 and sentence in str(done.exception)


def test_an_unknown_group_is_a_wrong_call() -> None:
    words = ["staff", "add", "anna", "--group", "admins", "--password-stdin"]
    assert CliRunner().invoke(command.app, words, input="Girasole-7\n").exit_code == 2


@pytest.mark.parametrize("words", [["accounts", "list"], ["accounts", "activate"], ["staff", "add"]])
def test_help_has_an_example(words: list[str]) -> None:
    done = CliRunner().invoke(command.app, [*words, "--help"])
    assert done.exit_code == 0 and f"Example: portal {words[0]} {words[1]}" in done.stdout
