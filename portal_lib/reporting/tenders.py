"""The report catalogue: which reports a tender asks for. It is data, one TOML file per tender.

``reports/README.md`` documents the file; the models below are its definition.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from portal_lib.reporting.exceptions import BadTender, NoTenders, ReportTwice, UnknownReport
from portal_lib.reporting.parameters import GIVEN_BY_RUNNER

#: Where the notebooks of the reports lie, and below it the tenders.
REPORTS_FOLDER = Path(__file__).resolve().parents[2] / "reports"
TENDERS_FOLDER = REPORTS_FOLDER / "tenders"

Format = Literal["xlsx", "csv"]

_Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
_Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Notebook = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.ipynb$")]


class _ReportEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Title
    notebook: _Notebook
    cadence: Literal["monthly"]
    due_days: Annotated[int, Field(ge=0, le=3660, strict=True)] | None = None
    formats: Annotated[tuple[Format, ...], Field(min_length=1)]
    parameters: dict[str, str | bool | int | float | list[str]] = {}


class _Tender(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Title
    reports: Annotated[dict[_Id, _ReportEntry], Field(min_length=1)]


@dataclass(frozen=True)
class TenderReport:
    """One report that a tender asks for. ``parameters`` are its own, beside those that the runner gives."""

    id: str
    tender: str
    title: str
    notebook: Path
    cadence: Literal["monthly"]
    due_days: int
    formats: tuple[Format, ...]
    parameters: Mapping[str, Any]


class Catalogue:
    """The reports of all tenders, by id."""

    def __init__(self, reports: Mapping[str, TenderReport]) -> None:
        self.reports = dict(sorted(reports.items()))

    def report(self, report_id: str) -> TenderReport:
        """One report; :class:`UnknownReport` names those there are."""
        try:
            return self.reports[report_id]
        except KeyError:
            raise UnknownReport("report", report=report_id[:40], known=", ".join(self.reports)) from None


def read_catalogue(folder: Path = TENDERS_FOLDER, *, due_days: int, notebooks: Path | None = None) -> Catalogue:
    """Read every ``*.toml`` in ``folder``, in the order of the names.

    ``due_days`` is what holds where a report says nothing; ``notebooks`` is where the notebooks lie (default:
    the folder above). Raises :class:`NoTenders`, :class:`BadTender` or :class:`ReportTwice`.
    """
    notebooks = notebooks or folder.parent
    reports: dict[str, TenderReport] = {}
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.toml")):
        tender = _read(file)
        for report_id, entry in tender.reports.items():
            if report_id in files:
                raise ReportTwice(report=report_id, file=file, other=files[report_id])
            notebook = notebooks / entry.notebook
            if not notebook.is_file():
                where = f"reports.{report_id}.notebook"
                raise BadTender(file=file, where=where, reason=f"there is no {notebook}")
            for name in GIVEN_BY_RUNNER & entry.parameters.keys():
                where = f"reports.{report_id}.parameters.{name}"
                raise BadTender(file=file, where=where, reason="the runner gives this parameter itself")
            if len(set(entry.formats)) != len(entry.formats):
                raise BadTender(file=file, where=f"reports.{report_id}.formats", reason="a format comes twice")
            files[report_id] = file
            reports[report_id] = TenderReport(
                id=report_id,
                tender=tender.name,
                title=entry.title,
                notebook=notebook,
                cadence=entry.cadence,
                due_days=due_days if entry.due_days is None else entry.due_days,
                formats=entry.formats,
                parameters=entry.parameters,
            )
    if not reports:
        raise NoTenders(folder=folder)
    return Catalogue(reports)


def _read(file: Path) -> _Tender:
    try:
        return _Tender.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        raise BadTender(file=file, where="file", reason="it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at (.*)\)$", str(error))
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise BadTender(file=file, where=place[1] if place else "file", reason=reason) from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise BadTender(file=file, where=where, reason=first["msg"]) from None
