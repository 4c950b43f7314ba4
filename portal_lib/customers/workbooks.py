"""XLSX workbooks as a supplier's office keeps them: each worksheet's cells as the text that a CSV file would hold.

Spreadsheets think they know better what was typed: a code becomes a number and loses its zeros, or most of its digits;
a flat's number becomes a day in May. Where that can be seen in the file, the cell is refused, never guessed at.
"""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from portal_lib.customers import exceptions as refusals
from portal_lib.refused import Refused

#: What a column's cells are: this decides what becomes of a number or a date in it.
DAYS = frozenset({"holder_from", "holder_to", "ordered_on"})
NUMBERS = frozenset({"voltage", "contracted_kw", "available_kw", "expected_kwh"})

#: Codices of 11 digits, of which a spreadsheet takes the zeros at the beginning.
_ELEVEN_DIGITS = frozenset({"vat", "tax_code"})

#: A spreadsheet keeps 15 digits of a number; of a longer code, the rest are zeros.
_DIGITS_KEPT = 10**15

_MOST_UNPACKED = 512 * 1024 * 1024
_MOST_COLUMNS = 100
_HEAD = 4096

Record = tuple[int, list[str]]


def worksheets(path: Path) -> Iterator[tuple[str, Iterator[Record]]]:
    """The worksheets of a workbook that hold anything: name, and records numbered from 1, the header among them."""
    import openpyxl

    _is_harmless(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parts raise
        raise refusals.NotAWorkbook(file=path, reason=type(error).__name__) from None
    try:
        for sheet in book.worksheets:
            yield sheet.title, _records(path, sheet)
    finally:
        book.close()


def _is_harmless(path: Path) -> None:
    """Refuse what would not be a workbook but a trap: a document type, or more than could be meant once unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
                raise refusals.NotAWorkbook(file=path, reason="it unpacks to more than 512 MB")
            for part in archive.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        if b"<!DOCTYPE" in file.read(_HEAD):
                            raise refusals.NotAWorkbook(file=path, reason="it declares a document type")
    except OSError as error:
        raise refusals.NoSuchFile(file=path, reason=error.strerror or type(error).__name__) from None
    except (zipfile.BadZipFile, RuntimeError, ValueError, NotImplementedError, EOFError) as error:
        raise refusals.NotAWorkbook(file=path, reason=type(error).__name__) from None


def _records(path: Path, sheet: Any) -> Iterator[Record]:
    place = f"{path} [{sheet.title}]"
    header: list[str] = []
    try:
        sheet.reset_dimensions()  # what the file says of its size need not be true
        for number, cells in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), start=1):
            if not header:
                texts = ["" if cell.value is None else str(cell.value) for cell in cells]
                while texts and not texts[-1].strip():
                    texts.pop()
                header = [text.strip().lower() for text in texts]
                if header:
                    yield number, texts
                continue
            texts = [
                _text(cell, header[at] if at < len(header) else "", place, number) for at, cell in enumerate(cells)
            ]
            while len(texts) > len(header) and not texts[-1].strip():
                texts.pop()
            yield number, texts + [""] * (len(header) - len(texts))
    except Refused:
        raise
    except Exception as error:
        raise refusals.NotAWorkbook(file=place, reason=type(error).__name__) from None


def _text(cell: Any, column: str, place: str, row: int) -> str:
    """A cell as it would stand in a CSV file."""
    value = cell.value

    def turned(what: str) -> refusals.BadField:
        return refusals.TurnedInto(field=column, file=place, row=row, column=column, what=what, value=str(value)[:40])

    if value is None:
        return ""
    if isinstance(value, bool):
        raise turned("a logical value")
    if cell.data_type == "e":
        raise turned("an error of a formula")
    if isinstance(value, datetime | date | time):
        if column not in DAYS or isinstance(value, time):
            raise turned("a date")
        at_midnight = not isinstance(value, datetime) or value.time() == time()
        return f"{value:%Y-%m-%d}" if at_midnight else str(value)
    if isinstance(value, int | float):
        if column in NUMBERS:
            return _number(value)
        if abs(value) >= _DIGITS_KEPT or value != int(value):
            raise turned("a number")
        text = _shown(int(value), str(cell.number_format or ""))
        if column in _ELEVEN_DIGITS and len(text) < 11:
            raise turned("a number without its zeros")
        return text
    return str(value)


def _number(value: float) -> str:
    """A number with a decimal comma, to a millionth: what lies below is the spreadsheet's arithmetic."""
    whole = f"{value:.6f}".rstrip("0").rstrip(".")
    return whole.replace(".", ",")


def _shown(value: int, number_format: str) -> str:
    """A whole number as its cell shows it, where the cell's format is that of a code: ``00000000``."""
    return f"{value:0{len(number_format)}d}" if number_format and set(number_format) == {"0"} else str(value)
