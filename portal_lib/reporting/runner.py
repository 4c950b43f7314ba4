"""Running one report for one customer and month: from the catalogue's entry to a deposit.

Everything that can be refused is refused before a kernel starts. The kernel sees the data as the customer
sees them (``PORTAL_VISITOR`` with that one code) and writes into a working folder; what it wrote is checked
against the store and only then deposited. The executed notebook stays below ``var/runs`` as the operator's
evidence.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.clock import Clock
from portal_lib.deposit.depositing import Deposit, deposit, folder_name, next_version
from portal_lib.reporting import administrations, checking, completeness, known_energy, parameters
from portal_lib.reporting.documents import document_path
from portal_lib.reporting.exceptions import (
    NoReadings,
    NotebookFailed,
    NotebookTooSlow,
    NothingOwed,
    PeriodNotOver,
    ReadingsIncomplete,
    UnfitDocument,
    UnknownCustomer,
    WrongCadence,
)
from portal_lib.reporting.holdings import HeldPoint, held_points
from portal_lib.reporting.house_names import house_name
from portal_lib.reporting.periods import Period
from portal_lib.reporting.tenders import TenderReport
from portal_lib.settings import Settings
from portal_lib.temporary import temporary_folder
from portal_lib.visitor import Door, Visitor

#: What a kernel may take over from this process: where programs, locale and temporary files are. No secret, no
#: database and no setting of the portal is among them.
_PASSED_ON = ("PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH")

#: A run's folder, gone when it ends; what a killed run left is swept by a later one.
_WORKING = ".working-"


@dataclass(frozen=True)
class Runner:
    """Runs reports with these settings on this ``data`` database."""

    engine: Engine
    settings: Settings
    clock: Clock

    def owed_to(self, period: Period) -> list[str]:
        """The codes of the customers that are owed a report: those who held a point in the period."""
        with db.reading(self.engine) as connection:
            return administrations.holders(connection, period.first, period.last)

    def check_over(self, period: Period) -> None:
        """Raise :class:`PeriodNotOver` while the period's last day has not ended in Rome."""
        if not period.is_over(self.clock):
            raise PeriodNotOver("period", period=period, last=period.last)

    def run(
        self,
        report: TenderReport,
        period: Period,
        customer_code: str,
        *,
        codes: frozenset[str] | None = None,
        only_if_complete: bool = False,
        together: Callable[[Connection, bool], None] | None = None,
    ) -> Deposit:
        """Run ``report`` for one customer and deposit it.

        ``codes``: whose readings it is about, where that is not the customer itself. ``only_if_complete``: there is a
        provisional one already. ``together`` writes into the deposit's transaction and is told whether it is
        provisional.

        Raises, with nothing deposited: :class:`WrongCadence`, :class:`PeriodNotOver`, :class:`UnknownCustomer`,
        :class:`NothingOwed`, :class:`NoReadings`, :class:`ReadingsIncomplete`, the refusals of
        :mod:`portal_lib.reporting.parameters`, :class:`NotebookFailed`, :class:`NotebookTooSlow` and
        :class:`UnfitDocument`.
        """
        facts = {"report": report.id, "period": str(period), "customer": customer_code}
        if period.cadence not in report.cadences:
            raise WrongCadence("period", report=report.id, period=period, cadences=", ".join(report.cadences))
        self.check_over(period)
        seen = codes or frozenset({customer_code})
        door = Door(self.engine, Visitor("reports", seen), october_4_from=self.settings.october_4_is_holiday_from)
        orders = report.to == "agency"  # such a report is about orders: what was held without one is not in it
        energy = self._owed_energy(door, period, facts, under_orders_only=orders)
        there = completeness.of(door, period, under_orders_only=orders)
        if not there.complete and (only_if_complete or report.incomplete == "wait"):
            raise ReadingsIncomplete(days=there.days_missing, owed=there.days_owed, intervals=there.intervals_missing)
        with temporary_folder(self._runs, _WORKING) as working:
            executed = self._execute(report, period, customer_code, seen, working, facts)
            documents: dict[str, bytes | Path] = {
                document_format: document_path(working / "documents", document_format)
                for document_format in report.formats
            }
            for document_format in documents:
                path = document_path(working / "documents", document_format)
                try:
                    checking.check_document(path, document_format, energy)
                except checking.DocumentUnfit as unfit:
                    raise UnfitDocument(**facts, document=path.name, reason=unfit, kept=executed) from unfit
            provisional = not there.complete
            return deposit(
                self.engine,
                self.settings.deposit_folder,
                customer_code=customer_code,
                report=report.id,
                title=report.title,
                period_first=period.first,
                period_last=period.last,
                due_on=report.terms.due_on(period.last),
                documents=documents,
                names=lambda kind, version: house_name(report.id, report.title, period, customer_code, version, kind),
                clock=self.clock,
                tender=report.tender_id,
                provisional=provisional,
                together=(lambda connection: together(connection, provisional)) if together is not None else None,
            )

    def next_version(self, report: TenderReport, period: Period, customer_code: str) -> int:
        """The version that a deposit made now would be."""
        with db.reading(self.engine) as connection:
            return next_version(connection, customer_code, report.id, period.first, period.last)

    def _owed_energy(
        self, door: Door, period: Period, facts: Mapping[str, str], *, under_orders_only: bool
    ) -> dict[str, int]:
        """What the documents must add up to, in Wh; refuses a report that is not owed or has nothing to say."""
        held = list(held_points(door, period))
        if not held:
            with db.reading(self.engine) as connection:
                if administrations.administration(connection, facts["customer"]) is None:
                    raise UnknownCustomer("customer", customer=facts["customer"])
            raise NothingOwed("customer", **facts)
        if not any(_has_something(door, part) for part in held):
            raise NoReadings(**facts, points=len({part.point.pod for part in held}))
        return known_energy.of(door, period, under_orders_only=under_orders_only)

    def _execute(
        self,
        report: TenderReport,
        period: Period,
        code: str,
        seen: frozenset[str],
        working: Path,
        facts: Mapping[str, str],
    ) -> Path:
        """Run the notebook; gives where the executed one is kept, which a refusal names too."""
        from portal_lib.reporting import papermill_runs  # costly, and only needed here

        folder = working / "documents"
        folder.mkdir()
        offered = {
            "period": str(period),
            "folder": str(folder),
            "title": report.title,
            "tender": report.tender,
            "formats": list(report.formats),
            "language": report.language,
            "version": self.next_version(report, period, code),
            "incomplete": report.incomplete,
        }
        notebook = report.notebook
        given = parameters.for_run(notebook, offered, report.parameters)
        output = working / notebook.name
        stamp = self.clock().astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        kept = self._runs / report.id / str(period) / folder_name(code) / f"{stamp}.ipynb"
        minutes = self.settings.report_timeout_minutes
        try:
            papermill_runs.run_notebook(
                notebook,
                output,
                parameters=given,
                environment=self._kernel_environment(seen),
                folder=folder,
                seconds=minutes * 60,
            )
        except papermill_runs.KernelStopped as stopped:
            kept = kept.with_name(f"{stamp}_failed.ipynb")
            _keep(output, kept)
            raise NotebookFailed(**facts, reason=stopped, kept=kept) from stopped
        except papermill_runs.KernelTooSlow as slow:
            _keep(output, kept.with_name(f"{stamp}_failed.ipynb"))
            raise NotebookTooSlow(**facts, minutes=f"{minutes:g}") from slow
        _keep(output, kept)
        return kept

    def _kernel_environment(self, seen: frozenset[str]) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PORTAL_VISITOR"] = json.dumps({"name": "reports", "codes": sorted(seen)})
        environment["PORTAL_DATA_URL"] = _absolute(self.settings.data_database_to_read)
        if self.settings.october_4_is_holiday_from is not None:
            day = self.settings.october_4_is_holiday_from
            environment["PORTAL_OCTOBER_4_IS_HOLIDAY_FROM"] = day.isoformat()
        environment["PORTAL_SUPPLIER_NAME"] = self.settings.supplier_name
        environment["PORTAL_ACCENT"] = self.settings.accent
        environment["OPENBLAS_NUM_THREADS"] = "1"  # a report is small: threads only cost memory and time
        return environment

    @property
    def _runs(self) -> Path:
        return self.settings.var.absolute() / "runs"


def _has_something(door: Door, held: HeldPoint) -> bool:
    days = held.first, held.last
    return bool(door.day_count(held.point.pod, *days) or door.monthly_consumption(held.point.pod, *days))


def _keep(output: Path, kept: Path) -> None:
    """Move an executed notebook to its lasting place, if papermill came to write it at all."""
    if output.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        output.replace(kept)


def _absolute(url: str) -> str:
    """The URL for a process that works in another folder: a relative SQLite path made absolute."""
    file = db.sqlite_file(url)
    return url if file is None or file.is_absolute() else f"sqlite:///{file.absolute()}"
