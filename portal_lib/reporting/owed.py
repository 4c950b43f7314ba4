"""What is owed: computed from the catalogue, the customers and the calendar, never from when a machine was up.

A document is owed for every report of every tender, every period of its cadence that has ended, and every
administration that the tender covers and that held a point in it; what was deposited meanwhile is taken off. So after
three months without a runner, three months are owed, each with its own competence period and due day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.clock import Clock, rome_day
from portal_lib.customers.tables import customer, holder, supply_order
from portal_lib.deposit import catalogue as deposits
from portal_lib.reporting.due import days_left
from portal_lib.reporting.periods import Period, ended
from portal_lib.reporting.tables import report_run
from portal_lib.reporting.tenders import Catalogue, Tender, TenderReport

#: "done": deposited, nothing is owed. "provisional": deposited, and owed still. "owed": nobody has begun, or it waits
#: to be tried again after readings came. "running", "failed": as it says.
State = Literal["owed", "running", "failed", "provisional", "done"]

#: (report, customer code, first and last competence day): what makes a document one.
Key = tuple[str, str, date, date]


@dataclass(frozen=True)
class Piece:
    """One document that is or was owed. ``codes``: whose readings it is about (all of them, for an agency's)."""

    report: TenderReport
    period: Period
    customer_code: str
    codes: frozenset[str]
    due_on: date

    @property
    def key(self) -> Key:
        """What makes it one among all documents."""
        return self.report.id, self.customer_code, self.period.first, self.period.last

    def __str__(self) -> str:
        return f"{self.report.id} {self.period} {self.customer_code}"


@dataclass(frozen=True)
class Standing:
    """How one document stands. ``days_left`` counts to the due day and is below 0 where it is late.

    ``deposit`` is the first that discharged the debt, else the newest provisional one. Instants are naive UTC.
    """

    piece: Piece
    state: State
    late: bool
    days_left: int
    days_late: int
    deposit: deposits.Deposit | None
    failures: int
    next_try: datetime | None
    reason_it: str | None
    reason_en: str | None

    @property
    def penalty(self) -> Decimal:
        """EUR that being late costs so far."""
        return self.piece.report.penalty_per_day * self.days_late

    @property
    def open(self) -> bool:
        """Whether the document is owed still."""
        return self.state != "done"

    def is_pressing(self, warn_days: int) -> bool:
        """Whether it is owed still, and late or due within so many days."""
        return self.open and self.days_left <= warn_days


def pieces(connection: Connection, catalogue: Catalogue, clock: Clock) -> list[Piece]:
    """Every document that was ever owed until now, by due day."""
    today = rome_day(clock())
    found: list[Piece] = []
    holdings = _holdings(connection)
    for tender in catalogue.tenders.values():
        covered = _covered(connection, tender)
        own = {code: days for code, days in holdings.items() if code in covered}
        starts = tender.starts or min((first for days in own.values() for first, _ in days), default=None)
        if starts is None:
            continue
        for report in tender.reports.values():
            for period in _periods(tender, report, starts, today):
                holders = frozenset(code for code, days in own.items() if _touches(days, period))
                found += _of(tender, report, period, holders)
    return sorted(found, key=lambda piece: (piece.due_on, piece.key))


def standings(connection: Connection, catalogue: Catalogue, clock: Clock) -> list[Standing]:
    """How everything stands that was ever owed, by due day."""
    today = rome_day(clock())
    made = _deposited(connection)
    runs = {
        (row.report, row.customer_code, row.period_first, row.period_last): row
        for row in connection.execute(sa.select(report_run))
    }
    return [
        _standing(piece, made.get(piece.key, ()), runs.get(piece.key), today)
        for piece in pieces(connection, catalogue, clock)
    ]


def holders_of(connection: Connection, tender: Tender, period: Period) -> frozenset[str]:
    """The administrations that a tender covers and that held a point on some day of the period."""
    covered = _covered(connection, tender)
    return frozenset(code for code, days in _holdings(connection).items() if code in covered and _touches(days, period))


def discharging(report: TenderReport, made: Iterable[deposits.Deposit]) -> deposits.Deposit | None:
    """The first deposit after which nothing is owed any more; a provisional one is such only where its tender says."""
    fit = (one for one in made if report.provisional_discharges or not one.provisional)
    return min(fit, key=lambda one: one.version, default=None)


def _of(tender: Tender, report: TenderReport, period: Period, holders: frozenset[str]) -> Iterator[Piece]:
    due_on = report.terms.due_on(period.last)
    if report.to == "administration":
        for code in sorted(holders):
            yield Piece(report, period, code, frozenset({code}), due_on)
    elif holders and tender.agency_code is not None:
        yield Piece(report, period, tender.agency_code, holders, due_on)


def _periods(tender: Tender, report: TenderReport, starts: date, today: date) -> Iterator[Period]:
    for cadence in report.cadences:
        for period in ended(cadence, starts, today):
            if tender.ends is None or period.last <= tender.ends:
                yield period


def _standing(piece: Piece, made: Iterable[deposits.Deposit], run: Any, today: date) -> Standing:
    done = discharging(piece.report, made)
    newest = max(made, key=lambda one: one.version, default=None)
    running = run is not None and run.state == "running"
    failed = run is not None and run.state == "failed"
    state: State = (
        "done" if done else "running" if running else "failed" if failed else "provisional" if newest else "owed"
    )
    handed_over = rome_day(done.deposited_at) if done else today
    days_late = max(0, -days_left(piece.due_on, handed_over))
    return Standing(
        piece=piece,
        state=state,
        late=days_late > 0,
        days_left=days_left(piece.due_on, today),
        days_late=days_late,
        deposit=done or newest,
        failures=run.failures if run is not None else 0,
        next_try=run.next_try if run is not None else None,
        reason_it=run.reason_it if failed else None,
        reason_en=run.reason_en if failed else None,
    )


_Days = tuple[date, date | None]


def _holdings(connection: Connection) -> dict[str, list[_Days]]:
    found: dict[str, list[_Days]] = {}
    for row in connection.execute(sa.select(holder.c.customer_code, holder.c.first_day, holder.c.last_day)):
        found.setdefault(row.customer_code, []).append((row.first_day, row.last_day))
    return found


def _touches(days: Iterable[_Days], period: Period) -> bool:
    return any(first <= period.last and (last is None or last >= period.first) for first, last in days)


def _covered(connection: Connection, tender: Tender) -> frozenset[str]:
    """The customers that the tender is about, whenever they held something."""
    if tender.codes is None and tender.lots is None:
        return frozenset(connection.scalars(sa.select(customer.c.code).where(customer.c.kind == "organisation")))
    found = set(tender.codes or ())
    if tender.lots is not None:
        of_lots = sa.select(supply_order.c.customer_code).where(supply_order.c.lot.in_(tender.lots)).distinct()
        found |= set(connection.scalars(of_lots))
    return frozenset(found)


def _deposited(connection: Connection) -> Mapping[Key, list[deposits.Deposit]]:
    made: dict[Key, list[deposits.Deposit]] = {}
    for one in deposits.every_deposit(connection):
        made.setdefault((one.report, one.customer_code, one.period_first, one.period_last), []).append(one)
    return made
