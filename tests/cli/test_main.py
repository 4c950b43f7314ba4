"""The ``portal`` command as a whole: how its help reads, and what it says when the machine itself refuses."""

from pathlib import Path

import pytest

from portal_lib.cli import main as cli


def test_every_help_fits_eighty_columns_as_it_was_written() -> None:
    """Help keeps the line breaks of the docstring: a longer line would be broken once more, by the terminal."""
    groups = [cli.app, *(group.typer_instance for group in cli.app.registered_groups)]
    commands = [command.callback for group in groups if group for command in group.registered_commands]
    assert commands
    for command in commands:
        summary, *rest = (command.__doc__ or "").splitlines()
        long = [line for line in rest if len(line.strip()) > 78]
        assert summary
        assert not long, command


@pytest.mark.parametrize("command", [("accounts", "list"), ("reports", "status"), ("readings", "load", ".")])
def test_a_folder_that_cannot_be_made_is_a_sentence(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    monkeypatch.setenv("PORTAL_VAR", str(in_the_way / "var"))
    monkeypatch.setattr("sys.argv", ["portal", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    err = capsys.readouterr().err
    assert str(in_the_way) in err
    assert "Check the path" in err


@pytest.mark.parametrize("url", ["nonsense", "sqlite:///{file}"])
def test_a_database_that_cannot_be_used_is_a_sentence(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_database = tmp_path / "picture.png"
    no_database.write_bytes(bytes(range(256)) * 64)
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PORTAL_DATA_URL", url.format(file=no_database))
    monkeypatch.setattr("sys.argv", ["portal", "reports", "status"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "a database can't be used" in capsys.readouterr().err
    assert no_database.read_bytes() == bytes(range(256)) * 64
