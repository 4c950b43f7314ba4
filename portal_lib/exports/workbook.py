"""An export as a workbook, written row by row to a file: memory does not grow with it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import xlsxwriter

from portal_lib.exports.asked import Asked
from portal_lib.exports.pieces import Piece, stretches
from portal_lib.exports.rows import heads, rows
from portal_lib.visitor import Door

SHEET = "Letture"


def write(door: Door, asked: Asked, wanted: Iterable[Piece], path: Path) -> Iterator[None]:
    """Write the export to ``path``; a step for each stretch, so that whoever no longer waits can stop it in between.

    Days are dates to the spreadsheet and energies numbers with three decimals; hours are text, since the 25-hour day
    has one of them twice. What is missing is an empty cell.
    """
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    try:
        sheet = book.add_worksheet(SHEET)
        bold = book.add_format({"bold": True})
        energy = book.add_format({"num_format": "#,##0.000"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        titles = heads(asked)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 17)
        sheet.set_column(1, len(titles) - 2, 14)
        sheet.set_column(len(titles) - 1, len(titles) - 1, 24)
        for place, title in enumerate(titles):
            sheet.write_string(0, place, title, bold)
        line = 0
        for piece in stretches(wanted):
            for row in rows(door, asked, piece):
                line += 1
                place = 0
                for place, text in enumerate(row.texts):
                    if asked.style == "it" and place == 1 and asked.step != "mese":
                        sheet.write_datetime(line, place, datetime.strptime(text, "%d/%m/%Y"), day)  # noqa: DTZ007
                    elif text.isdigit() and place > 1:
                        sheet.write_number(line, place, int(text))
                    else:
                        sheet.write_string(line, place, text)
                for offset, wh in enumerate(row.energies, place + 1):
                    if wh is not None:
                        sheet.write_number(line, offset, wh / 1000, energy)
                for offset, count in enumerate(row.counts, place + 1 + len(row.energies)):
                    if count is not None:
                        sheet.write_number(line, offset, count)
                sheet.write_string(line, len(titles) - 1, row.quality)
            yield
        sheet.autofilter(0, 0, max(line, 1), len(titles) - 1)
    finally:
        book.close()
