"""PDO: the monthly hourly readings of 1G meters, quarter hour by quarter hour, as the distributor sends them.

``FlussoMisure/DatiPod/Curva`` holds, for each day and magnitude, one element (two on the October day) whose
attributes are the quarter hours and whose text is the day of the month; see ``clock_changes`` for how days
are spelled. What says whether values are measured and validated may stand before or after them in ``Curva``,
so a curve is put together when its element ends. A file is taken whole or not at all.
"""

import re
from datetime import date
from typing import Any, BinaryIO

from portal_lib.metering.calendar import date_of, day_number, quarter_hours
from portal_lib.metering.exceptions import (
    BadElement,
    BadPod,
    MissingElement,
    MisspelledDay,
    NameContradicts,
    RepeatedDay,
    UnknownMagnitude,
    WrongParty,
)
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows import safe_xml
from portal_lib.metering.flows.clock_changes import Met, Misspelled, in_order
from portal_lib.metering.flows.energy import NotWattHours, WattHours
from portal_lib.metering.flows.file_names import FlowName, parse_name
from portal_lib.metering.flows.reader import MAGNITUDES, DayCurve, Flow, Known, Sink
from portal_lib.metering.identifiers import normal_pod

_FLOW = "PDO"
_CURVE = ["FlussoMisure", "DatiPod", "Curva"]
_QUARTER = re.compile(r"E[0-9]+")
_TWO_DIGITS = re.compile(r"[0-9]{2}")


class PdoReader:
    """Reads a PDO file (``flows.reader.Reader``)."""

    def read(self, file: BinaryIO, name: str, known: Known, sink: Sink) -> Flow:
        named = parse_name(name)
        document = _Document(name, named, known)
        safe_xml.parse(file, name, document)
        document.finish()
        for curve in document.days.values():
            sink.day(curve)
        return Flow(_FLOW, named.sent_at, named.sequence)


class _Document:
    """The state of reading one file: handles its elements in the order in which they come."""

    def __init__(self, file: str, named: FlowName, known: Known) -> None:
        self.days: dict[tuple[str, str, int], DayCurve] = {}
        self._file = file
        self._named = named
        self._known = known
        self._watt_hours = WattHours()
        self._parties: set[str] = set()
        self._start_point()
        self._start_curve()

    def _start_point(self) -> None:
        self._pod: str | None = None
        self._month: date | None = None
        self._curves = 0

    def _start_curve(self) -> None:
        self._kind: str | None = None
        self._validated = "S"
        self._open: list[str] | None = None
        self._met: dict[tuple[str, str], list[Met]] = {}

    @property
    def _where(self) -> str:
        return f"POD {self._pod}" if self._pod else f"DatiPod {self._curves + 1}"

    # Elements

    def start(self, path: list[str], attributes: list[str]) -> None:
        tag = path[-1]
        if len(path) == 1:
            self._check_root(tag, attributes)
        elif path == ["FlussoMisure", "DatiPod"]:
            self._start_point()
        elif path == _CURVE:
            self._start_curve()
        elif tag in MAGNITUDES:
            if path[:-1] != _CURVE:
                raise BadElement(
                    file=self._file,
                    element=tag,
                    found="/".join(path),
                    where=self._where,
                    expected="FlussoMisure/DatiPod/Curva/" + tag,
                )
            self._open = attributes
        elif any(_QUARTER.fullmatch(attribute) for attribute in attributes[0::2]):
            # Energy under a name we don't know must not vanish in silence.
            raise UnknownMagnitude(file=self._file, pod=self._pod, element=tag)

    def end(self, path: list[str], text: str) -> None:
        tag, parent = path[-1], path[-2] if len(path) > 1 else ""
        if parent == "Curva":
            self._end_in_curve(tag, text)
        elif parent == "IdentificativiFlusso":
            self._check_party(tag, text)
        elif parent == "DatiPod":
            if tag == "Pod":
                self._pod = self._normal(text)
            elif tag == "MeseAnno":
                self._month = self._month_of(text)
            elif tag == "Curva":
                self._end_curve()
        elif tag == "Trattamento" and parent == "DatiPdp" and text != "O":
            raise self._bad("Trattamento", text, "O")
        elif path == ["FlussoMisure", "DatiPod"] and not self._curves:
            raise MissingElement(file=self._file, element="Curva", where=self._where)

    def finish(self) -> None:
        """Called after the last element: everything that a PDO must say has been said."""
        for element in ("PIvaUtente", "PIvaDistributore", "CodContrDisp"):
            if element not in self._parties:
                raise MissingElement(file=self._file, element=element, where="IdentificativiFlusso")
        if not self.days:
            raise MissingElement(file=self._file, element="DatiPod", where="FlussoMisure")

    # What the file says of itself

    def _check_root(self, tag: str, attributes: list[str]) -> None:
        if tag != "FlussoMisure":
            raise BadElement(file=self._file, element="XML", found=tag, where="root", expected="FlussoMisure")
        self._agree("CodFlusso", dict(zip(*[iter(attributes)] * 2, strict=True)).get("CodFlusso", ""), _FLOW)

    def _check_party(self, tag: str, text: str) -> None:
        known, named = self._known, self._named
        self._parties.add(tag)
        if tag == "PIvaUtente":
            self._agree(tag, text, named.supplier_vat)
            if known.supplier_vat is not None and text != known.supplier_vat:
                raise self._wrong_party(tag, text, known.supplier_vat, "supplier_vat")
        elif tag == "PIvaDistributore":
            self._agree(tag, text, named.distributor_vat)
            if known.distributor_vats and text not in known.distributor_vats:
                raise self._wrong_party(tag, text, ", ".join(known.distributor_vats), "distributor_vats")
        elif tag == "CodContrDisp":
            self._agree(tag, text.upper(), named.dispatch_code)

    def _agree(self, element: str, found: str, in_name: str) -> None:
        if found != in_name:
            raise NameContradicts(file=self._file, element=element, found=found, expected=in_name)

    def _wrong_party(self, element: str, found: str, expected: str, setting: str) -> WrongParty:
        return WrongParty(file=self._file, element=element, found=found, expected=expected, setting=setting)

    def _bad(self, element: str, found: str, expected: str) -> BadElement:
        return BadElement(file=self._file, element=element, found=found, where=self._where, expected=expected)

    # A point

    def _normal(self, text: str) -> str:
        try:
            return normal_pod(text)
        except BadPod:
            raise self._bad("Pod", text, "IT001E12345678") from None

    def _month_of(self, text: str) -> date:
        self._agree("MeseAnno", text, f"{self._named.month:%m/%Y}")
        return self._named.month

    # A curve

    def _end_in_curve(self, tag: str, text: str) -> None:
        if self._open is not None and tag in MAGNITUDES:
            attributes, self._open = self._open, None
            names, texts = tuple(attributes[0::2]), attributes[1::2]
            dst = "0"
            if "Dst" in names:
                at = names.index("Dst")
                dst = texts.pop(at)
                names = names[:at] + names[at + 1 :]
            self._met.setdefault((tag, text), []).append(Met(dst, names, texts))
        elif tag == "TipoDato":
            if text not in ("E", "S"):
                raise self._bad("TipoDato", text, "E / S")
            self._kind = text
        elif tag == "Validato":
            if text not in ("S", "N", ""):
                raise self._bad("Validato", text, "S / N")
            self._validated = text

    def _end_curve(self) -> None:
        self._curves += 1
        if self._pod is None or self._month is None or self._kind is None:
            element = "Pod" if self._pod is None else "MeseAnno" if self._month is None else "TipoDato"
            raise MissingElement(file=self._file, element=element, where=self._where)
        if not self._met:
            raise MissingElement(file=self._file, element="Ea", where=self._where)
        flags = DayFlag(0)
        if self._kind == "S":
            flags |= DayFlag.ESTIMATED
        if self._validated == "N":
            flags |= DayFlag.NOT_VALIDATED
        for (magnitude, day_of_month), elements in self._met.items():
            self._take(self._pod, magnitude, self._day(self._month, day_of_month), elements, int(flags))

    def _day(self, month: date, text: str) -> date:
        try:
            if not _TWO_DIGITS.fullmatch(text):
                raise ValueError(text)
            return month.replace(day=int(text))
        except ValueError:
            raise self._bad("Ea, Er, Erc, Eri", text, f"01, 02, … ({month:%m/%Y})") from None

    def _take(self, pod: str, magnitude: str, day: date, elements: list[Met], flags: int) -> None:
        count = quarter_hours(day)
        place: dict[str, Any] = {"file": self._file, "pod": pod, "magnitude": magnitude, "day": day}
        try:
            texts = in_order(count // 4, elements)
        except Misspelled as wrong:
            raise MisspelledDay(**place, hours=count // 4, met=wrong.met, expected=wrong.expected) from None
        try:
            curve = self._watt_hours.curve(texts)
        except NotWattHours as wrong_value:
            raise wrong_value.refusal(**place, **self._first_wrong(elements)) from None
        taken = DayCurve(pod, magnitude, day_number(day), count, flags, curve)
        if self.days.setdefault((pod, magnitude, taken.day), taken) != taken:
            raise RepeatedDay(**{**place, "day": date_of(taken.day)})

    def _first_wrong(self, elements: list[Met]) -> dict[str, str]:
        """Which attribute holds no energy, in the file's own words."""
        for element in elements:
            wrong = self._watt_hours.first_wrong(element.texts)
            if wrong < len(element.texts):
                return {"place": element.names[wrong], "text": element.texts[wrong]}
        raise AssertionError("no text was wrong")
