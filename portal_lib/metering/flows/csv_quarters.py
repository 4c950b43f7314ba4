"""The export of the distributors' “Portale Clienti Finali” (Unareti, Duereti): a line a quarter hour.

::

    POD;DATA;ORA;FL_ORA_LEGALE;ATTIVA_PRELEVATA;ATTIVA_IMMESSA; … ;TIPO_DATO;
    IT001E00000001;20260501;001500;2;0,028;;;;;0,0;5,004;;E;

``ORA`` is the wall clock at which the quarter hour begins, ``FL_ORA_LEGALE`` what that clock shows: 1 standard time,
2 summer time. So the 25-hour day is told apart without a guess, whatever the order of its lines. On the days on which
the clock changes the export may also hold lines that never were (02:00 in summer time in March, for one); they must be
empty or zero. Columns are found by their names. Taken is the active energy drawn (kWh); energy fed in and the highest
power are not, nor reactive energy, of which no source tells the unit. ``TIPO_DATO`` is E measured or S estimated.

Source: the description and tests of the public reader HomeAssistant-Contatore, which has held the form, the unit and
the flag against a true Duereti export of 181 days (github.com/riccardorossi92/HomeAssistant-Contatore,
``documentation/protocols/pcf-protocol.md`` and ``distributors/pcf_common``). An older form with the column
``CONSUMO_ATTIVA_PRELEVATA`` is refused: those who have such files disagree whether it is energy or power.
"""

from array import array
from collections.abc import Iterator, Mapping
from datetime import date

from portal_lib.metering.calendar import date_of, day_number, day_start, quarter_hours
from portal_lib.metering.exceptions import BadPod, PodContradicts, RepeatedDay
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.csv_text import Row, bad, day_of
from portal_lib.metering.flows.energy import NotWattHours, WattHours
from portal_lib.metering.flows.reader import DayCurve, Flow, Known, Sink
from portal_lib.metering.identifiers import normal_pod

_MAGNITUDE = "Ea"
_ENERGY = "ATTIVA_PRELEVATA"
_COLUMNS = ("POD", "DATA", "ORA", "FL_ORA_LEGALE", _ENERGY, "TIPO_DATO")

#: The columns by which a file is known to be of this form.
MARKS = frozenset({"POD", "DATA", "ORA", "FL_ORA_LEGALE"})

_NOT_TOLD = -1

_QUARTERS = {f"{hour:02d}{minute:02d}00": hour * 4 + minute // 15 for hour in range(24) for minute in (0, 15, 30, 45)}
_OFFSETS = {"1": 1, "2": 2}  # hours before UTC


class _Day:
    """What the lines read so far say of one day of a point."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.count = quarter_hours(date_of(number))
        self.offset = (number * 86_400 - int(day_start(number))) // 3600  # with which the day begins
        self.energy = array("i", [_NOT_TOLD]) * self.count
        self.flags = DayFlag.CUSTOMER_EXPORT
        self.line = 0

    def place(self, quarter: int, offset: int) -> int | None:
        """Where a quarter hour of the wall clock stands in the day; None where there never was such a one."""
        if self.count == 96:
            return quarter if offset == self.offset else None
        if offset == self.offset:  # before the change
            return quarter if quarter < (8 if self.count == 92 else 12) else None
        if self.count == 92:
            return quarter - 4 if quarter >= 12 else None
        return quarter + 4 if quarter >= 8 else None


def read_quarters(rows: Iterator[Row], name: str, known: Known, sink: Sink) -> Flow:
    """Give every day of an export to ``sink``. Raises a ``FlowRefused``."""
    line, header = next(rows)
    columns = _columns(name, line, header)
    days: dict[tuple[str, int], _Day] = {}
    pods: dict[str, str] = {}
    watt_hours = WattHours()
    for line, row in rows:
        if len(row) < len(header) - 1:
            raise bad(
                name,
                line,
                f"{len(row)} columns instead of {len(header)}",
                f"{len(row)} colonne invece di {len(header)}",
            )
        cells = {column: row[place].strip() for column, place in columns.items()}
        pod = pods.get(cells["POD"]) or pods.setdefault(cells["POD"], _pod(name, line, cells["POD"], known))
        number = day_number(day_of(name, line, cells["DATA"], "%Y%m%d", "20240901"))
        day = days.get((pod, number))
        if day is None:
            day = days[pod, number] = _Day(number)
        day.line = line
        _take(name, line, pod, day, cells, watt_hours)
    if not days:
        raise bad(name, 2, "there is no day in the file", "nel file non c'è alcun giorno")
    for (pod, number), day in days.items():
        missing = day.energy.count(_NOT_TOLD)
        if missing:
            shown = date_of(number)
            raise bad(
                name,
                day.line,
                f"of {shown}, POD {pod}, {missing} quarter hours of {day.count} are missing",
                f"del {shown}, POD {pod}, mancano {missing} quarti d'ora su {day.count}",
            )
        sink.day(DayCurve(pod, _MAGNITUDE, number, day.count, int(day.flags), _bytes(day.energy)))
    return Flow("CSV", "", 0)


def _columns(name: str, line: int, header: list[str]) -> dict[str, int]:
    """Where each column that is read stands."""
    titles = [title.strip().upper() for title in header]
    for column in _COLUMNS:
        if titles.count(column) != 1:
            raise bad(
                name,
                line,
                f"the header must have one column {column}",
                f"l'intestazione deve avere una colonna {column}",
            )
    return {column: titles.index(column) for column in _COLUMNS}


def _pod(name: str, line: int, text: str, known: Known) -> str:
    try:
        pod = normal_pod(text)
    except BadPod as wrong:
        raise bad(name, line, wrong.say("en"), wrong.say("it")) from None
    if known.pod is not None and pod != known.pod:
        raise PodContradicts(file=name, found=pod, expected=known.pod)
    return pod


def _take(name: str, line: int, pod: str, day: _Day, cells: Mapping[str, str], watt_hours: WattHours) -> None:
    quarter, offset = _QUARTERS.get(cells["ORA"]), _OFFSETS.get(cells["FL_ORA_LEGALE"])
    if quarter is None or offset is None or cells["TIPO_DATO"] not in ("E", "S"):
        shown = f"ORA {cells['ORA'][:20]}, FL_ORA_LEGALE {cells['FL_ORA_LEGALE'][:20]}, TIPO_DATO "
        shown += cells["TIPO_DATO"][:20]
        raise bad(
            name,
            line,
            f"{shown}; expected 000000 to 234500, 1 or 2, E or S",
            f"{shown}; attesi 000000 … 234500, 1 o 2, E o S",
        )
    text = cells[_ENERGY]
    place = day.place(quarter, offset)
    if place is None:
        if text.strip("0,"):
            raise bad(
                name,
                line,
                f"on {date_of(day.number)} there is no {cells['ORA']} with FL_ORA_LEGALE {offset}",
                f"il {date_of(day.number)} non esistono le {cells['ORA']} con FL_ORA_LEGALE {offset}",
            )
        return
    shown_day: date = date_of(day.number)
    try:
        energy = watt_hours[text]
    except NotWattHours as wrong:
        raise wrong.refusal(
            file=name, pod=pod, magnitude=_MAGNITUDE, day=shown_day, place=f"{cells['ORA']} ({line})", text=text
        ) from None
    if day.energy[place] not in (_NOT_TOLD, energy):
        raise RepeatedDay(file=name, pod=pod, magnitude=_MAGNITUDE, day=shown_day)
    day.energy[place] = energy
    if cells["TIPO_DATO"] == "S":
        day.flags |= DayFlag.ESTIMATED


def _bytes(energy: "array[int]") -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in energy)
