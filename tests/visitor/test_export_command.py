"""``portal readings export`` as an operator types it."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from portal_lib import db
from portal_lib.cli import main as command
from portal_lib.visits import staff_read
from tests.visitor.conftest import OTHER, OWN, Store

Run = tuple[int, str, str]


@pytest.fixture
def portal(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """A portal with two points, each with a day of September and one of them with a day of October."""
    store.hold(OWN, "A", date(2025, 1, 1))
    store.measure(OWN, [date(2025, 9, 30), date(2025, 10, 26)], wh=10)
    store.measure(OTHER, [date(2025, 9, 30)], wh=1)
    monkeypatch.setenv("PORTAL_CONFIG", "/dev/null")
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PORTAL_DATA_URL", store.engine.url.render_as_string(hide_password=False))

    def run(*words: str) -> Run:
        monkeypatch.setattr("sys.argv", ["portal", "readings", "export", *words])
        code = 0
        try:
            command.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_months_are_written_counted_and_on_record(portal, store: Store, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "out"
    words = [str(folder), "--from", "2025-09", "--to", "2025-11", "--reason", "Studio", "--json"]
    code, out, err = portal(*words)
    assert code == 0, err
    assert [(row["month"], row["rows"], row["Wh"]) for row in json.loads(out)] == [
        ("2025-09", 192, 96 * 11),
        ("2025-10", 100, 1000),
    ]
    assert int(pd.read_parquet(folder)["wh"].sum()) == 96 * 11 + 1000
    with db.reading(store.engine) as connection:
        read = connection.execute(sa.select(staff_read)).one()
    assert read.reader.startswith("command line: ") and (read.points, read.reason) == (2, "Studio")
    assert (read.first_day, read.last_day) == (date(2025, 9, 1), date(2025, 11, 30))
    code, out, _ = portal(*words, "--customer", "A")
    assert [row["Wh"] for row in json.loads(out)] == [960, 1000]
    code, out, err = portal(str(tmp_path / "none"), "--from", "2024-01", "--to", "2024-02")
    assert code == 0 and "nothing was written" in err and not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2025-13", "--to", "2025-12"), "isn't a month"),
        (("--from", "2025-12", "--to", "2025-01"), "comes after"),
        (("--from", "2025-01", "--to", "2025-01", "--customer", "NOBODY"), "knows no customer NOBODY"),
        (("--from", "2025-01", "--to", "2025-01", "--magnitude", "kW"), "no such magnitude"),
        (("--from", "2025-01", "--to", "2025-01", "--reason", "x" * 300), "can't be put on record"),
    ],
)
def test_a_mistake_is_a_sentence_and_writes_nothing(  # type: ignore[no-untyped-def]
    portal, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    code, out, err = portal(str(tmp_path / "out"), *words)
    assert code == 1 and out == "" and said in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()
