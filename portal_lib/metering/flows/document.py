"""What every electricity flow says of itself and of a point: parties, POD, month or day, treatment, factors.

Name and content must agree. A monthly flow is of the month in its name; corrections and flows of a switch or change
of holder may be of any month that was over, or running, when the file was sent.
"""

import re
from datetime import date
from fractions import Fraction

from portal_lib.metering.calendar import day_number, places
from portal_lib.metering.exceptions import (
    BadElement,
    BadPod,
    MissingElement,
    NameContradicts,
    WrongParty,
)
from portal_lib.metering.flows.factors import factor
from portal_lib.metering.flows.file_names import FlowName
from portal_lib.metering.flows.kinds import FlowKind
from portal_lib.metering.flows.reader import Known
from portal_lib.metering.identifiers import normal_pod

_MONTH = re.compile(r"([0-9]{2})/([0-9]{4})")
_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")

#: What ``Motivazione`` says where a correction takes back and gives nothing instead.
_TAKEN_BACK = "3"

_PARTIES = ("PIvaUtente", "PIvaDistributore", "CodContrDisp")


class Parties:
    """Who sent the file to whom, held against its name and the settings."""

    def __init__(self, file: str, named: FlowName, known: Known) -> None:
        self._file, self._named, self._known = file, named, known
        self._told: set[str] = set()

    def take(self, tag: str, text: str) -> None:
        """An element of ``IdentificativiFlusso``."""
        known, named = self._known, self._named
        self._told.add(tag)
        if tag == "PIvaUtente":
            self._agree(tag, text, named.supplier_vat)
            if known.supplier_vat is not None and text != known.supplier_vat:
                raise self._wrong(tag, text, known.supplier_vat, "supplier_vat")
        elif tag == "PIvaDistributore":
            self._agree(tag, text, named.distributor_vat)
            if known.distributor_vats and text not in known.distributor_vats:
                raise self._wrong(tag, text, ", ".join(known.distributor_vats), "distributor_vats")
        elif tag == "CodContrDisp":
            self._agree(tag, text.upper(), named.dispatch_code)

    def finish(self) -> None:
        """All of them must have been told."""
        for element in _PARTIES:
            if element not in self._told:
                raise MissingElement(file=self._file, element=element, where="IdentificativiFlusso")

    def _agree(self, element: str, found: str, in_name: str) -> None:
        if found != in_name:
            raise NameContradicts(file=self._file, element=element, found=found, expected=in_name)

    def _wrong(self, element: str, found: str, expected: str, setting: str) -> WrongParty:
        return WrongParty(file=self._file, element=element, found=found, expected=expected, setting=setting)


class Point:
    """What a ``DatiPod`` says of its point before, or without, a measure."""

    def __init__(self, file: str, named: FlowName, kind: FlowKind, place: int) -> None:
        self._file, self._named, self._kind = file, named, kind
        self._place = place
        self.pod: str | None = None
        self.treatment: str | None = None
        self.factors: dict[str, Fraction] = {}
        self.taken_back = False
        self.measures = 0
        self._month: date | None = None
        self._day: date | None = None

    @property
    def where(self) -> str:
        """How sentences call it."""
        return f"POD {self.pod}" if self.pod else f"DatiPod {self._place}"

    def take(self, tag: str, text: str) -> None:
        """A child of ``DatiPod``."""
        if tag == "Pod":
            self._early(tag, text)
            try:
                self.pod = normal_pod(text)
            except BadPod:
                raise self.bad(tag, text, "IT001E12345678") from None
        elif tag == "MeseAnno":
            self._early(tag, text)
            self._month = self._month_of(text)
        elif tag == "DataMisura":
            self._early(tag, text)
            self._day = self._day_of(text)
        elif tag == "Motivazione" and text == _TAKEN_BACK:
            self._early(tag, text)
            if not self._kind.correction:
                raise self.bad(tag, text, f"≠ 3 ({self._kind.code})")
            self.taken_back = True

    def take_of_meter(self, tag: str, text: str) -> None:
        """A child of ``DatiPdp``."""
        if tag == "Trattamento":
            self._early(tag, text)
            if text not in self._kind.treatments:
                raise self.bad(tag, text, " / ".join(sorted(self._kind.treatments)))
            self.treatment = text
        elif tag in ("Ka", "Kr", "Kp"):
            self._early(tag, text)
            found = factor(text)
            if found is None:
                raise self.bad(tag, text, "1,000")
            self.factors[tag] = found

    @property
    def known_pod(self) -> str:
        """The POD; :class:`MissingElement` where none was told."""
        if self.pod is None:
            raise self.missing("Pod")
        return self.pod

    @property
    def first_of_month(self) -> date:
        """The month that a curve is of."""
        return self._told_day().replace(day=1)

    @property
    def reading_day(self) -> date:
        """The day at whose end registers were read: ``DataMisura``, or the last of the month."""
        return self._day or last_of_month(self._told_day())

    @property
    def days_taken_back(self) -> tuple[int, int]:
        """First and last day number that a cancellation is of: ``DataMisura``, or the whole month."""
        if self._day is not None and self._month is None:
            return day_number(self._day), day_number(self._day)
        return day_number(self.first_of_month), day_number(last_of_month(self.first_of_month))

    def bad(self, element: str, found: str, expected: str) -> BadElement:
        return BadElement(file=self._file, element=element, found=found, where=self.where, expected=expected)

    def missing(self, element: str) -> MissingElement:
        return MissingElement(file=self._file, element=element, where=self.where)

    def _early(self, tag: str, text: str) -> None:
        """What decides how a measure is read must stand before it: nothing is read twice."""
        if self.measures:
            raise self.bad(tag, text, f"{tag} … Curva / Misura / Consumo")

    def _told_day(self) -> date:
        told = self._month or self._day
        if told is None:
            raise self.missing("MeseAnno")
        return told

    def _month_of(self, text: str) -> date:
        found = _MONTH.fullmatch(text)
        day = self._date(found[2], found[1], "01") if found else None
        return self._agreed("MeseAnno", text, day)

    def _day_of(self, text: str) -> date:
        found = _DAY.fullmatch(text)
        day = self._date(found[3], found[2], found[1]) if found else None
        if day is None:
            raise self.bad("DataMisura", text, f"30/{self._named.month:%m/%Y}")
        return self._agreed("DataMisura", text, day)

    def _agreed(self, element: str, text: str, day: date | None) -> date:
        """A day of a month that a file of this name may be of."""
        sent = date(int(self._named.sent_at[:4]), int(self._named.sent_at[4:6]), 1)
        if self._kind.any_month:
            if day is None or day.replace(day=1) > max(sent, self._named.month):
                raise NameContradicts(file=self._file, element=element, found=text, expected=f"≤ {sent:%m/%Y}")
        elif day is None or day.replace(day=1) != self._named.month:
            raise NameContradicts(file=self._file, element=element, found=text, expected=f"{self._named.month:%m/%Y}")
        other = self._day if element == "MeseAnno" else self._month
        if other is not None and other.replace(day=1) != day.replace(day=1):
            raise self.bad(element, text, f"{other:%m/%Y}")
        return day

    def _date(self, year: str, month: str, day: str) -> date | None:
        try:
            found = date(int(year), int(month), int(day))
            places(day_number(found))
        except ValueError:
            return None
        return found


def last_of_month(day: date) -> date:
    """The last day of a day's month."""
    following = date.fromordinal(day.replace(day=28).toordinal() + 4)
    return date.fromordinal(following.replace(day=1).toordinal() - 1)
