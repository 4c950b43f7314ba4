"""Reading a printed report back: it opens, claims PDF/A and tags, no page is empty, its energy is the store's."""

import re
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

#: The words before the energy of the period on the first page, and how a language writes a number.
_TOTALS = (
    (re.compile(r"Energia attiva totale:\s*([0-9.]+),([0-9]{3})\s*kWh"), "."),
    (re.compile(r"Total active energy:\s*([0-9,]+)\.([0-9]{3})\s*kWh"), ","),
)

#: What a file of PDF/A-2a says of itself, in its metadata, which stand there in clear.
_CLAIM = (re.compile(rb"<pdfaid:part>\s*2\s*<"), re.compile(rb"<pdfaid:conformance>\s*A\s*<"))


class DocumentUnfit(Exception):
    """What is wrong with a document, in a few words."""


def check(path: Path, wh: int) -> None:
    """Hold a PDF against the period's energy in Wh; raises :class:`DocumentUnfit`."""
    try:
        document = pypdfium2.PdfDocument(path)
        try:
            tagged = bool(pdfium.FPDFCatalog_IsTagged(document))
            pages = [_text(document, number) for number in range(len(document))]
        finally:
            document.close()
    except (pypdfium2.PdfiumError, OSError, ValueError) as error:
        raise DocumentUnfit(f"it does not open ({type(error).__name__}: {error})") from None
    if not pages:
        raise DocumentUnfit("it has no page")
    for number, text in enumerate(pages, start=1):
        if not text.strip():
            raise DocumentUnfit(f"its page {number} is empty")
    if not tagged:
        raise DocumentUnfit("it carries no tags for screen readers")
    if not all(claim.search(path.read_bytes()) for claim in _CLAIM):
        raise DocumentUnfit("it does not say that it is PDF/A-2a")
    found = _energy(pages[0])
    if found is None:
        raise DocumentUnfit("its first page does not say the energy of the period")
    if found != wh:
        raise DocumentUnfit(f"its first page says {found / 1000:.3f} kWh, the readings {wh / 1000:.3f} kWh")


def _text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    text = page.get_textpage()
    try:
        return str(text.get_text_range())
    finally:
        text.close()
        page.close()


def _energy(text: str) -> int | None:
    for pattern, thousands in _TOTALS:
        if found := pattern.search(text):
            return int(found[1].replace(thousands, "")) * 1000 + int(found[2])
    return None
