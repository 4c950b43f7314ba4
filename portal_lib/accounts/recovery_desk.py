"""Answers what the recovery pages have written down, a moment later and by mail alone.

The pages do the same work for everybody and know nothing; whatever depends on who it is happens here, where nobody
can time it. An answer and the end of its request are one transaction: a process that dies loses none and sends none
twice.
"""

import logging
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import password_reset, username_reminder
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import recovery_request
from portal_lib.clock import Clock
from portal_lib.settings import Settings

log = logging.getLogger(__name__)

#: Who asked longer ago has asked again.
_TOO_LATE = timedelta(hours=1)
_AT_MOST = 100


def answer_waiting(engine: Engine, clock: Clock, settings: Settings) -> int:
    """Answer what waits, oldest first; gives how many were answered. Call it off the event loop."""
    with db.reading(engine) as connection:
        waiting = connection.execute(
            sa.select(recovery_request.c.id).order_by(recovery_request.c.id).limit(_AT_MOST)
        ).scalars()
        ids = list(waiting)
    answered = 0
    for request_id in ids:
        try:
            answered += _answer(engine, clock, settings, request_id)
        except Exception:
            # One that can't be answered must not keep the others waiting; it is tried again until it is too late.
            log.exception("Recovery request %d was not answered.", request_id)
    return answered


def _answer(engine: Engine, clock: Clock, settings: Settings, request_id: int) -> bool:
    with engine.begin() as connection:
        row = connection.execute(
            recovery_request.delete().where(recovery_request.c.id == request_id).returning(recovery_request)
        ).one_or_none()
        if row is None:  # another process was quicker
            return False
        if row.at < stored_now(clock) - _TOO_LATE:
            log.warning("Recovery request %d waited for more than an hour and was dropped.", request_id)
            return False
        asked = row.asked
        if row.kind == "username":
            username_reminder.answer(
                connection, clock, settings, asked["customer_code"], asked["tax_code"], address=row.address
            )
        else:
            password_reset.answer(connection, clock, settings, asked["username"], address=row.address)
    return True
