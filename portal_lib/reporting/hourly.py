"""R4 Curve orarie: the curves behind the charts, one worksheet per POD, one long table in the CSV.

Each interval as it was metered: quarter hours where there are quarter hours, hours where there are hours. Only days
that the customer held and that have readings: a day that is missing is told by the first sheet, which counts days
present and owed. The repeated hour of the October day is told apart in words, and the March day has no two o'clock.
"""

import numpy as np
import pandas as pd

from portal_lib.clock import ROME
from portal_lib.language import Language, Said
from portal_lib.metering.curves import band_totals
from portal_lib.metering.flags import DayFlag
from portal_lib.reporting import about, completeness
from portal_lib.reporting.administrations import Administration
from portal_lib.reporting.holdings import HeldPoint, held_points
from portal_lib.reporting.hourly_chapters import Curve, chapters
from portal_lib.reporting.periods import Period
from portal_lib.reporting.register_energy import register_energy
from portal_lib.reporting.sheets import INTERVAL_ENERGY, PERIOD_ENERGY, Column, Report, Row, Sheet
from portal_lib.visitor import Door

SUMMARY = "Riepilogo"

SUMMARY_COLUMNS = (
    Column("POD", "text"),
    Column("Indirizzo", "text", english="Address"),
    Column("Comune", "text", english="Municipality"),
    Column("Centro di costo", "text", english="Cost centre"),
    Column("Dal", "day", english="From"),
    Column("Al", "day", english="To"),
    Column(PERIOD_ENERGY, "energy", total=True, english="kWh total"),
    Column("Giorni presenti", "count", total=True, english="Days present"),
    Column("Giorni dovuti", "count", total=True, english="Days owed"),
    Column("Intervalli mancanti", "count", total=True, english="Intervals missing"),
)

CURVE_COLUMNS = (
    Column("Data", "day", english="Day"),
    Column("Dalle", "text", english="From"),
    Column("Alle", "text", english="To"),
    Column(INTERVAL_ENERGY, "energy", total=True),
    Column("Fascia", "text", english="Band"),
    Column("Qualità", "text", english="Quality"),
    Column("Istante", "instant", english="Instant", for_machines=True),
    Column("Minuti", "count", english="Minutes", for_machines=True),
)

_SUMMER = Said("(ora legale)", "(summer time)")
_STANDARD = Said("(ora solare)", "(standard time)")
_MISSING = Said("mancante", "missing")
_MEASURED = Said("misurato", "measured")
_ESTIMATED = Said("stimato", "estimated")
_QUALITIES = (
    (DayFlag.NOT_VALIDATED, Said("non validato", "not validated")),
    (DayFlag.CORRECTED, Said("rettificato", "corrected")),
    (DayFlag.CUSTOMER_EXPORT, Said("da esportazione del cliente", "from a customer's export")),
)

_HOUR = pd.Timedelta(hours=1)


def report(
    door: Door,
    administration: Administration,
    period: Period,
    *,
    title: str,
    tender: str,
    language: Language = "it",
    version: int = 1,
) -> Report:
    """The period's curves of one customer, through its own eyes.

    ``kWh totale`` of the first sheet counts every interval that is known, like R1. A point without a curve has the
    energy of its registers there, no day and no sheet of its own.
    """
    holdings = list(held_points(door, period))
    summary: list[Row] = []
    there = []
    curves: dict[str, list[Row]] = {}
    drawn: dict[str, Curve] = {}
    for held in holdings:
        point = held.point
        frame = door.readings(point.pod, held.first, held.last, "quarter_hour")
        told = register_energy(door, held) if frame.empty else None
        found = completeness.of_registers(held, told) if frame.empty else completeness.of_curve(held, frame)
        there.append(found)
        known = told.total if told else None
        whole = known if frame.empty else round(band_totals(frame)["total"] * 1000)
        summary.append(_summary_row(held, whole, found))
        if len(frame):
            curves.setdefault(point.pod, []).extend(_rows(frame, language))
            drawn.setdefault(point.pod, Curve(point, [])).frames.append(frame)
    first = Sheet(SUMMARY, SUMMARY_COLUMNS, summary, "Summary")
    table = Sheet(
        title,
        (Column("POD", "text"), *CURVE_COLUMNS),
        [(pod, *row) for pod, rows in curves.items() for row in rows],
    )
    return Report(
        title=title,
        subject=f"{administration.name} · {period} · {tender}",
        last_day=period.last,
        sheets=(first, *(Sheet(pod, CURVE_COLUMNS, rows) for pod, rows in curves.items())),
        table=table if curves else first,  # nothing but registers: the one table says what they say
        language=language,
        about=about.of_administration(
            door, administration, period, holdings, completeness.total(there), tender=tender, version=version
        ),
        sections=chapters(first, list(drawn.values()), language),
    )


def labels(
    starts: pd.DatetimeIndex, minutes: "pd.Series[int] | int", language: Language
) -> tuple[list[str], list[str]]:
    """From and to of each interval on the Rome wall clock; ``starts`` are the first instants.

    The hour that comes twice is told apart on both ends: «02:00 (ora legale)», then «02:00 (ora solare)». The
    last interval of a day ends at «24:00».
    """
    length = np.asarray(minutes, dtype="timedelta64[m]")
    ends = ["24:00" if label == "00:00" else label for label in _clock_labels(starts + length, language)]
    return _clock_labels(starts, language), ends


def _clock_labels(instants: pd.DatetimeIndex, language: Language) -> list[str]:
    wall = instants.tz_localize(None)
    minutes = (wall.hour * 60 + wall.minute).to_numpy()
    texts = np.array(_CLOCK, dtype=object)[minutes]
    first_of_two = (instants + _HOUR).tz_localize(None) == wall
    second_of_two = (instants - _HOUR).tz_localize(None) == wall
    for chosen, said in ((first_of_two, _SUMMER), (second_of_two, _STANDARD)):
        texts[chosen] = texts[chosen] + f" {said.say(language)}"
    return list(texts)


_CLOCK = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440)]


def quality(flags: int, language: Language = "it") -> str:
    """How the values of a day came to be."""
    words = [_ESTIMATED if flags & DayFlag.ESTIMATED else _MEASURED]
    words += [said for flag, said in _QUALITIES if flags & flag]
    return ", ".join(word.say(language) for word in words)


def _summary_row(held: HeldPoint, whole: int | None, there: completeness.Completeness) -> Row:
    point = held.point
    return (
        point.pod,
        point.address or None,
        point.municipality or None,
        point.cost_centre or None,
        held.first,
        held.last,
        whole,
        there.days_known,
        held.days,
        there.intervals_missing,
    )


def _rows(frame: pd.DataFrame, language: Language) -> list[Row]:
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise TypeError("readings are indexed by instant")
    starts, ends = labels(frame.index, frame["minutes"], language)
    words = {int(flags): quality(int(flags), language) for flags in frame["flags"].unique()}
    kwh = frame["kwh"].to_numpy()
    missing = np.isnan(kwh)
    wh = np.rint(np.where(missing, 0, kwh) * 1000).astype(np.int64).tolist()
    return list(
        zip(
            frame.index.tz_localize(None).date.tolist(),
            starts,
            ends,
            [None if gone else value for gone, value in zip(missing, wh, strict=True)],
            frame["band"].astype(str).tolist(),
            [
                _MISSING.say(language) if gone else words[flags]
                for gone, flags in zip(missing, frame["flags"].tolist(), strict=True)
            ],
            frame.index.tz_convert(ROME).to_pydatetime().tolist(),
            frame["minutes"].tolist(),
            strict=True,
        )
    )
