"""Before anything is deposited: do the documents open, do they hold something, and do their totals agree?

The energy in each document is read back from its bytes, by none of the code that wrote it, and held against
the store. Energy is counted in whole Wh. How a printed document is read back is in
:mod:`portal_lib.reporting.checking_print`.
"""

import csv
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree

from portal_lib.reporting import checking_print
from portal_lib.reporting.checking_print import DocumentUnfit as DocumentUnfit
from portal_lib.reporting.sheets import INTERVAL_ENERGY, PERIOD_ENERGY, TOTALS

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


#: The columns of energy, by their titles in every language.
_TITLES = {
    PERIOD_ENERGY: PERIOD_ENERGY,
    "kWh total": PERIOD_ENERGY,
    INTERVAL_ENERGY: INTERVAL_ENERGY,
}


def check_document(path: Path, document_format: str, energy: Mapping[str, int]) -> None:
    """Hold one document against the store; raises :class:`DocumentUnfit`.

    ``energy`` is what the columns of each title must add up to over all sheets, in Wh. A document needs at
    least one of these columns. On a sheet with a row of totals, that row must be the sum of the others.
    """
    if not path.is_file():
        raise DocumentUnfit("the notebook did not write it")
    if not path.stat().st_size:
        raise DocumentUnfit("it is empty")
    if document_format == "pdf":
        checking_print.check(path, energy[PERIOD_ENERGY])
        return
    try:
        tables = dict(_workbook(path)) if document_format == "xlsx" else {"": list(_delimited(path, document_format))}
    except _UNREADABLE as error:
        raise DocumentUnfit(f"it does not open ({type(error).__name__}: {error})") from None
    sums: dict[str, int] = {}
    for name, rows in tables.items():
        body = [row for row in rows if next(iter(row.values()), None) not in (TOTALS.it, TOTALS.en)]
        if not body:
            raise DocumentUnfit(f"the sheet {name} has no row" if name else "it has no row")
        for heading in body[0]:
            title = _TITLES.get(heading, heading)
            if title not in energy:
                continue
            here = sum(_wh(row[heading]) for row in body)
            sums[title] = sums.get(title, 0) + here
            for row in rows[len(body) :]:
                if _wh(row[heading]) != here:
                    raise DocumentUnfit(f"the total of «{heading}» on sheet {name} is not the sum of its rows")
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


def _delimited(path: Path, document_format: str) -> Iterator[_Row]:
    iso = document_format == "csv_iso"
    with path.open(encoding="utf-8" if iso else "utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter="," if iso else ";", strict=True, restval=""):
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
