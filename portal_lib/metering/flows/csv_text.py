"""The rows of a CSV file from outside: UTF-8, semicolons, quotes, and an upper bound on what is held of it."""

import codecs
import csv
from collections.abc import Iterator
from datetime import date, datetime
from typing import BinaryIO

from portal_lib.metering.calendar import day_number, places
from portal_lib.metering.exceptions import BadCsv

#: A year of one point is 0.4 MB with a line a day, 2 MB with a line a quarter hour.
_LARGEST = 32 * 1024 * 1024
_LONGEST_LINE = 256 * 1024
_PIECE = 64 * 1024

#: Line number and cells.
Row = tuple[int, list[str]]


def bad(name: str, line: int, reason: str, reason_it: str) -> BadCsv:
    """A refusal of a line. ``reason`` may be the sentence of another refusal: it ends in one full stop all the same."""
    return BadCsv(file=name, line=line, reason=reason.rstrip("."), reason_it=reason_it.rstrip("."))


def rows(file: BinaryIO, name: str) -> Iterator[Row]:
    """Line number and cells of every line that is not blank. Raises :class:`BadCsv`."""
    reader = csv.reader(_lines(file, name), delimiter=";", strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise bad(name, reader.line_num, f"not a CSV ({error})", f"non è un CSV ({error})") from None


def day_of(name: str, line: int, text: str, form: str, example: str) -> date:
    """A day in a form of :meth:`datetime.strptime` that has as many characters as ``example``."""
    text = text.strip()
    try:
        if len(text) != len(example) or not text.isascii():
            raise ValueError(text)
        day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not an instant
        places(day_number(day))
    except ValueError:
        shown = text[:40]
        raise bad(
            name, line, f"“{shown}” is not a day like {example}", f"«{shown}» non è un giorno come {example}"
        ) from None
    return day


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    begun, line, size = "", 1, 0
    while True:
        piece = file.read(_PIECE)
        size += len(piece)
        if size > _LARGEST:
            raise bad(name, line, "the file is larger than 32 MiB", "il file supera 32 MiB")
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise bad(name, line, "this is not UTF-8 text", "il testo non è UTF-8") from None
        *whole, begun = (begun + text).split("\n")
        for each in whole:
            yield each + "\n"
        line += len(whole)
        if len(begun) > _LONGEST_LINE:
            raise bad(name, line, "the line is longer than 256 KiB", "la riga supera 256 KiB")
        if not piece:
            if begun:
                yield begun
            return
