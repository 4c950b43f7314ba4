"""Consents: append-only, one row per purpose, each with the notice that was shown."""

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy.engine import Connection

from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.notice import Notice
from portal_lib.accounts.tables import consent
from portal_lib.clock import Clock

Purpose = Literal["notice", "marketing", "third_parties", "profiling"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

Channel = Literal["registration"]


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
