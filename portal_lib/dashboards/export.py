"""What the chart shows, as a CSV file: the same numbers as on screen, for a spreadsheet.

UTF-8 with byte order mark, semicolons, CR LF, decimal comma, days as ``dd/mm/yyyy``; an empty cell is a missing value.
"""

import csv
import io

import pandas as pd

from portal_lib.dashboards import italian

BANDS = ("F1", "F2", "F3")


def readings_csv(readings: pd.DataFrame) -> bytes:
    """Readings as :meth:`portal_lib.visitor.Door.readings` gives them, in any detail."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    instants = [stamp.to_pydatetime() for stamp in pd.DatetimeIndex(readings.index)]
    if "band" in readings:
        writer.writerow(["Giorno", "Ora di inizio", "Minuti", "Fascia", "kWh"])
        writer.writerows(
            [italian.day(instant), italian.hour(instant), minutes, band, _kwh(value)]
            for instant, minutes, band, value in zip(
                instants, readings["minutes"], readings["band"], readings["kwh"], strict=True
            )
        )
    else:
        writer.writerow(["Giorno", "kWh", *BANDS, "Intervalli mancanti"])
        writer.writerows(
            [italian.day(instant), *map(_kwh, values), missing]
            for instant, values, missing in zip(
                instants, readings[["kwh", *BANDS]].to_numpy(), readings["missing"], strict=True
            )
        )
    return text.getvalue().encode("utf-8-sig")


def _kwh(value: float) -> str:
    return "" if value != value else f"{value:.3f}".replace(".", ",")
