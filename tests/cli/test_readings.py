"""``portal readings load`` as an operator meets it."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from portal_lib import db
from portal_lib.cli import main as cli
from portal_lib.customers.tables import supply_point
from portal_lib.metering import curves
from tests.metering.files import EXPORT, MARCH, OCTOBER, POD, pdo_file


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A portal that knows one supply point."""
    var = tmp_path / "var"
    monkeypatch.setenv("PORTAL_VAR", str(var))
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    monkeypatch.setenv("COLUMNS", "200")
    url = f"sqlite:///{var / 'data' / 'data.sqlite'}"
    (var / "data").mkdir(parents=True)
    db.migrate("data", url)
    engine = db.open_engine(url)
    with engine.begin() as connection:
        connection.execute(supply_point.insert().values(id=3, pod=POD))
    engine.dispose()
    return var


def portal(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """Run the command; its exit code."""
    monkeypatch.setattr("sys.argv", ["portal", "readings", "load", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code is None or isinstance(ended.value.code, int)
    return ended.value.code or 0


def total(var: Path, first: date, last: date) -> float:
    engine = db.open_engine(f"sqlite:///{var / 'data' / 'data.sqlite'}", read_only=True)
    with db.reading(engine) as connection:
        found = float(curves.band_totals(curves.read(connection, 3, first, last))["total"])
    engine.dispose()
    return found


def test_a_folder_is_loaded_with_a_line_for_each_file(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    for sample in (OCTOBER, MARCH):
        shutil.copy(sample, folder)
    (folder / "README.txt").write_text("not a flow")

    assert portal(monkeypatch, folder) == 0

    out, err = capsys.readouterr()
    assert out.index(MARCH.name) < out.index(OCTOBER.name)
    assert "README" not in out + err
    assert total(var, date(2025, 3, 1), date(2025, 3, 31)) == 4195.130
    assert total(var, date(2025, 10, 1), date(2025, 10, 31)) == 4352.971


def test_an_export_is_loaded_with_the_point_it_does_not_name(
    var: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert portal(monkeypatch, EXPORT, "--pod", POD.lower(), "--json") == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["file"], line["flow"], line["days"]) == (EXPORT.name, "CSV", 30)
    assert total(var, date(2024, 9, 1), date(2024, 9, 30)) == 269.281


def test_refused_files_get_a_sentence_and_the_others_are_loaded(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    damaged = folder / MARCH.name
    damaged.write_bytes(MARCH.read_bytes()[:1000])

    assert portal(monkeypatch, folder, OCTOBER, "--json") == 1

    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert [(row["file"], row["state"]) for row in rows] == [(MARCH.name, "refused"), (OCTOBER.name, "loaded")]
    sentence, summary = err.strip().splitlines()
    assert sentence.startswith(f"{damaged.name}: damaged XML at line")
    assert rows[0]["note"] == sentence
    assert "Put aside: " in sentence
    assert f"1 file loaded, 1 refused (1 put aside in {var / 'put-aside'})" in summary
    assert len(list((var / "put-aside").glob("*/*"))) == 2


def test_readings_of_a_point_that_is_not_known_yet_wait(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = pdo_file(tmp_path, {date(2025, 3, 1): 1}, pod="IT001E00000099", sent_at="20250405000000")
    assert portal(monkeypatch, unknown, MARCH, "--json") == 0
    out, err = capsys.readouterr()
    assert [row["waiting"] for row in json.loads(out)] == [1, 0]
    assert "1 POD is not known yet: its readings wait until portal customers load names it" in err


def test_loading_again_says_so_and_changes_nothing(
    var: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert portal(monkeypatch, MARCH) == 0
    assert portal(monkeypatch, MARCH) == 0
    assert f"already loaded as {MARCH.name}" in capsys.readouterr().out


def test_the_parties_of_the_settings_are_held_against_a_flow(
    var: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORTAL_SUPPLIER_VAT", "00000000000")
    assert portal(monkeypatch, MARCH) == 1
    assert "supplier_vat" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([EXPORT], "Repeat the command with --pod"),
        ([EXPORT, "--pod", "IT001"], "“IT001” is not a POD"),
        (["no-such-file.xml"], "no such file"),
    ],
)
def test_a_mistake_in_the_call_is_a_sentence_and_exit_code_1(
    var: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str | Path],
    sentence: str,
) -> None:
    assert portal(monkeypatch, *arguments) == 1
    err = capsys.readouterr().err
    assert sentence in err and "Traceback" not in err


def test_no_path_at_all_is_a_wrong_call(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert portal(monkeypatch) == 2


def test_help_has_an_example(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert portal(monkeypatch, "--help") == 0
    assert "Example: portal readings load" in capsys.readouterr().out


def test_a_long_file_name_is_shown_whole_however_narrow_the_terminal(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert portal(monkeypatch, OCTOBER) == 0
    assert OCTOBER.name in capsys.readouterr().out


def test_a_folder_without_files_is_named(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert portal(monkeypatch, tmp_path) == 0
    assert f"no .xml, .csv or .zip file in {tmp_path}: nothing was loaded" in capsys.readouterr().err
