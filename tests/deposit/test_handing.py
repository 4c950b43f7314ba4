from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.deposit import handing, tables
from portal_lib.deposit.exceptions import FileAltered, FileLost
from tests.deposit.conftest import Make


def test_an_untouched_file_is_handed_out(make: Make, folder: Path) -> None:
    file = make(documents={"csv": b"POD;kWh"}).files[0]
    assert handing.verified_path(folder, file).read_bytes() == b"POD;kWh"


@pytest.mark.parametrize("now", [b"POD;kWH", b"POD;kWh\n", b""])
def test_a_file_whose_bytes_changed_is_not_handed_out(make: Make, folder: Path, now: bytes) -> None:
    file = make(documents={"csv": b"POD;kWh"}).files[0]
    path = folder / file.path
    path.chmod(0o600)
    path.write_bytes(now)
    with pytest.raises(FileAltered) as refused:
        handing.verified_path(folder, file)
    assert file.name in refused.value.say("it")


def test_a_file_that_is_gone_is_refused_in_words(make: Make, folder: Path) -> None:
    file = make().files[0]
    (folder / file.path).unlink()
    with pytest.raises(FileLost, match="backup"):
        handing.verified_path(folder, file)


@pytest.mark.parametrize("path", ["../secret.csv", "R4/../../secret.csv", "{absolute}", "link.csv", ".", "a\0b"])
def test_a_path_that_leaves_the_deposit_folder_is_refused_even_with_the_right_checksum(
    make: Make, folder: Path, path: str
) -> None:
    file = make(documents={"csv": b"secret"}).files[0]
    secret = folder.parent / "secret.csv"
    secret.write_bytes(b"secret")
    (folder / "link.csv").symlink_to(secret)
    with pytest.raises(FileLost):
        handing.verified_path(folder, replace(file, path=path.format(absolute=secret)))


def test_a_receipt_says_who_fetched_which_file_when(make: Make, engine: Engine) -> None:
    file = make().files[0]
    handing.record_receipts(engine, [file.id], "c-7f3k", lambda: datetime(2024, 10, 6, 7, 30, tzinfo=UTC))
    with db.reading(engine) as connection:
        receipts = connection.execute(sa.select(tables.receipt)).all()
    assert [tuple(row)[1:] for row in receipts] == [(file.id, "c-7f3k", datetime(2024, 10, 6, 7, 30))]  # noqa: DTZ001


def test_the_last_receipt_of_each_file_is_told_to_who_fetched_it(make: Make, engine: Engine) -> None:
    files = make(documents={"csv": b"a", "xlsx": b"b"}).files
    first, second = datetime(2024, 10, 6, 7, 30, tzinfo=UTC), datetime(2024, 10, 7, 9, tzinfo=UTC)
    handing.record_receipts(engine, [file.id for file in files], "c-1", lambda: first)
    handing.record_receipts(engine, [files[0].id], "c-1", lambda: second)
    with db.reading(engine) as connection:
        assert handing.last_receipts(connection, "c-1") == {files[0].id: second, files[1].id: first}
        assert handing.last_receipts(connection, "c-2") == {}
