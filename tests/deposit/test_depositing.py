import hashlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.deposit import catalogue, depositing, tables
from portal_lib.deposit.exceptions import DepositTaken, EmptyDocument
from tests.deposit.conftest import Make


def left_behind(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def rows(engine: Engine) -> int:
    with db.reading(engine) as connection:
        return len(catalogue.every_deposit(connection))


def test_the_files_on_disk_are_the_documents_and_their_checksums(make: Make, folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "big.xlsx"
    source.write_bytes(os.urandom(3 * 1024 * 1024 + 1))
    made = make(documents={"xlsx": source, "csv": b"POD;kWh"})
    for file, document in zip(made.files, (source.read_bytes(), b"POD;kWh"), strict=True):
        assert (folder / file.path).read_bytes() == document
        assert file.sha256 == hashlib.sha256(document).hexdigest()
        assert file.size == len(document)
    assert {path.name for path in left_behind(folder)} == {"R4_2024-09_v1.xlsx", "R4_2024-09_v1.csv"}
    assert source.exists()


def test_a_new_version_leaves_the_files_of_the_earlier_one_alone(make: Make, folder: Path) -> None:
    first, second = make(documents={"csv": b"one"}), make(documents={"csv": b"two"})
    assert (first.version, second.version) == (1, 2)
    assert (folder / first.files[0].path).read_bytes() == b"one"
    assert (folder / second.files[0].path).read_bytes() == b"two"


def test_a_deposit_without_bytes_is_refused_and_leaves_nothing(make: Make, folder: Path, engine: Engine) -> None:
    with pytest.raises(EmptyDocument, match=r"R4_2024-09_v1\.csv"):
        make(documents={"xlsx": b"full", "csv": b""})
    assert rows(engine) == 0
    assert left_behind(folder) == []


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", "/etc/passwd", ".hidden", "", "a\nb.csv", "x" * 300])
def test_a_name_that_is_no_plain_file_name_never_reaches_the_disk(
    make: Make, folder: Path, engine: Engine, name: str
) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        make(names=lambda kind, version: name)
    assert rows(engine) == 0
    assert left_behind(folder) == []


def fail_at(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    if step == "flush":
        monkeypatch.setattr(os, "fsync", fail)
    elif step == "rename":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        monkeypatch.setattr(depositing, "_insert", fail)


@pytest.mark.parametrize("step", ["flush", "rename", "rows"])
def test_a_full_disk_at_any_step_leaves_neither_files_nor_rows(
    make: Make, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fail_at(step, monkeypatch)
    with pytest.raises(OSError, match="No space left"):
        make()
    assert left_behind(folder) == []
    assert rows(engine) == 0


def test_a_commit_that_fails_leaves_neither_files_nor_rows(make: Make, folder: Path, engine: Engine) -> None:
    def fail(connection: sa.Connection) -> None:
        raise RuntimeError("the disk is gone")

    sa.event.listen(engine, "commit", fail)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        make()
    sa.event.remove(engine, "commit", fail)
    assert left_behind(folder) == []
    assert rows(engine) == 0
    assert make().version == 1


def test_a_version_taken_meanwhile_is_counted_anew(make: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    seen = iter([1, 2])
    monkeypatch.setattr(depositing, "next_version", lambda *of: next(seen))
    assert make().version == 2


def test_a_version_that_is_taken_again_and_again_is_refused_in_words(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    monkeypatch.setattr(depositing, "next_version", lambda *of: 1)
    with pytest.raises(DepositTaken, match="10002001"):
        make()
    assert len(left_behind(folder)) == 1


def test_nothing_is_visible_before_the_deposit_instant(make: Make, engine: Engine) -> None:
    seen_by_others: list[int] = []
    other = db.open_engine(str(engine.url), read_only=True)
    original: Callable[..., None] = depositing._put_in_place

    def look(*args: Any) -> None:
        original(*args)
        with other.connect() as connection:
            seen_by_others.append(connection.execute(sa.select(sa.func.count(tables.deposit.c.id))).scalar_one())

    depositing._put_in_place = look
    try:
        make()
    finally:
        depositing._put_in_place = original
        other.dispose()
    assert seen_by_others == [0]
    assert rows(engine) == 1


@given(st.text(min_size=1, max_size=32), st.text(min_size=1, max_size=32))
def test_a_customer_code_of_any_shape_is_one_harmless_folder_of_its_own(one: str, other: str) -> None:
    name = depositing.folder_name(one)
    assert "/" not in name
    assert not name.startswith(".")
    assert name.isascii()
    assert name.isprintable()
    assert (name == depositing.folder_name(other)) == (one == other)


def test_a_customer_code_with_dots_and_slashes_stays_below_the_folder(make: Make, folder: Path) -> None:
    made = make(customer_code="../../etc", period_last=date(2024, 9, 30))
    assert (folder / made.files[0].path).resolve().is_relative_to(folder.resolve())
