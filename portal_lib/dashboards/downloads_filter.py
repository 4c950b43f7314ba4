"""Which of the deposited documents are wanted: by the day of deposit, report, order, words, and what is new.

Deposit dates are Rome days, both ends included, and never mixed with the competence days that a document covers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal_lib.customers.holdings import SupplyPoint
from portal_lib.dashboards.words import MONTHS, language
from portal_lib.deposit.catalogue import DepositedFile
from portal_lib.language import Said
from portal_lib.reporting.periods import Period

#: Deposit dates to choose from at once, by name; None is an open end.
PRESETS: Mapping[str, Said] = {
    "tutte": Said("Tutte le date", "Any date"),
    "7": Said("Ultimi 7 giorni", "Last 7 days"),
    "30": Said("Ultimi 30 giorni", "Last 30 days"),
    "mese": Said("Questo mese", "This month"),
    "mese-scorso": Said("Il mese scorso", "Last month"),
    "anno": Said("Quest'anno", "This year"),
    "anno-scorso": Said("L'anno scorso", "Last year"),
}


def preset_days(name: str, today: date) -> tuple[date | None, date | None]:
    """The first and last deposit day of a preset, as of ``today`` in Rome."""
    month = today.replace(day=1)
    last_month = month - timedelta(days=1)
    return {
        "tutte": (None, None),
        "7": (today - timedelta(days=6), today),
        "30": (today - timedelta(days=29), today),
        "mese": (month, today),
        "mese-scorso": (last_month.replace(day=1), last_month),
        "anno": (date(today.year, 1, 1), today),
        "anno-scorso": (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    }[name]


@dataclass(frozen=True)
class Document:
    """One deposit: its files in all their formats, and what the visitor knows of it."""

    files: tuple[DepositedFile, ...]
    new: bool  # deposited since the visit before this one
    orders: frozenset[str]  # under which its customer held points in its period

    @property
    def first(self) -> DepositedFile:
        """A file of it, for what they all share."""
        return self.files[0]

    @property
    def period(self) -> str:
        """Its competence period in words: ``settembre 2024``, ``3° trimestre 2024``, ``2024``; else its two days."""
        return period_words(self.first.period_first, self.first.period_last)


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed down to; the empty text is no restriction."""

    report: str = ""
    order: str = ""
    text: str = ""
    new: bool = False


def documents(
    files: Iterable[DepositedFile], looked_before: datetime | None, points: Sequence[SupplyPoint]
) -> list[Document]:
    """Files put together by deposit, in their order. Where nobody looked before, nothing is new."""
    together: dict[tuple[str, str, date, date, int], list[DepositedFile]] = {}
    for file in files:
        key = (file.customer_code, file.report, file.period_first, file.period_last, file.version)
        together.setdefault(key, []).append(file)
    return [
        Document(
            tuple(own),
            new=looked_before is not None and own[0].deposited_at > looked_before,
            orders=_orders(own[0], points),
        )
        for own in together.values()
    ]


def narrowed(found: Iterable[Document], wanted: Wanted) -> list[Document]:
    """Those that are wanted, in their order. Every word must be found somewhere in what is shown of a document."""
    words = wanted.text[:100].casefold().split()
    return [
        document
        for document in found
        if (not wanted.report or document.first.report == wanted.report)
        and (not wanted.order or wanted.order in document.orders)
        and (not wanted.new or document.new)
        and all(word in _searched(document) for word in words)
    ]


def period_words(first: date, last: date) -> str:
    """A competence period as people call it."""
    period = Period.covering(first, last)
    if period is None:
        return f"{first:%d/%m/%Y}\u2013{last:%d/%m/%Y}"
    tongue = language()
    if period.months == 1:
        return f"{MONTHS[tongue][period.month - 1]} {period.year}"
    if period.months == 12:
        return str(period.year)
    number = (period.month - 1) // period.months + 1
    if tongue == "en":
        return f"{'Q' if period.months == 3 else 'H'}{number} {period.year}"
    return f"{number}° {'trimestre' if period.months == 3 else 'semestre'} {period.year}"


def _orders(file: DepositedFile, points: Sequence[SupplyPoint]) -> frozenset[str]:
    return frozenset(
        held.order_number
        for point in points
        for held in point.holdings
        if held.order_number
        and held.customer_code == file.customer_code
        and held.first <= file.period_last
        and (held.last is None or held.last >= file.period_first)
    )


def _searched(document: Document) -> str:
    file = document.first
    parts = (file.report, file.title, document.period, file.period_first.isoformat(), file.customer_code)
    return " ".join((*parts, *document.orders, *(one.name for one in document.files))).casefold()
