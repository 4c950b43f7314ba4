"""The report catalogue: which reports a tender asks for, for whom, by when. It is data, one TOML file per tender.

``docs/reports.md`` explains the file; the models below are its definition.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from portal_lib.language import Language
from portal_lib.reporting.due import Days, OnHoliday, Terms
from portal_lib.reporting.exceptions import BadTender, NoTenders, ReportTwice, UnknownReport, UnknownTender
from portal_lib.reporting.parameters import GIVEN_BY_RUNNER
from portal_lib.reporting.periods import Cadence
from portal_lib.reporting.tender_lines import Lines

#: Where the notebooks of the reports lie, and below it the tenders.
REPORTS_FOLDER = Path(__file__).resolve().parents[2] / "reports"
TENDERS_FOLDER = REPORTS_FOLDER / "tenders"

Format = Literal["xlsx", "csv", "csv_iso", "pdf"]

#: Whom a report is for: each administration gets one of its own; the purchasing agency gets one about all of them.
To = Literal["administration", "agency"]

#: What becomes of a report whose readings are not all there: it waits for them, or is deposited as provisional.
Incomplete = Literal["wait", "provisional"]

_Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
_Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Notebook = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.ipynb$")]
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,31}$")]
_DueDays = Annotated[int, Field(ge=0, le=3660, strict=True)]
_Penalty = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)]
_Day = Annotated[date, BeforeValidator(lambda value: value if type(value) is date else "not a date")]
_Cadences = Annotated[
    tuple[Cadence, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(min_length=1),
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ReportEntry(_Model):
    title: _Title
    notebook: _Notebook
    cadence: _Cadences
    formats: Annotated[tuple[Format, ...], Field(min_length=1)]
    to: To = "administration"
    due_days: _DueDays | None = None
    days: Days | None = None
    on_holiday: OnHoliday | None = None
    penalty_per_day: _Penalty | None = None
    language: Language | None = None
    parameters: dict[str, str | bool | int | float | list[str]] = {}


class _Administrations(_Model):
    codes: Annotated[tuple[_Code, ...], Field(min_length=1)] | None = None
    lots: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class _Agency(_Model):
    code: _Code
    name: _Title


class _Tender(_Model):
    name: _Title
    language: Language = "it"
    starts: _Day | None = None
    ends: _Day | None = None
    due_days: _DueDays | None = None
    days: Days = "calendar"
    on_holiday: OnHoliday = "stays"
    penalty_per_day: _Penalty = Decimal(0)
    warn_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 5
    incomplete: Incomplete = "provisional"
    provisional_discharges: bool = False
    agency: _Agency | None = None
    administrations: _Administrations | None = None
    reports: Annotated[dict[_Id, _ReportEntry], Field(min_length=1)]


@dataclass(frozen=True)
class TenderReport:
    """One report that a tender asks for. ``parameters`` are its own, beside those that the runner gives."""

    id: str
    tender: str  # its name, as printed
    title: str
    notebook: Path
    cadences: tuple[Cadence, ...]
    terms: Terms
    formats: tuple[Format, ...]
    parameters: Mapping[str, Any]
    tender_id: str = ""  # the name of its file
    to: To = "administration"
    penalty_per_day: Decimal = Decimal(0)  # EUR for each document that is late
    language: Language = "it"
    incomplete: Incomplete = "provisional"
    provisional_discharges: bool = False


@dataclass(frozen=True)
class Tender:
    """One tender and its reports, by id.

    It covers the administrations with one of ``codes``, or an order of one of ``lots``; with neither, every
    organisation. Its periods lie within ``starts`` and ``ends``, both included.
    """

    id: str
    name: str
    starts: date | None
    ends: date | None
    warn_days: int
    codes: tuple[str, ...] | None
    lots: tuple[str, ...] | None
    agency_code: str | None
    agency_name: str | None
    reports: Mapping[str, TenderReport]


class Catalogue:
    """All tenders, and their reports by id."""

    def __init__(self, tenders: Mapping[str, Tender]) -> None:
        self.tenders = dict(sorted(tenders.items()))
        reports = {report.id: report for tender in tenders.values() for report in tender.reports.values()}
        self.reports = dict(sorted(reports.items()))

    def report(self, report_id: str) -> TenderReport:
        """One report; :class:`UnknownReport` names those there are."""
        try:
            return self.reports[report_id]
        except KeyError:
            raise UnknownReport("report", report=report_id[:40], known=", ".join(self.reports)) from None

    def tender(self, tender_id: str) -> Tender:
        """One tender; :class:`UnknownTender` names those there are."""
        try:
            return self.tenders[tender_id]
        except KeyError:
            raise UnknownTender("tender", tender=tender_id[:40], known=", ".join(self.tenders)) from None

    def tender_of(self, report: TenderReport) -> Tender:
        """The tender that asks for a report."""
        return self.tenders[report.tender_id]


def read_catalogue(folder: Path | None = None, *, due_days: int, notebooks: Path | None = None) -> Catalogue:
    """Read every ``*.toml`` in ``folder`` (default: the shipped tenders), in the order of the names.

    ``due_days`` is what holds where neither report nor tender says anything. Notebooks are looked for in
    ``notebooks``, else in the folder above and among the shipped ones. Raises :class:`NoTenders`,
    :class:`BadTender` with every mistake of a file, or :class:`ReportTwice`.
    """
    folder = folder or TENDERS_FOLDER
    places = (notebooks,) if notebooks else (folder.parent, REPORTS_FOLDER)
    tenders: dict[str, Tender] = {}
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.toml")):
        for report_id in (tender := _tender(file, due_days, places)).reports:
            if report_id in files:
                raise ReportTwice(report=report_id, file=file, other=files[report_id])
            files[report_id] = file
        tenders[tender.id] = tender
    if not tenders:
        raise NoTenders(folder=folder)
    return Catalogue(tenders)


def _tender(file: Path, due_days: int, places: tuple[Path, ...]) -> Tender:
    tender, lines = _read(file)
    notebooks = {entry.notebook: _found(entry.notebook, places) for entry in tender.reports.values()}
    if wrong := [(lines.of(place), place, reason) for place, reason in _mistakes(tender, notebooks)]:
        raise _bad(file, wrong)
    reports = {
        report_id: TenderReport(
            id=report_id,
            tender=tender.name,
            tender_id=file.stem,
            title=entry.title,
            notebook=notebooks[entry.notebook] or file,
            cadences=entry.cadence,
            terms=Terms(
                _first(entry.due_days, tender.due_days, due_days),
                _first(entry.days, tender.days),
                _first(entry.on_holiday, tender.on_holiday),
            ),
            formats=entry.formats,
            parameters=entry.parameters,
            to=entry.to,
            penalty_per_day=_first(entry.penalty_per_day, tender.penalty_per_day),
            language=_first(entry.language, tender.language),
            incomplete=tender.incomplete,
            provisional_discharges=tender.provisional_discharges,
        )
        for report_id, entry in tender.reports.items()
    }
    covered = tender.administrations or _Administrations()
    return Tender(
        id=file.stem,
        name=tender.name,
        starts=tender.starts,
        ends=tender.ends,
        warn_days=tender.warn_days,
        codes=covered.codes,
        lots=covered.lots,
        agency_code=tender.agency.code if tender.agency else None,
        agency_name=tender.agency.name if tender.agency else None,
        reports=reports,
    )


_Place = tuple[str | int, ...]


def _mistakes(tender: _Tender, notebooks: Mapping[str, Path | None]) -> Iterator[tuple[_Place, str]]:
    """What each entry alone does not show."""
    if tender.starts and tender.ends and tender.starts > tender.ends:
        yield ("ends",), "it lies before «starts»"
    for report_id, entry in tender.reports.items():
        place = ("reports", report_id)
        if notebooks[entry.notebook] is None:
            yield (*place, "notebook"), f"there is no notebook {entry.notebook} beside the tenders"
        for name in sorted(GIVEN_BY_RUNNER & entry.parameters.keys()):
            yield (*place, "parameters", name), "the runner gives this parameter itself"
        if len(set(entry.formats)) != len(entry.formats):
            yield (*place, "formats"), "a format comes twice"
        if len(set(entry.cadence)) != len(entry.cadence):
            yield (*place, "cadence"), "a cadence comes twice"
        if entry.to == "agency" and tender.agency is None:
            yield (*place, "to"), "the file has no table [agency] with its code and name"


def _found(notebook: str, places: tuple[Path, ...]) -> Path | None:
    return next((place / notebook for place in places if (place / notebook).is_file()), None)


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _read(file: Path) -> tuple[_Tender, Lines]:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _bad(file, [(1, ("file",), "it is not UTF-8 text")]) from None
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", file.stem):
        raise _bad(file, [(1, ("file",), "its name may hold small letters, digits and hyphens only, at most 64")])
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line ([0-9]+)", str(error))
        reason = re.sub(r" \(at .*\)$", "", str(error))
        line = int(at[1]) if at else len(text.splitlines()) or 1
        raise _bad(file, [(line, ("TOML",), reason)]) from None
    lines = Lines(text)
    try:
        return _Tender.model_validate(said), lines
    except ValidationError as error:
        wrong: dict[_Place, tuple[int, _Place, str]] = {}
        for one in error.errors(include_input=False):
            place = _known(one["loc"], said)
            wrong.setdefault(place, (lines.of(place), place, _reason(one["type"], one["msg"])))
        raise _bad(file, list(wrong.values())) from None


def _known(place: _Place, said: object) -> _Place:
    """The part of a place that the file itself has, and the name of what it lacks: not what pydantic adds to it."""
    known: list[str | int] = []
    for part in place:
        if not isinstance(said, Mapping) or part == "[key]":
            break
        known.append(part)
        if part not in said:
            break
        said = said[part]
    return tuple(known) or ("file",)


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such entry"
    return "it is missing" if kind == "missing" else message[:1].lower() + message[1:]


def _bad(file: Path, wrong: list[tuple[int, _Place, str]]) -> BadTender:
    """Each mistake as ``FILE:LINE: PLACE: reason``, in the order of the lines."""
    lines = [
        f"  {file}:{line}: {'.'.join(map(str, place))}: {reason}" for line, place, reason in sorted(wrong, key=_by)
    ]
    return BadTender(errors="\n".join(lines))


def _by(one: tuple[int, _Place, str]) -> int:
    return one[0]
