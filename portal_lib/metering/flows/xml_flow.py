"""The distributors' XML flows: ``FlussoMisure``, whatever its code.

::

    FlussoMisure @CodFlusso
      IdentificativiFlusso   PIvaUtente, PIvaDistributore, CodContrDisp
      DatiPod (1..n)         Pod, MeseAnno | DataMisura; in corrections Motivazione
        DatiPdp              Trattamento, Ka, Kr, Kp
        Curva                TipoDato, Validato, and a day of quarter hours an element
        Misura               the same, and registers by band
        Consumo              the energy of a period by band

The codes differ in what may stand there, not in how it is read (``kinds``), so all have this one reader; a POD may
come several times. What a measure gives is handed on as it ends, and nothing of it is kept: a file may be larger than
the memory. It is handed on before the rest of the file has been seen, so a mistake further down still refuses it all.
"""

import re
from typing import BinaryIO

from portal_lib.metering.exceptions import BadElement, MissingElement, NameContradicts, UnknownMagnitude
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows import safe_xml
from portal_lib.metering.flows.document import Parties, Point
from portal_lib.metering.flows.file_names import FlowName, parse_name
from portal_lib.metering.flows.hourly import MOST_ELEMENTS, DayElement, HourlyReader
from portal_lib.metering.flows.kinds import FlowKind
from portal_lib.metering.flows.reader import MAGNITUDES, Cancelled, Flow, Known, Sink
from portal_lib.metering.flows.registers import RegisterReader, is_register, looks_like_register

_POINT = ["FlussoMisure", "DatiPod"]
_MEASURES = ("Curva", "Misura", "Consumo")
_QUARTER = re.compile(r"""[ \t\r\n"']E[0-9]+[ \t\r\n]*=""")


class XmlFlowReader:
    """Reads the flows of one kind (``flows.reader.Reader``)."""

    def __init__(self, kind: FlowKind) -> None:
        self.kind = kind

    def read(self, file: BinaryIO, name: str, known: Known, sink: Sink) -> Flow:
        named = parse_name(name)
        document = _Document(name, named, self.kind, known, sink)
        safe_xml.parse(file, name, document)
        document.finish()
        return Flow(self.kind.code, named.sent_at, named.sequence)


class _Document:
    """The state of reading one file: handles its elements in the order in which they come."""

    def __init__(self, file: str, named: FlowName, kind: FlowKind, known: Known, sink: Sink) -> None:
        self._file, self._named, self._kind, self._sink = file, named, kind, sink
        self._unscaled = named.distributor_vat in known.unscaled_distributors
        self._parties = Parties(file, named, known)
        self._hourly = HourlyReader(file)
        self._registers = RegisterReader(file)
        self._points = 0
        self._point = Point(file, named, kind, 0)
        self._measure = _Measure("")
        self._tag: str | None = None  # the start tag of the day that is open

    # Elements

    def start(self, path: list[str], tag: str) -> None:
        name, depth = path[-1], len(path)
        if name in MAGNITUDES:
            if depth != 4 or self._measure.element not in ("Curva", "Misura") or not self._kind.curves:
                raise self._misplaced(path)
            self._tag = tag
        elif depth == 1:
            self._check_root(name, tag)
        elif depth == 2 and path == _POINT:
            self._points += 1
            self._point = Point(self._file, self._named, self._kind, self._points)
        elif depth == 3 and name in _MEASURES and path[:2] == _POINT:
            self._start_measure(name)
        elif looks_like_register(name):
            if not is_register(name):
                raise UnknownMagnitude(file=self._file, pod=self._point.pod, element=name)
            if depth != 4 or self._measure.element not in ("Misura", "Consumo") or not self._kind.registers:
                raise self._misplaced(path)
        elif "=" in tag and _QUARTER.search(tag):
            # Energy under a name we don't know must not vanish in silence.
            raise UnknownMagnitude(file=self._file, pod=self._point.pod, element=name)

    def end(self, path: list[str], text: str) -> None:
        depth = len(path)
        if depth == 4 and path[2] == self._measure.element:
            self._end_in_measure(path[3], text)
        elif depth == 3 and path[1] == "DatiPod":
            if path[2] == self._measure.element:
                self._end_measure()
            else:
                self._point.take(path[2], text)
        elif depth == 3 and path[1] == "IdentificativiFlusso":
            self._parties.take(path[2], text)
        elif depth == 4 and path[2] == "DatiPdp":
            self._point.take_of_meter(path[3], text)
        elif depth == 2 and path == _POINT:
            self._end_point()

    def finish(self) -> None:
        """Called after the last element: everything that a flow must say has been said."""
        self._parties.finish()
        if not self._points:
            raise MissingElement(file=self._file, element="DatiPod", where="FlussoMisure")

    # The parts of a flow

    def _check_root(self, name: str, tag: str) -> None:
        if name != "FlussoMisure":
            raise BadElement(file=self._file, element="XML", found=name, where="root", expected="FlussoMisure")
        pairs = safe_xml.attributes(tag)
        code = dict(zip(pairs[0::2], pairs[1::2], strict=True)).get("CodFlusso", "")
        if code != self._kind.code:
            raise NameContradicts(file=self._file, element="CodFlusso", found=code, expected=self._kind.code)

    def _end_point(self) -> None:
        point = self._point
        if point.taken_back:
            self._sink.cancel(Cancelled(point.known_pod, *point.days_taken_back))
        elif not point.measures:
            raise point.missing(" / ".join(_MEASURES) if self._kind.registers else "Curva")

    def _start_measure(self, name: str) -> None:
        if self._point.taken_back:
            raise self._point.bad("Motivazione", f"3 + {name}", "3")
        self._point.measures += 1
        self._measure = _Measure(name)

    def _end_in_measure(self, name: str, text: str) -> None:
        measure, tag = self._measure, self._tag
        if tag is not None:
            self._tag = None
            if len(measure.days) >= MOST_ELEMENTS:
                raise self._point.bad(measure.element, f"> {MOST_ELEMENTS} Ea, Er, Erc, Eri", "01 … 31")
            measure.days.append(DayElement(name, text, tag))
        elif name == "TipoDato":
            if text not in ("E", "S"):
                raise self._point.bad(name, text, "E / S")
            measure.estimated = text == "S"
        elif name == "Validato":
            if text not in ("S", "N", ""):
                raise self._point.bad(name, text, "S / N")
            measure.validated = text != "N"
        elif is_register(name):
            if name in measure.registers:
                raise self._point.bad(name, text, f"1 × {name}")
            measure.registers[name] = text

    def _end_measure(self) -> None:
        measure, point = self._measure, self._point
        self._measure = _Measure("")
        pod = point.known_pod
        first_of_month, reading_day = point.first_of_month, point.reading_day
        if measure.estimated is None:
            raise point.missing("TipoDato")
        if not measure.days and not measure.registers:
            raise point.missing("Ea" if self._kind.curves else "EaF1")
        flags = int(measure.flags | (DayFlag.CORRECTED if self._kind.correction else DayFlag(0)))
        if measure.days:
            factors = point.factors if self._unscaled else {}
            if self._unscaled:
                self._need_factors(measure)
            for curve in self._hourly.curves(pod, first_of_month, measure.days, flags, factors):
                self._sink.day(curve)
        for reading in self._registers.readings(
            pod,
            reading_day,
            "period" if measure.element == "Consumo" else "register",
            point.treatment,
            measure.registers,
            flags,
            point.factors,
            factors_needed=self._kind.second_generation,
        ):
            self._sink.register(reading)

    def _need_factors(self, measure: "_Measure") -> None:
        for name in ("Ka",) + ("Kr",) * any(day.magnitude != "Ea" for day in measure.days):
            if name not in self._point.factors:
                raise self._point.missing(name)

    def _misplaced(self, path: list[str]) -> BadElement:
        return BadElement(
            file=self._file,
            element=path[-1],
            found="/".join(path),
            where=self._point.where,
            expected=f"{self._kind.code}: " + ("FlussoMisure/DatiPod/Curva" if self._kind.curves else "EaF1, ErF1, …"),
        )


class _Measure:
    """A ``Curva``, ``Misura`` or ``Consumo`` that is open."""

    def __init__(self, element: str) -> None:
        self.element = element
        self.days: list[DayElement] = []
        self.registers: dict[str, str] = {}
        self.estimated: bool | None = None
        self.validated = True

    @property
    def flags(self) -> DayFlag:
        flags = DayFlag.ESTIMATED if self.estimated else DayFlag(0)
        return flags if self.validated else flags | DayFlag.NOT_VALIDATED
