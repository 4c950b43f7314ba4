"""Before anything is deposited: do the documents open, do they hold something, and do their totals agree?

The energy in each document is read back from its bytes, by none of the code that wrote it, and held against
the store. Energy is counted in whole Wh.
"""

import csv
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree

from portal_lib.reporting.sheets import TOTALS

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

#: All that reading a damaged file may raise.
_UNREADABLE = (
    OSError,
    EOFError,
    LookupError,
    ValueError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    csv.Error,
)

_Row = dict[str, str]


class DocumentUnfit(Exception):
    """What is wrong with a document, in a few words."""


def check_document(path: Path, document_format: str, energy: Mapping[str, int]) -> None:
    """Hold one document against the store; raises :class:`DocumentUnfit`.

    ``energy`` is what the columns of each title must add up to over all sheets, in Wh. A document needs at
    least one of these columns. On a sheet with a row of totals, that row must be the sum of the others.
    """
    if not path.is_file():
        raise DocumentUnfit("the notebook did not write it")
    if not path.stat().st_size:
        raise DocumentUnfit("it is empty")
    try:
        tables = dict(_workbook(path)) if document_format == "xlsx" else {"": list(_delimited(path))}
    except _UNREADABLE as error:
        raise DocumentUnfit(f"it does not open ({type(error).__name__}: {error})") from None
    sums: dict[str, int] = {}
    for name, rows in tables.items():
        body = [row for row in rows if next(iter(row.values()), None) != TOTALS]
        if not body:
            raise DocumentUnfit(f"the sheet {name} has no row" if name else "it has no row")
        for title in energy:
            if title not in body[0]:
                continue
            here = sum(_wh(row[title]) for row in body)
            sums[title] = sums.get(title, 0) + here
            for row in rows[len(body) :]:
                if _wh(row[title]) != here:
                    raise DocumentUnfit(f"the total of «{title}» on sheet {name} is not the sum of its rows")
    if not sums:
        raise DocumentUnfit(f"it has no column {' or '.join(f'«{title}»' for title in energy)}")
    for title, found in sums.items():
        if found != energy[title]:
            raise DocumentUnfit(
                f"its column «{title}» adds up to {found / 1000:.3f} kWh, "
                f"the readings to {energy[title] / 1000:.3f} kWh"
            )


def _wh(cell: str) -> int:
    """Whole Wh of a cell in kWh; an empty cell is a missing value and counts nothing."""
    try:
        return round(float(cell.replace(",", ".")) * 1000) if cell else 0
    except (ValueError, OverflowError):
        raise DocumentUnfit(f"«{cell[:40]}» stands where kWh should") from None


def _delimited(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";", strict=True, restval=""):
            yield {str(title): cell for title, cell in row.items()}


def _workbook(path: Path) -> Iterator[tuple[str, list[_Row]]]:
    """Each worksheet's rows as header -> text of the cell (formulas by their stored value)."""
    with zipfile.ZipFile(path) as package:
        if package.testzip() is not None:
            raise zipfile.BadZipFile("a part of it is damaged")
        shared = _shared_strings(package)
        targets = {
            relation.get("Id"): relation.get("Target", "") for relation in _parse(package, "xl/_rels/workbook.xml.rels")
        }
        for sheet in _parse(package, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
            part = posixpath.join("xl", targets[sheet.get(_RELATION)])
            yield sheet.get("name", ""), _rows(package, part, shared)


def _parse(package: zipfile.ZipFile, part: str) -> etree._Element:
    return etree.fromstring(package.read(part), etree.XMLParser(resolve_entities=False, no_network=True))


def _shared_strings(package: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    return ["".join(entry.itertext()) for entry in _parse(package, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]


def _rows(package: zipfile.ZipFile, part: str, shared: list[str]) -> list[_Row]:
    rows: list[_Row] = []
    header: dict[str, str] = {}
    for row in _parse(package, part).iter(f"{_MAIN}row"):
        cells = {}
        for cell in row:
            value = cell.findtext(f"{_MAIN}v", "")
            text = shared[int(value)] if cell.get("t") == "s" and value else value
            cells[cell.get("r", "").rstrip("0123456789")] = text
        if not header:
            header = cells
        else:
            rows.append({title: cells.get(letter, "") for letter, title in header.items()})
    return rows
