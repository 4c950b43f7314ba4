"""Several files as one archive: their own bytes under their own names, with checksums, never held whole."""

import hashlib
import io
import tracemalloc
import zipfile
from pathlib import Path

from portal_lib.deposit import bundle, handing
from tests.deposit.conftest import Make


def archive_of(folder: Path, files) -> zipfile.ZipFile:
    chunks = bundle.zipped([(file, handing.verified_path(folder, file)) for file in files])
    return zipfile.ZipFile(io.BytesIO(b"".join(chunks)))


def test_the_archive_has_every_file_and_checksums_that_can_be_checked(make: Make, folder: Path) -> None:
    files = make(documents={"csv": b"a;b", "xlsx": b"workbook"}).files
    archive = archive_of(folder, files)
    assert archive.testzip() is None
    assert [archive.read(file.name) for file in files] == [b"a;b", b"workbook"]
    for line in archive.read(bundle.SUMS).decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def test_two_files_of_one_name_are_both_there(make: Make, folder: Path) -> None:
    one = make(documents={"csv": b"one"}, names=lambda kind, version: "report.csv").files[0]
    two = make(documents={"csv": b"two"}, names=lambda kind, version: "report.csv").files[0]
    archive = archive_of(folder, [one, two])
    assert {archive.read(name) for name in archive.namelist()} >= {b"one", b"two"}


def test_a_large_file_passes_through_a_piece_at_a_time(make: Make, folder: Path) -> None:
    file = make(documents={"xlsx": b"x" * 20_000_000}).files[0]
    path = handing.verified_path(folder, file)
    tracemalloc.start()
    size = sum(len(chunk) for chunk in bundle.zipped([(file, path)]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 20_000_000 and peak < 5_000_000
