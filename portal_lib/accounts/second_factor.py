"""The second factor: codes of an app on the telephone (TOTP, RFC 6238), and spare codes for the day it is lost.

Turned on in two steps: :func:`begin_enrolment` makes a secret and shows it, :func:`enable` takes the first code that
was made with it and gives the recovery codes, which are shown once. A code is good for its half minute and the ones
next to it, and opens once. The secret lies encrypted in the database, its key outside.
"""

import logging
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyotp
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db, mail
from portal_lib.accounts import audit
from portal_lib.accounts.exceptions.second_factor import AlreadyOn, NotOn, StaffNeedIt, WrongCode
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.messages import second_factor as messages
from portal_lib.accounts.second_factor_key import UnreadableSecret, decrypt, encrypt
from portal_lib.accounts.tables import account, recovery_code
from portal_lib.accounts.tokens import digest
from portal_lib.clock import Clock
from portal_lib.language import language_of
from portal_lib.mail import Mail
from portal_lib.settings import Settings

log = logging.getLogger(__name__)

RECOVERY_CODES = 10
_SECONDS = 30
_TOTP = re.compile(r"\d{6}")
_RECOVERY = re.compile(r"[a-z2-7]{16}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

#: With what somebody has proven that it is them.
Proof = Literal["totp", "recovery-code"]


@dataclass(frozen=True, repr=False)
class Enrolment:
    """What an app needs: the secret as text, the ``otpauth:`` address, and that as a QR code (an SVG element)."""

    secret: str
    uri: str
    qr_svg: str

    @property
    def grouped(self) -> str:
        """The secret in groups of four, as people type it."""
        return " ".join(re.findall(".{1,4}", self.secret))


@dataclass(frozen=True)
class State:
    """``since`` is naive UTC; ``required`` says that the account may not do without."""

    on: bool
    since: datetime | None
    codes_left: int
    required: bool


def state(engine: Engine, settings: Settings, hub_name: str) -> State:
    """Whether an account has a second factor, and how many recovery codes are left."""
    with db.reading(engine) as connection:
        row = _row(connection, hub_name)
        return State(row.totp_since is not None, row.totp_since, _left(connection, row.id), is_required(settings, row))


def is_required(settings: Settings, row: sa.Row[Any]) -> bool:
    """Whether the account of a row must have a second factor: staff with a password of their own here."""
    return bool(row.kind == "staff" and settings.staff_second_factor and row.sign_on_subject is None)


def begin_enrolment(engine: Engine, clock: Clock, settings: Settings, hub_name: str) -> Enrolment:
    """A fresh secret for an account, which opens nothing until :func:`enable`; an earlier one is thrown away, since
    somebody else may have seen it. Raises :class:`AlreadyOn`.
    """
    secret = pyotp.random_base32()
    kept = encrypt(settings, secret)
    with engine.begin() as connection:
        row = _row(connection, hub_name)
        if row.totp_since is not None:
            raise AlreadyOn
        connection.execute(account.update().where(account.c.id == row.id).values(totp_secret=kept, totp_last_step=None))
    return _enrolment(settings, row.login, secret)


def pending_enrolment(engine: Engine, settings: Settings, hub_name: str) -> Enrolment | None:
    """What :func:`begin_enrolment` last gave, to be shown again beside a mistyped code; None where nothing was
    begun.
    """
    with db.reading(engine) as connection:
        row = _row(connection, hub_name)
    if row.totp_secret is None or row.totp_since is not None:
        return None
    try:
        return _enrolment(settings, row.login, decrypt(settings, row.totp_secret))
    except UnreadableSecret:
        return None


def shown_enrolment(engine: Engine, settings: Settings, hub_name: str, secret: str) -> Enrolment | None:
    """As :func:`pending_enrolment`, for a browser that was shown this secret, and so gave the password: else who finds
    a session open could take up what its owner began, and lock them out.
    """
    pending = pending_enrolment(engine, settings, hub_name)
    seen = pending is not None and secrets.compare_digest(pending.secret.encode(), secret.encode("utf-8", "replace"))
    return pending if seen else None


def enable(
    engine: Engine, clock: Clock, settings: Settings, hub_name: str, code: str, *, address: str | None = None
) -> list[str]:
    """Turn it on with the first code of the app; gives the recovery codes, to be shown this once.

    Raises :class:`WrongCode`, :class:`AlreadyOn`, or :class:`NotOn` where nothing was begun.
    """
    with engine.begin() as connection:
        return enable_within(connection, clock, settings, _row(connection, hub_name), code, address=address)


def enable_within(
    connection: Connection, clock: Clock, settings: Settings, row: sa.Row[Any], code: str, *, address: str | None = None
) -> list[str]:
    """As :func:`enable`, within the caller's transaction; ``row`` is the account's."""
    if row.totp_since is not None:
        raise AlreadyOn
    if row.totp_secret is None:
        raise NotOn
    if not _use_totp(connection, clock, settings, row, normal_code(code)):
        raise WrongCode("code")
    connection.execute(account.update().where(account.c.id == row.id).values(totp_since=stored_now(clock)))
    codes = _new_codes(connection, clock, row.id)
    audit.record(connection, audit.Event.SECOND_FACTOR_ENABLED, clock, account_id=row.id, address=address)
    _tell(connection, clock, row, messages.enabled_mail, settings)
    return codes


def disable(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    hub_name: str,
    *,
    by: str | None = None,
    address: str | None = None,
) -> None:
    """Turn it off and forget its codes; ``by`` is the login of an operator who does it for somebody.

    The door that calls this has asked for the password. Raises :class:`StaffNeedIt` where staff would do it for
    themselves, or :class:`NotOn`.
    """
    with engine.begin() as connection:
        row = _row(connection, hub_name)
        if row.totp_since is None:
            raise NotOn
        if by is None and is_required(settings, row):
            raise StaffNeedIt
        connection.execute(
            account.update()
            .where(account.c.id == row.id)
            .values(totp_secret=None, totp_since=None, totp_last_step=None)
        )
        connection.execute(recovery_code.delete().where(recovery_code.c.account_id == row.id))
        who = {} if by is None else {"by": by}
        audit.record(connection, audit.Event.SECOND_FACTOR_DISABLED, clock, account_id=row.id, address=address, **who)
        _tell(connection, clock, row, messages.disabled_mail, settings)


def renew_recovery_codes(engine: Engine, clock: Clock, hub_name: str, *, address: str | None = None) -> list[str]:
    """Ten new recovery codes, to be shown this once; the old ones open nothing any more. Raises :class:`NotOn`."""
    with engine.begin() as connection:
        row = _row(connection, hub_name)
        if row.totp_since is None:
            raise NotOn
        codes = _new_codes(connection, clock, row.id)
        audit.record(connection, audit.Event.RECOVERY_CODES_RENEWED, clock, account_id=row.id, address=address)
    return codes


def use(
    connection: Connection, clock: Clock, settings: Settings, row: sa.Row[Any], code: str, *, address: str | None = None
) -> Proof | None:
    """Use up a code for the account of a row: with what it was proven, or None where the code opens nothing."""
    code = normal_code(code)
    if _TOTP.fullmatch(code):
        return "totp" if _use_totp(connection, clock, settings, row, code) else None
    if not _RECOVERY.fullmatch(code):
        return None
    used = connection.execute(
        recovery_code.update()
        .where(
            recovery_code.c.account_id == row.id,
            recovery_code.c.sha256 == digest(code),
            recovery_code.c.used_at.is_(None),
        )
        .values(used_at=stored_now(clock))
    ).rowcount
    if not used:
        return None
    left = _left(connection, row.id)
    audit.record(connection, audit.Event.RECOVERY_CODE_USED, clock, account_id=row.id, address=address, left=left)
    _tell(connection, clock, row, messages.recovery_code_used_mail, settings, left=left)
    return "recovery-code"


def normal_code(code: str) -> str:
    """A code as it is compared: however it was spaced, hyphenated or capitalised."""
    return re.sub(r"[\s\-‐‑–]+", "", unicodedata.normalize("NFKC", code[:100])).lower()


def _use_totp(connection: Connection, clock: Clock, settings: Settings, row: sa.Row[Any], code: str) -> bool:
    """One step before and after too: clocks differ and people type slowly. A step opens once, and no earlier one
    after it.
    """
    if row.totp_secret is None or not _TOTP.fullmatch(code):
        return False
    try:
        app = pyotp.TOTP(decrypt(settings, row.totp_secret), interval=_SECONDS)
    except UnreadableSecret:
        log.error("The second factor of account %d can't be decrypted: was second_factor_key changed?", row.id)
        return False
    now = int(clock().timestamp()) // _SECONDS
    # All three are compared, whichever fits.
    fits = [step for step in (now - 1, now, now + 1) if secrets.compare_digest(app.generate_otp(step), _ascii(code))]
    return bool(fits) and bool(
        connection.execute(
            account.update()
            .where(
                account.c.id == row.id,
                account.c.totp_secret == row.totp_secret,
                sa.or_(account.c.totp_last_step.is_(None), account.c.totp_last_step < fits[0]),
            )
            .values(totp_last_step=fits[0])
        ).rowcount
    )


def _ascii(code: str) -> str:
    # Digits of other scripts are digits to a person, and to compare_digest an error.
    return "".join(str(unicodedata.digit(character)) for character in code)


def _new_codes(connection: Connection, clock: Clock, account_id: int) -> list[str]:
    connection.execute(recovery_code.delete().where(recovery_code.c.account_id == account_id))
    plain = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    now = stored_now(clock)
    connection.execute(
        recovery_code.insert(),
        [{"account_id": account_id, "sha256": digest(code), "created_at": now} for code in plain],
    )
    return ["-".join(re.findall("....", code)) for code in plain]


def _left(connection: Connection, account_id: int) -> int:
    unused = sa.select(sa.func.count()).where(
        recovery_code.c.account_id == account_id, recovery_code.c.used_at.is_(None)
    )
    return int(connection.execute(unused).scalar_one())


def _row(connection: Connection, hub_name: str) -> sa.Row[Any]:
    return connection.execute(sa.select(account).where(account.c.hub_name == hub_name)).one()


def _tell(
    connection: Connection, clock: Clock, row: sa.Row[Any], write: Callable[..., Mail], settings: Settings, **facts: int
) -> None:
    if row.email:
        message = write(settings, language_of(row.language), recipient=row.email, first_name=row.first_name, **facts)
        mail.queue(connection, message, clock, account_id=row.id)


def _enrolment(settings: Settings, login: str, secret: str) -> Enrolment:
    # A colon would end the issuer's name within the address.
    issuer = settings.portal_name.replace(":", " ")
    uri = pyotp.TOTP(secret, interval=_SECONDS).provisioning_uri(name=login, issuer_name=issuer)
    return Enrolment(secret, uri, _qr_svg(uri))


def _qr_svg(text: str) -> str:
    import segno

    return str(segno.make(text, error="m").svg_inline(scale=1, border=4, omitsize=True, svgclass="qr", lineclass=None))
