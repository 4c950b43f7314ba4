"""From a report to the files that the runner deposits."""

from collections.abc import Callable, Sequence
from pathlib import Path

from portal_lib.reporting import delimited, printed, workbook
from portal_lib.reporting.exceptions import ReadingsIncomplete
from portal_lib.reporting.sheets import Report

_WRITERS: dict[str, Callable[[Report, Path], None]] = {
    "xlsx": workbook.write,
    "csv": delimited.write,
    "csv_iso": delimited.write_iso,
    "pdf": printed.write,
}

#: What the name of a document of each format ends in.
EXTENSIONS = {"xlsx": "xlsx", "csv": "csv", "csv_iso": "iso.csv", "pdf": "pdf"}


def document_path(folder: Path, document_format: str) -> Path:
    """Where a notebook puts its document of one format, and the runner looks for it."""
    return folder / f"report.{EXTENSIONS[document_format]}"


def write(
    report: Report, folder: str | Path, formats: Sequence[str], *, incomplete: str = "provisional"
) -> dict[str, int]:
    """Write ``report`` into ``folder`` in each format; gives the size of each document in bytes.

    Where readings are missing, every form says that it is provisional; with ``incomplete="wait"`` nothing is written
    and :class:`ReadingsIncomplete` is raised.
    """
    if incomplete == "wait" and report.about and report.about.provisional:
        there = report.about.completeness
        raise ReadingsIncomplete(days=there.days_missing, owed=there.days_owed, intervals=there.intervals_missing)
    sizes = {}
    for document_format in formats:
        path = document_path(Path(folder), document_format)
        _WRITERS[document_format](report, path)
        sizes[document_format] = path.stat().st_size
    return sizes
