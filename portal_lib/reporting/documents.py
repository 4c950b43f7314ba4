"""From a report to the files that the runner deposits."""

from collections.abc import Sequence
from pathlib import Path

from portal_lib.reporting import delimited, workbook
from portal_lib.reporting.sheets import Report

_WRITERS = {"xlsx": workbook.write, "csv": delimited.write}


def document_path(folder: Path, document_format: str) -> Path:
    """Where a notebook puts its document of one format, and the runner looks for it."""
    return folder / f"report.{document_format}"


def write(report: Report, folder: str | Path, formats: Sequence[str]) -> dict[str, int]:
    """Write ``report`` into ``folder`` in each format; gives the size of each document in bytes."""
    sizes = {}
    for document_format in formats:
        path = document_path(Path(folder), document_format)
        _WRITERS[document_format](report, path)
        sizes[document_format] = path.stat().st_size
    return sizes
