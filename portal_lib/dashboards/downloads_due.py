"""When the next report of the visitor's is due: what an empty list says instead of nothing."""

import logging
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.engine import Connection

from portal_lib import db
from portal_lib.clock import Clock, rome_day, system_clock
from portal_lib.dashboards.downloads_filter import period_words
from portal_lib.dashboards.words import day, say
from portal_lib.deposit import catalogue as deposits
from portal_lib.language import Said
from portal_lib.refused import Refused
from portal_lib.reporting.owed import holders_of, pieces
from portal_lib.reporting.periods import Period
from portal_lib.reporting.tenders import Catalogue, read_catalogue
from portal_lib.visitor.asked import data_url

log = logging.getLogger(__name__)

_NEXT = Said(
    "Il prossimo documento atteso è «{title}» di {period}: entro il {due}.",
    "The next document to come is «{title}» for {period}: by {due}.",
)
_LATE = Said(
    "«{title}» di {period} era atteso entro il {due} e non è ancora stato depositato.",
    "«{title}» for {period} was due by {due} and has not been deposited yet.",
)
_NONE = Said(
    "Per i tuoi codici cliente nessun capitolato prevede documenti a scadenza: se ne arriva uno, lo trovi qui.",
    "No tender asks for documents by a date for your customer codes: if one comes, it is here.",
)


@dataclass(frozen=True)
class Due:
    """A report that is to come. ``due_on``: by the end of this day in Rome."""

    title: str
    period: Period
    due_on: date
    late: bool


def tenders() -> Catalogue | None:
    """The catalogue of tenders, as the server says where it lies; None where it can't be read."""
    folder = os.environ.get("PORTAL_TENDERS_FOLDER")
    try:
        return read_catalogue(
            Path(folder) if folder else None, due_days=int(os.environ.get("PORTAL_REPORT_DUE_DAYS", "30"))
        )
    except Refused as refusal:
        log.warning("The page can't say what is due: %s", refusal)
        return None


def next_due(connection: Connection, catalogue: Catalogue, codes: Collection[str], clock: Clock) -> Due | None:
    """What one of these customers gets next: of the periods that have just ended or run, the first not yet deposited;
    where there is none any more, the newest that never came.

    None where no tender covers them.
    """
    today = rome_day(clock())
    there = {
        (file.report, file.customer_code, file.period_first)
        for file in deposits.files(connection, codes)
        if not file.provisional
    }
    found = []
    for tender in catalogue.tenders.values():
        for report in tender.reports.values():
            if report.to != "administration":
                continue
            for cadence in report.cadences:
                running = Period.of(today, cadence)
                for period in (Period.of(running.first - timedelta(days=1), cadence), running):
                    if (tender.starts and period.first < tender.starts) or (tender.ends and period.last > tender.ends):
                        continue
                    for code in holders_of(connection, tender, period) & set(codes):
                        if (report.id, code, period.first) not in there:
                            due_on = report.terms.due_on(period.last)
                            found.append(Due(report.title, period, due_on, late=due_on < today))
    if found:
        return min(found, key=lambda due: (due.due_on, due.title))
    never_came = [
        Due(piece.report.title, piece.period, piece.due_on, late=piece.due_on < today)
        for piece in pieces(connection, catalogue, clock)
        if piece.customer_code in codes and (piece.report.id, piece.customer_code, piece.period.first) not in there
    ]
    return max(never_came, key=lambda due: (due.due_on, due.title), default=None)


def due_sentence(codes: Collection[str], clock: Clock = system_clock) -> str:
    """The sentence about it, or that nothing is to come; empty where the catalogue can't be read."""
    catalogue = tenders()
    if catalogue is None:
        return ""
    with db.reading(db.open_engine(data_url(), read_only=True)) as connection:
        due = next_due(connection, catalogue, codes, clock)
    if due is None:
        return say(_NONE)
    words = {"title": due.title, "period": period_words(due.period.first, due.period.last), "due": day(due.due_on)}
    return say(_LATE if due.late else _NEXT, **words)
