"""The fields of the two recovery pages, and the limits that both keep to.

What is asked is written down alike for everybody (:func:`write_down`) and answered a moment later, by mail alone
(:mod:`portal_lib.accounts.recovery_desk`): the page can't tell whether an account exists, since it does not know.
"""

import unicodedata
from typing import Literal

from sqlalchemy.engine import Engine

from portal_lib.accounts import throttle
from portal_lib.accounts.exceptions import Missing, NotPlainText, TooLong
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import recovery_request
from portal_lib.accounts.throttle import Try
from portal_lib.clock import Clock
from portal_lib.language import Language, Said
from portal_lib.settings import Settings

Kind = Literal["username", "password"]

LABELS: dict[str, Said] = {
    "customer_code": Said("Codice cliente", "Customer code"),
    "tax_code": Said("Codice fiscale", "Codice fiscale (personal tax code)"),
    "username": Said("Username", "Username"),
    "password": Said("Nuova password", "New password"),
    "password_again": Said("Ripeti la nuova password", "Repeat the new password"),
}

LIMITS: dict[str, int] = {"customer_code": 32, "tax_code": 32, "username": 64}


def one_line(field: str, typed: str) -> str:
    """One line of text, normalised and without outer spaces.

    Raises :class:`Missing`, :class:`TooLong` or :class:`NotPlainText`.
    """
    label = {"label_it": LABELS[field].it, "label_en": LABELS[field].en}
    # Twice the length: what has that many characters is too long in any normal form.
    text = unicodedata.normalize("NFC", typed[: 2 * LIMITS[field] + 2]).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise NotPlainText(field, **label)
    if len(text) > LIMITS[field]:
        raise TooLong(field, **label, limit=LIMITS[field])
    if not text:
        raise Missing(field, **label)
    return text


def write_down(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    kind: Kind,
    asked: dict[str, str],
    *,
    subject: str,
    language: Language,
    address: str | None,
) -> None:
    """Keep a request until the desk answers it; :class:`TooManyTries` past the limits of subject, address or all."""
    throttle.take(
        engine,
        clock,
        [
            subject_try(settings, kind, subject),
            Try("recovery-address", throttle.network(address), settings.limit_recovery_address),
            Try("recovery-overall", "", settings.limit_recovery_overall),
        ],
    )
    with engine.begin() as connection:
        connection.execute(
            recovery_request.insert().values(
                kind=kind,
                asked=asked,
                language=language,
                address=address[:64] if address else None,
                at=stored_now(clock),
            )
        )


def subject_try(settings: Settings, kind: Kind, subject: str) -> Try:
    """How often something may be asked about one customer code, or one username."""
    return Try(f"recovery-{kind}", subject, settings.limit_recovery_subject)
