"""Mails about reports: to customers who want one when a document of theirs is there, at most one a Rome day; to
operators when a report fails or will soon be late, at most one an hour.

What happened comes as notices, from the supplier's own database; how far each account has been told stands here, and is
moved on in the transaction that queues its mail. So every notice is told once, whatever dies in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db, mail
from portal_lib.accounts import audit
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.messages.reports import Line, customers_mail, operators_mail
from portal_lib.accounts.tables import account, account_customer, report_mail, staff_member
from portal_lib.clock import Clock, rome_day
from portal_lib.language import language_of
from portal_lib.mail import Mail
from portal_lib.settings import Settings

#: How long operators have peace after a mail.
OPERATORS_PEACE = timedelta(hours=1)

#: How far back an operator who was never told anything is told.
_OPERATORS_BEGIN = timedelta(days=1)


@dataclass(frozen=True)
class Notice:
    """Something that happened to a report. ``id`` counts up; ``at`` is naive UTC."""

    id: int
    at: datetime
    kind: Literal["deposited", "failed", "due"]
    customer_code: str
    report: str
    title: str
    period: str
    due_on: date | None
    reason_it: str | None
    reason_en: str | None


def wanted(engine: Engine, hub_name: str) -> bool:
    """Whether this customer wants mails; nobody does who has not said so."""
    with db.reading(engine) as connection:
        query = sa.select(report_mail.c.wanted).join(account).where(account.c.hub_name == hub_name)
        return bool(connection.execute(query).scalar_one_or_none())


def choose(engine: Engine, clock: Clock, hub_name: str, wanted: bool, *, address: str | None = None) -> None:
    """Want mails from now on, or none any more."""
    with engine.begin() as connection:
        account_id = connection.execute(sa.select(account.c.id).where(account.c.hub_name == hub_name)).scalar_one()
        standing = connection.execute(
            sa.select(report_mail).where(report_mail.c.account_id == account_id)
        ).one_or_none()
        if (standing is not None and standing.wanted) == wanted:
            return
        values = {"wanted": wanted, "since": stored_now(clock)}
        if standing is None:
            connection.execute(report_mail.insert().values(account_id=account_id, **values))
        else:
            connection.execute(report_mail.update().where(report_mail.c.account_id == account_id).values(values))
        audit.record(
            connection, audit.Event.PROFILE_CHANGED, clock, account_id=account_id, address=address, field="report-mail"
        )


def tell(engine: Engine, clock: Clock, settings: Settings, notices: Sequence[Notice]) -> int:
    """Queue the mails that are due now; gives back how many. ``notices`` may hold what was told long ago."""
    notices = sorted(notices, key=lambda notice: notice.id)
    if not notices:
        return 0
    queued = 0
    with engine.begin() as connection:
        for row in _customers(connection):
            if row.sent_at is not None and rome_day(row.sent_at.replace(tzinfo=UTC)) == rome_day(clock()):
                continue
            queued += _tell_customer(connection, clock, settings, row, notices)
        for row in _operators(connection):
            if row.sent_at is not None and stored_now(clock) - row.sent_at < OPERATORS_PEACE:
                continue
            queued += _tell_operator(connection, clock, settings, row, notices)
    return queued


def _customers(connection: Connection) -> Sequence[sa.Row[tuple[object, ...]]]:
    query = (
        sa.select(account, report_mail.c.since, report_mail.c.seen, report_mail.c.sent_at)
        .join_from(account, report_mail)
        .where(account.c.kind == "customer", account.c.state == "active", report_mail.c.wanted, account.c.email != "")
    )
    return connection.execute(query).all()


def _operators(connection: Connection) -> Sequence[sa.Row[tuple[object, ...]]]:
    query = (
        sa.select(account, report_mail.c.since, report_mail.c.seen, report_mail.c.sent_at)
        .join_from(account, staff_member)
        .outerjoin(report_mail)
        .where(account.c.state == "active", staff_member.c.group == "operators", account.c.email != "")
    )
    return connection.execute(query).all()


def _tell_customer(
    connection: Connection, clock: Clock, settings: Settings, row: sa.Row[tuple[object, ...]], notices: Sequence[Notice]
) -> int:
    codes = set(
        connection.scalars(
            sa.select(account_customer.c.customer_code).where(
                account_customer.c.account_id == row.id, account_customer.c.approved_at.is_not(None)
            )
        )
    )
    fresh = [
        one
        for one in notices
        if one.kind == "deposited" and one.id > row.seen and one.at >= row.since and one.customer_code in codes
    ]
    if not fresh:
        return 0
    lines = list(dict.fromkeys(Line(one.title, one.period, one.customer_code) for one in fresh))
    written = customers_mail(
        settings, language_of(row.language), recipient=str(row.email), name=str(row.first_name), lines=lines
    )
    _send(connection, clock, row.id, written, fresh[-1].id)
    return 1


def _tell_operator(
    connection: Connection, clock: Clock, settings: Settings, row: sa.Row[tuple[object, ...]], notices: Sequence[Notice]
) -> int:
    if row.since is None:  # never told anything
        since, seen = stored_now(clock) - _OPERATORS_BEGIN, 0
        connection.execute(report_mail.insert().values(account_id=row.id, wanted=True, since=since))
    else:
        since, seen = row.since, row.seen
    fresh = [one for one in notices if one.kind in ("failed", "due") and one.id > seen and one.at >= since]
    if not fresh:
        return 0
    language = language_of(row.language)

    def lines(kind: str) -> list[Line]:
        return [
            Line(
                one.title,
                one.period,
                one.customer_code,
                one.report,
                one.due_on,
                (one.reason_it if language == "it" else one.reason_en) or "",
            )
            for one in fresh
            if one.kind == kind
        ]

    written = operators_mail(
        settings,
        language,
        recipient=str(row.email),
        name=str(row.first_name),
        failed=lines("failed"),
        due=lines("due"),
    )
    _send(connection, clock, row.id, written, fresh[-1].id)
    return 1


def _send(connection: Connection, clock: Clock, account_id: int, written: Mail, seen: int) -> None:
    mail.queue(connection, written, clock, account_id=account_id)
    told = {"seen": seen, "sent_at": stored_now(clock)}
    connection.execute(report_mail.update().where(report_mail.c.account_id == account_id).values(told))
