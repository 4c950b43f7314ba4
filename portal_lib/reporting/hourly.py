"""R4 Curve orarie: the hourly curves behind the charts, one worksheet per POD, one long table in the CSV.

Only days that the customer held and that have readings: a day that is missing is told by the first sheet,
which counts days present and owed. The repeated hour of the October day is told apart in words, and the March
day has 23 rows.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from portal_lib.metering.curves import aggregate, band_totals
from portal_lib.metering.flags import DayFlag
from portal_lib.reporting.administrations import Administration
from portal_lib.reporting.holdings import held_points
from portal_lib.reporting.periods import Period
from portal_lib.reporting.register_energy import register_energy
from portal_lib.reporting.sheets import INTERVAL_ENERGY, PERIOD_ENERGY, Cell, Column, Report, Sheet
from portal_lib.visitor import Door

SUMMARY = "Riepilogo"

SUMMARY_COLUMNS = (
    Column("POD", "text"),
    Column("Indirizzo", "text"),
    Column("Comune", "text"),
    Column("Centro di costo", "text"),
    Column("Dal", "day"),
    Column("Al", "day"),
    Column(PERIOD_ENERGY, "energy", total=True),
    Column("Giorni presenti", "count", total=True),
    Column("Giorni dovuti", "count", total=True),
    Column("Ore mancanti", "count", total=True),
)

CURVE_COLUMNS = (
    Column("Data", "day"),
    Column("Dalle", "text"),
    Column("Alle", "text"),
    Column(INTERVAL_ENERGY, "energy", total=True),
    Column("Fascia", "text"),
    Column("Qualità", "text"),
)

_HOUR = timedelta(hours=1)


def report(door: Door, administration: Administration, period: Period, *, title: str, tender: str) -> Report:
    """The month's hourly curves of one customer, through its own eyes.

    ``kWh totale`` of the first sheet counts every interval that is known, like R1; an hour of which a quarter
    is missing is empty in the curve and counted as missing. A point without a curve has the energy of its registers
    there, no day and no sheet of its own.
    """
    summary: list[tuple[Cell, ...]] = []
    curves: dict[str, list[tuple[Cell, ...]]] = {}
    for held in held_points(door, period):
        point = held.point
        frame = door.readings(point.pod, held.first, held.last, "quarter_hour")
        hours = aggregate(frame, "hour")
        days = door.day_count(point.pod, held.first, held.last)
        told = None if days else register_energy(door, held)
        summary.append(
            (
                point.pod,
                point.address or None,
                point.municipality or None,
                point.cost_centre or None,
                held.first,
                held.last,
                round(band_totals(frame)["total"] * 1000) if days else told.total if told else None,
                days,
                held.days,
                int(hours["kwh"].isna().sum()),
            )
        )
        if days:
            curves.setdefault(point.pod, []).extend(_rows(hours))
    sheets = [Sheet(SUMMARY, SUMMARY_COLUMNS, summary)]
    sheets += [Sheet(pod, CURVE_COLUMNS, rows) for pod, rows in curves.items()]
    table = Sheet(
        title,
        (Column("POD", "text"), *CURVE_COLUMNS),
        [(pod, *row) for pod, rows in curves.items() for row in rows],
    )
    if not curves:  # nothing but registers: the one table says what they say
        table = Sheet(title, SUMMARY_COLUMNS, summary)
    subject = f"{administration.name} · {period} · {tender}"
    return Report(title=title, subject=subject, last_day=period.last, sheets=tuple(sheets), table=table)


def hour_labels(starts: pd.DatetimeIndex) -> tuple[list[str], list[str]]:
    """From and to of each hour on the Rome wall clock; ``starts`` are the hours' first instants.

    The hour that comes twice is told apart on both ends: «02:00 (ora legale)», then «02:00 (ora solare)». The
    last hour of a day ends at «24:00».
    """
    ends = ["24:00" if label == "00:00" else label for label in _clock_labels(starts + _HOUR)]
    return _clock_labels(starts), ends


def _clock_labels(instants: pd.DatetimeIndex) -> list[str]:
    wall = instants.tz_localize(None)
    first_of_two = (instants + _HOUR).tz_localize(None) == wall
    second_of_two = (instants - _HOUR).tz_localize(None) == wall
    return [
        f"{hour:02d}:{minute:02d}" + (" (ora legale)" if first else " (ora solare)" if second else "")
        for hour, minute, first, second in zip(wall.hour, wall.minute, first_of_two, second_of_two, strict=True)
    ]


def quality(flags: int) -> str:
    """How the values of a day came to be, in Italian."""
    words = ["stimato" if flags & DayFlag.ESTIMATED else "misurato"]
    if flags & DayFlag.NOT_VALIDATED:
        words.append("non validato")
    if flags & DayFlag.CORRECTED:
        words.append("rettificato")
    if flags & DayFlag.CUSTOMER_EXPORT:
        words.append("da esportazione del cliente")
    return ", ".join(words)


def _rows(hours: pd.DataFrame) -> list[tuple[Cell, ...]]:
    if not isinstance(hours.index, pd.DatetimeIndex):
        raise TypeError("hourly readings are indexed by instant")
    starts, ends = hour_labels(hours.index)
    words = {int(flags): quality(int(flags)) for flags in hours["flags"].unique()}
    return [
        (
            day,
            start,
            end,
            None if np.isnan(kwh) else round(kwh * 1000),
            band,
            "mancante" if np.isnan(kwh) else words[flags],
        )
        for day, start, end, kwh, band, flags in zip(
            hours.index.date,
            starts,
            ends,
            hours["kwh"].tolist(),
            hours["band"].astype(str),
            hours["flags"].tolist(),
            strict=True,
        )
    ]
