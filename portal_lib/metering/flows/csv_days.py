"""e-distribuzione's export for customers: a line a day, a column a quarter hour.

::

    Giorno;00:00-00:15;00:15-00:30; … ;23:45-00:00
    "01/09/2024";"0,139";"0,258"; … ;"0,06";

Semicolons, quotes, decimal comma, kWh; rows end with one more semicolon than the header. A line
``POD;IT001E…`` may stand first; otherwise the file does not say whose readings it holds, and the operator
does. It holds active energy only and no time of sending, so it never prevails over a distributor's flow.

The days on which the clock changes:

- In March the four columns 02:00-03:00 must be empty or zero; the other 92 are the day.
- In October 96 columns can't hold 100 quarter hours, and nothing says which of the two hours 02:00-03:00 the file
  left out (or whether it added them up): such a row is refused by line and day. Some exports repeat the four
  columns 02:00-03:00, one after the other or alternating; then the first of each name is summer time, the
  second standard time, and on every other day the second must be empty.

Every other empty cell is refused, as is anything that is no energy.

Source: a true file of September 2024 (demo/data/e-distribuzione); the line ``POD;…`` is met in public readers of
these files.
"""

from collections.abc import Iterator
from datetime import date

from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.exceptions import (
    BadPod,
    ExtraHour,
    HourThatIsNot,
    HourThatIsTwice,
    PodContradicts,
    PodNeeded,
    RepeatedDay,
)
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.csv_text import Row, bad, day_of
from portal_lib.metering.flows.energy import NotWattHours, WattHours
from portal_lib.metering.flows.reader import DayCurve, Flow, Known, Sink
from portal_lib.metering.identifiers import normal_pod

_MAGNITUDE = "Ea"

_CLOCK = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 15, 30, 45)]
_LABELS = [f"{start}-{end}" for start, end in zip(_CLOCK, [*_CLOCK[1:], _CLOCK[0]], strict=True)]

#: The places of 02:00-03:00 among the 96 labels: skipped in March, repeated in October.
_CHANGING = range(8, 12)


def read_days(rows: Iterator[Row], name: str, known: Known, sink: Sink) -> Flow:
    """Give every day of an export to ``sink``. Raises a ``FlowRefused``."""
    line, first = next(rows, (1, [""]))
    stated = None
    if first[0].strip().upper() == "POD":
        stated = _stated_pod(name, line, first)
        line, first = next(rows, (line + 1, [""]))
    columns = _Columns(name, line, first)
    if stated is None and known.pod is None:
        raise PodNeeded(file=name)
    if stated is not None and known.pod is not None and stated != known.pod:
        raise PodContradicts(file=name, found=stated, expected=known.pod)
    pod = stated or known.pod or ""
    for curve in _days(name, pod, columns, rows):
        sink.day(curve)
    return Flow("CSV", "", 0, told_pod=pod if stated is None else None)


def _stated_pod(name: str, line: int, row: list[str]) -> str:
    try:
        return normal_pod(row[1] if len(row) > 1 else "")
    except BadPod as wrong:
        raise bad(name, line, wrong.say("en"), wrong.say("it")) from None


class _Columns:
    """Which column holds which of the wall clock's 96 quarter hours, and of the repeated hour if it is there."""

    def __init__(self, name: str, line: int, header: list[str]) -> None:
        labels = [label.strip().replace("-24:00", "-00:00") for label in header]
        if labels and labels[-1] == "":
            labels.pop()
        expected = 97 if len(labels) != 101 else 101
        if labels[:1] != ["Giorno"] or len(labels) != expected:
            raise bad(
                name,
                line,
                "the header must be Giorno;00:00-00:15;…;23:45-00:00",
                "l'intestazione deve essere Giorno;00:00-00:15;…;23:45-00:00",
            )
        first: dict[str, int] = {}
        second: dict[str, int] = {}
        for column, label in enumerate(labels[1:], start=1):
            (second if label in first else first)[label] = column
        repeated = [_LABELS[place] for place in _CHANGING] if expected == 101 else []
        if set(first) != set(_LABELS) or set(second) != set(repeated):
            strange = next((label for label in labels[1:] if label not in _LABELS), labels[-1])
            raise bad(
                name,
                line,
                f"unexpected columns in the header ({strange})",
                f"colonne impreviste nell'intestazione ({strange})",
            )
        self.width = expected
        self.labels = labels[1:]
        self.once = [first[label] for label in _LABELS]
        self.again = [second[label] for label in repeated]

    def of_day(self, name: str, line: int, day: date, row: list[str]) -> list[int]:
        """The columns of a day's quarter hours, in time order."""
        count = quarter_hours(day)
        skipped = [self.once[place] for place in _CHANGING]
        if count == 100:
            if not self.again:
                raise HourThatIsTwice(file=name, line=line, day=day)
            return self.once[: _CHANGING.stop] + self.again + self.once[_CHANGING.stop :]
        if any(_has_value(row[column]) for column in self.again):
            raise ExtraHour(file=name, line=line, day=day)
        if count == 96:
            return self.once
        if any(_has_value(row[column]) for column in skipped):
            raise HourThatIsNot(file=name, line=line, day=day)
        return self.once[: _CHANGING.start] + self.once[_CHANGING.stop :]


def _has_value(cell: str) -> bool:
    return cell.strip().strip("0,") != ""


def _days(name: str, pod: str, columns: _Columns, rows: Iterator[Row]) -> list[DayCurve]:
    watt_hours = WattHours()
    taken: dict[int, DayCurve] = {}
    for line, row in rows:
        if len(row) == columns.width + 1 and row[-1] == "":
            row.pop()
        if len(row) != columns.width:
            raise bad(
                name,
                line,
                f"{len(row)} columns instead of {columns.width}",
                f"{len(row)} colonne invece di {columns.width}",
            )
        day = day_of(name, line, row[0], "%d/%m/%Y", "01/09/2024")
        used = columns.of_day(name, line, day, row)
        texts = [row[column].strip() for column in used]
        try:
            curve = watt_hours.curve(texts)
        except NotWattHours as wrong:
            place = watt_hours.first_wrong(texts)
            raise wrong.refusal(
                file=name,
                pod=pod,
                magnitude=_MAGNITUDE,
                day=day,
                place=columns.labels[used[place] - 1],
                text=texts[place],
            ) from None
        number = day_number(day)
        found = DayCurve(pod, _MAGNITUDE, number, len(texts), int(DayFlag.CUSTOMER_EXPORT), curve)
        if taken.setdefault(number, found) != found:
            raise RepeatedDay(file=name, pod=pod, magnitude=_MAGNITUDE, day=day)
    if not taken:
        raise bad(name, 2, "there is no day in the file", "nel file non c'è alcun giorno")
    return list(taken.values())
