"""Several deposited files as one ZIP archive, made while it is sent: neither memory nor disk holds it.

With the files comes ``SHA256SUMS``, which ``sha256sum --check`` reads.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from portal_lib.clock import ROME
from portal_lib.deposit.catalogue import DepositedFile

_CHUNK = 256 * 1024

#: Workbooks and PDFs are compressed already.
_WORTH_COMPRESSING = frozenset({"csv", "csv_iso"})

SUMS = "SHA256SUMS"


class _Sink(io.RawIOBase, IO[bytes]):
    """Takes what the archive's writer writes, until it is fetched; it can't be gone back in."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._held.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


def names_of(files: Sequence[DepositedFile]) -> list[str]:
    """What each file is called in the archive: its own name, told apart by its version's number where two share it."""
    taken: set[str] = set()
    names = []
    for file in files:
        name = file.name if file.name not in taken else f"{file.id}/{file.name}"
        taken.add(name)
        names.append(name)
    return names


def zipped(files: Sequence[tuple[DepositedFile, Path]]) -> Iterator[bytes]:
    """The archive, some hundred kilobytes at a time. The paths are those of :func:`handing.verified_path`."""
    sink = _Sink()
    names = names_of([file for file, _ in files])
    with zipfile.ZipFile(sink, "w") as archive:
        for name, (file, path) in zip(names, files, strict=True):
            entry = zipfile.ZipInfo(name, file.deposited_at.astimezone(ROME).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED if file.format in _WORTH_COMPRESSING else zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=file.size >= 1 << 31) as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    yield sink.take()
        sums = "".join(f"{file.sha256}  {name}\n" for name, (file, _) in zip(names, files, strict=True))
        archive.writestr(SUMS, sums)
    yield sink.take()
