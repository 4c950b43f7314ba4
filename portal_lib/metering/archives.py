"""ZIP archives of metering files: each member is a file of its own, loaded in a transaction of its own.

What is in an archive is judged by its table of contents, before a byte is extracted. An archive that was built to do
harm is refused whole: names that lead outside, members that share their bytes or would grow beyond what a flow can be.
Members that merely can't be read (archives again, encrypted ones) are refused one by one, beside the others.
"""

import shutil
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from portal_lib.metering.exceptions import (
    ArchiveInArchive,
    ArchiveTooLarge,
    DamagedArchive,
    DamagedMember,
    EncryptedMember,
    FlowRefused,
    NameLeadsOutside,
    NothingInArchive,
    UnreadableFile,
    printable,
)

SUFFIX = ".zip"

#: A month of zeros, the most compressible flow there is, shrinks to 1/102.
_HIGHEST_RATIO = 200
#: Below this size a ratio says nothing and harms nobody.
_SMALL = 10_000_000
_LARGEST_MEMBER = 4_000_000_000
_LARGEST_IN_ALL = 64_000_000_000
#: Of the table of contents: some 100,000 members.
_LARGEST_CONTENTS = 16_000_000
_LONGEST_NAME = 200

_TAKEN = (".xml", ".csv")
_ENCRYPTED = 0x1
_PIECE = 1024 * 1024

_END, _END64 = b"PK\x05\x06", b"PK\x06\x06"
_END_LENGTH, _END64_LENGTH, _LONGEST_COMMENT = 22, 56 + 20, 65_535


@dataclass(frozen=True)
class Member:
    """A file in an archive, by its place in the table of contents."""

    archive: Path
    place: int
    name: str  # without folders


def members(path: Path) -> tuple[list[Member], list[FlowRefused]]:
    """The .xml and .csv files of an archive in its own order, and what must be said of members that can't be read.

    Other files, folders and hidden files are passed over, as in a folder. Raises a ``FlowRefused`` where the archive
    is refused whole.
    """
    file = printable(path.name)
    try:
        with path.open("rb") as opened:
            _check_contents(opened, file)
            with zipfile.ZipFile(opened) as archive:
                infos = archive.infolist()
    except OSError as error:
        raise UnreadableFile(file=file, reason=error.strerror or type(error).__name__) from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise DamagedArchive(file=file, reason=str(error)) from None

    for info in infos:
        if _leads_outside(info):
            raise NameLeadsOutside(file=file, member=info.orig_filename)
    _check_sizes(file, infos, path.stat().st_size)
    found: list[Member] = []
    refused: list[FlowRefused] = []
    for place, info in enumerate(infos):
        name = PurePosixPath(info.filename).name
        suffix = PurePosixPath(name).suffix.lower()
        if info.is_dir() or name.startswith(".") or "__MACOSX" in PurePosixPath(info.filename).parts:
            continue
        if suffix == SUFFIX:
            refused.append(ArchiveInArchive(file=file, member=info.filename))
        elif suffix in _TAKEN and info.flag_bits & _ENCRYPTED:
            refused.append(EncryptedMember(file=file, member=info.filename))
        elif suffix in _TAKEN:
            found.append(Member(path, place, name))
    if not found and not refused:
        raise NothingInArchive(file=file)
    return found, refused


def extract(member: Member, folder: Path) -> Path:
    """Extract a member into ``folder`` under its own name; its path there.

    Raises :class:`DamagedMember`; ``OSError`` where the folder can't take it.
    """
    path = folder / member.name
    try:
        with zipfile.ZipFile(member.archive) as archive:
            info = archive.infolist()[member.place]
            with archive.open(info) as packed, path.open("wb") as plain:
                shutil.copyfileobj(packed, plain, _PIECE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, IndexError) as error:
        path.unlink(missing_ok=True)
        raise DamagedMember(file=printable(member.archive.name), member=member.name, reason=str(error)) from None
    return path


def is_complete(path: Path) -> bool:
    """Whether a file ends as an archive does, so that it is not one still being written."""
    with path.open("rb") as file:
        return _end(file) is not None


def _leads_outside(info: zipfile.ZipInfo) -> bool:
    name = info.orig_filename
    parts = PurePosixPath(name).parts
    return (
        name.startswith("/")
        or ".." in parts
        or any(letter in name for letter in "\\:\0")
        or any(len(part.encode(errors="replace")) > _LONGEST_NAME for part in parts)
    )


def _check_sizes(file: str, infos: list[zipfile.ZipInfo], packed_in_all: int) -> None:
    in_all = packed = 0
    for info in infos:
        in_all, packed = in_all + info.file_size, packed + info.compress_size
        limit = None
        if info.file_size > max(_SMALL, _HIGHEST_RATIO * info.compress_size):
            limit = f"> {_HIGHEST_RATIO} : 1"
        elif info.file_size > _LARGEST_MEMBER:
            limit = f"> {_LARGEST_MEMBER:_}"
        elif in_all > max(_SMALL, _HIGHEST_RATIO * packed):  # many small ones are as bad as a large one
            limit = f"> {_HIGHEST_RATIO} : 1"
        elif in_all > _LARGEST_IN_ALL:
            limit = f"> {_LARGEST_IN_ALL:_}"
        if limit is not None:
            raise ArchiveTooLarge(file=file, member=info.filename, size=f"{info.file_size:_}", limit=limit)
    if sum(info.compress_size for info in infos) > packed_in_all:
        raise DamagedArchive(file=file, reason="members share their bytes")


def _check_contents(file: BinaryIO, name: str) -> None:
    """Hold the size of the table of contents against a limit, before it is read into memory as a whole."""
    size = _end(file)
    if size is None:
        raise DamagedArchive(file=name, reason="it has no end")
    if size > _LARGEST_CONTENTS:
        raise DamagedArchive(file=name, reason="too many members")
    file.seek(0)


def _end(file: BinaryIO) -> int | None:
    """The size of the table of contents, as the end of an archive says it; None where there is no such end."""
    length = file.seek(0, 2)
    file.seek(max(0, length - _LONGEST_COMMENT - _END_LENGTH - _END64_LENGTH))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_LENGTH:
        return None
    (size,) = struct.unpack_from("<L", tail, at + 12)
    at64 = tail.rfind(_END64, 0, at)
    if size == 0xFFFFFFFF and at64 >= 0 and len(tail) - at64 >= _END64_LENGTH:
        (size,) = struct.unpack_from("<Q", tail, at64 + 40)
    return int(size)
