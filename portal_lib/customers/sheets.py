"""CSV files and workbooks as a supplier's office keeps them: which of the three sheets each is, and its cells.

The form is written down in ``docs/customers-files.md``. Every file is hostile until read: each cell is checked
for its form and length here, and every refusal names file, row and field. Row 1 is the header, as a
spreadsheet counts.
"""

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from portal_lib.customers import exceptions as refusals
from portal_lib.customers.workbooks import worksheets

SheetName = Literal["customers", "supply points", "orders"]

#: The columns of each sheet. All must be there, in any order.
COLUMNS: dict[SheetName, tuple[str, ...]] = {
    "customers": ("code", "kind", "name", "tax_code", "vat", "email", "office_code"),
    "supply points": (
        "pod",
        "customer_code",
        "holder_from",
        "holder_to",
        "order_number",
        "address",
        "municipality",
        "cost_centre",
        "use",
        "voltage",
        "contracted_kw",
        "available_kw",
    ),
    "orders": ("customer_code", "number", "ordered_on", "cig", "cup", "lot", "expected_kwh"),
}

#: Columns that a sheet may have besides. What they say is changed only where they are there.
OPTIONAL: dict[SheetName, tuple[str, ...]] = {"customers": ("contact_name", "contact_phone")}

#: Columns of codes, which a spreadsheet may have turned into numbers like 1.0E+10.
_CODES = frozenset({"code", "customer_code", "tax_code", "vat", "number", "order_number", "cig", "cup", "lot"})

#: A column that only one sheet has, by which a file is recognised.
_TELLTALE: tuple[tuple[str, SheetName], ...] = (
    ("pod", "supply points"),
    ("kind", "customers"),
    ("code", "customers"),
    ("number", "orders"),
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,6})?", re.ASCII)
_POINT_AND_THREE = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}", re.ASCII)

_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.ASCII | re.IGNORECASE)

_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its cells by column, and where it stands."""

    file: str
    row: int
    cells: dict[str, str]

    def refuse(self, refusal: type[refusals.BadField], column: str, **facts: object) -> refusals.BadField:
        """The refusal of one field of this row, to be raised."""
        return refusal(field=column, file=self.file, row=self.row, column=column, **facts)

    def text(self, column: str, most: int, *, required: bool = False) -> str:
        """A cell as one line of at most ``most`` characters, without space around it; "" where empty."""
        text = self.cells[column].strip()
        if required and not text:
            raise self.refuse(refusals.Missing, column)
        if len(text) > most:
            raise self.refuse(refusals.TooLong, column, length=len(text), most=most)
        # Cc: control characters; Cf: marks that turn the direction of writing, and other invisible ones;
        # Zl, Zp: line breaks of their own. Cs: half a character.
        if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for character in text):
            raise self.refuse(refusals.ControlCharacter, column)
        if column in _CODES and _SCIENTIFIC.fullmatch(text):
            raise self.refuse(refusals.TurnedInto, column, what="a number", value=text)
        return text

    def day(self, column: str) -> date | None:
        """A cell as a day, ``2025-03-31``, or None where empty."""
        return self.needed_day(column) if self.text(column, 40) else None

    def needed_day(self, column: str) -> date:
        """A cell as a day; it may not be empty."""
        text = self.text(column, 40, required=True)
        try:
            day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or not _EARLIEST <= day <= _LATEST:
            raise self.refuse(refusals.NotADay, column, value=text)
        return day

    def whole(self, column: str, least: int, most: int) -> int | None:
        """A cell as a whole number."""
        text = self.text(column, 40)
        if not text:
            return None
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise self.refuse(refusals.NotANumber, column, value=text, least=least, most=most)
        return int(text)

    def decimal(self, column: str, most: int) -> float | None:
        """A cell as a number with a decimal comma or point, 0 to ``most``.

        A point followed by exactly three digits is refused: ``1.500`` is one and a half to some offices and
        fifteen hundred to others.
        """
        text = self.text(column, 40)
        if not text:
            return None
        if _POINT_AND_THREE.fullmatch(text):
            raise self.refuse(refusals.AmbiguousNumber, column, value=text)
        if not _DECIMAL.fullmatch(text) or Decimal(text.replace(",", ".")) > most:
            raise self.refuse(refusals.NotANumber, column, value=text, least=0, most=most)
        return float(text.replace(",", "."))

    def letter_code(self, column: str, length: int, what: str) -> str | None:
        """A cell as a code of exactly ``length`` ASCII letters or digits, in upper case (CIG, CUP …)."""
        text = self.text(column, 40)
        if not text:
            return None
        if len(text) != length or not (text.isascii() and text.isalnum()):
            raise self.refuse(refusals.NotALetterCode, column, value=text, what=what, length=length)
        return text.upper()


@dataclass(frozen=True)
class Sheet:
    """One file, or one worksheet of a workbook, recognised."""

    name: SheetName
    rows: list[Row]


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of one file: of a CSV file the one that it is, of a workbook (.xlsx) each worksheet with content.

    A refusal names the file, and the worksheet. Rows without any content are passed over.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return [read_sheet(path)]
    sheets = []
    for name, records in worksheets(path):
        first = next(records, None)
        if first is not None:
            sheets.append(_sheet(f"{path} [{name}]", itertools.chain([first], records)))
    if not sheets:
        raise refusals.UnknownHeader(file=path, header="")
    return sheets


def read_sheet(path: Path) -> Sheet:
    """The rows of one CSV file, or a refusal that names the file."""
    return _sheet(path, _records(path))


def _sheet(path: Path | str, records: Iterator[tuple[int, list[str]]]) -> Sheet:
    header = [name.strip().lower() for name in next(records, (1, [""]))[1]]
    sheet = next((sheet for column, sheet in _TELLTALE if column in header), None)
    if sheet is None:
        raise refusals.UnknownHeader(file=path, header=_shown(";".join(header)))
    missing = [name for name in COLUMNS[sheet] if name not in header]
    allowed = (*COLUMNS[sheet], *OPTIONAL.get(sheet, ()))
    extra = [name for at, name in enumerate(header) if name not in allowed or header.index(name) != at]
    if missing or extra:
        raise refusals.WrongColumns(file=path, sheet=sheet, missing=", ".join(missing), extra=_shown(", ".join(extra)))
    rows = []
    for number, fields in records:
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != len(header):
            raise refusals.WrongFieldCount(file=path, row=number, found=len(fields), expected=len(header))
        rows.append(Row(file=str(path), row=number, cells=dict(zip(header, fields, strict=True))))
    return Sheet(sheet, rows)


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file, numbered from 1; the separator is the one that the first line shows."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise refusals.NoSuchFile(file=path, reason=error.strerror or type(error).__name__) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusals.NotText(file=path, line=raw.count(b"\n", 0, error.start) + 1) from None
    separator = ";" if ";" in text.partition("\n")[0] else ","
    number = 0
    try:
        for fields in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            number += 1
            yield number, fields
    except csv.Error as error:
        raise refusals.NotDelimited(file=path, row=number + 1, reason=error) from None


def _shown(text: str) -> str:
    """A hostile text as it may stand in a sentence: printable, and not long."""
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return printable if len(printable) <= 120 else printable[:120] + "…"
