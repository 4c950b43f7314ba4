"""Consents: append-only, one row per purpose, each with the notice that was shown.

Withdrawing is as easy as giving: one row more, and the newest row of a purpose counts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import audit
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.notice import Notice
from portal_lib.accounts.tables import account, consent
from portal_lib.clock import Clock

Purpose = Literal["notice", "marketing", "third_parties", "profiling"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

#: Those that are free to give and to withdraw; the notice itself is only acknowledged.
FREE: tuple[Purpose, ...] = ("marketing", "third_parties", "profiling")

Channel = Literal["registration", "profile"]


@dataclass(frozen=True)
class Choices:
    """What a person chose. ``notice`` acknowledges the privacy notice; the others are No unless given."""

    notice: bool
    marketing: bool = False
    third_parties: bool = False
    profiling: bool = False


def record(
    connection: Connection, account_id: int, choices: Choices, notice: Notice, channel: Channel, clock: Clock
) -> None:
    """Write one row per purpose, a No as well as a Yes."""
    now = stored_now(clock)
    connection.execute(
        consent.insert(),
        [
            {
                "account_id": account_id,
                "purpose": purpose,
                "granted": getattr(choices, purpose),
                "at": now,
                "notice_version": notice.version,
                "notice_sha256": notice.sha256,
                "channel": channel,
            }
            for purpose in PURPOSES
        ],
    )


@dataclass(frozen=True)
class Recorded:
    """One answer that was given: naive UTC, and the version of the notice that was shown."""

    purpose: str
    granted: bool
    at: datetime
    channel: str
    notice_version: str


def history(engine: Engine, hub_name: str) -> list[Recorded]:
    """Every answer of an account, newest first."""
    with db.reading(engine) as connection:
        rows = connection.execute(
            sa.select(consent).join(account).where(account.c.hub_name == hub_name).order_by(consent.c.id.desc())
        ).all()
    return [Recorded(row.purpose, row.granted, row.at, row.channel, row.notice_version) for row in rows]


def choose(
    engine: Engine,
    clock: Clock,
    hub_name: str,
    purpose: Purpose,
    granted: bool,
    notice: Notice,
    *,
    address: str | None = None,
) -> bool:
    """Give or withdraw one consent in the profile; False, and no row, where it stands so already."""
    if purpose not in FREE:
        raise ValueError(f"{purpose} is no consent that can be given or withdrawn")
    with engine.begin() as connection:
        account_id = connection.execute(sa.select(account.c.id).where(account.c.hub_name == hub_name)).scalar_one()
        standing = connection.execute(
            sa.select(consent.c.granted)
            .where(consent.c.account_id == account_id, consent.c.purpose == purpose)
            .order_by(consent.c.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        if bool(standing) == granted:
            return False
        connection.execute(
            consent.insert().values(
                account_id=account_id,
                purpose=purpose,
                granted=granted,
                at=stored_now(clock),
                notice_version=notice.version,
                notice_sha256=notice.sha256,
                channel="profile",
            )
        )
        event = audit.Event.CONSENT_GIVEN if granted else audit.Event.CONSENT_WITHDRAWN
        audit.record(connection, event, clock, account_id=account_id, address=address, purpose=purpose)
    return True
