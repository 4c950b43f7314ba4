"""How a mail leaves: to an SMTP server, or into the demo's outbox."""

import contextlib
import os
import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

from portal_lib.settings import Settings

_TIMEOUT_SECONDS = 20.0


class TransportAway(Exception):
    """The mail server can't be reached or takes nothing at all now: the rest of the queue need not try."""


def in_words(error: Exception) -> str:
    """What a mail server said, as it said it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{address}: {_reply(*reply)}" for address, reply in error.recipients.items())
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__


def _reply(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


class Transport(Protocol):
    """Hands one message over; ``mail_id`` is the queue's number, the same on every attempt."""

    def send(self, message: EmailMessage, mail_id: int) -> None: ...


class SmtpTransport:
    """An SMTP server, over STARTTLS or TLS with its certificate checked, or in clear if settings say so."""

    def __init__(self, settings: Settings) -> None:
        if settings.smtp_host is None:
            raise ValueError("smtp_host is not set")
        self._settings = settings
        self._host = settings.smtp_host

    def send(self, message: EmailMessage, mail_id: int) -> None:
        """Raises :class:`TransportAway`, or what smtplib raises for this one message."""
        try:
            with self._connected() as server:
                server.send_message(message)
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
            raise TransportAway(in_words(error)) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            raise TransportAway(in_words(error)) from error
        except smtplib.SMTPException:
            raise
        except OSError as error:  # not reachable, timed out, certificate refused
            raise TransportAway(f"{self._host}:{self._settings.smtp_port}: {error}") from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        settings = self._settings
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.smtp_security == "tls":
            server = smtplib.SMTP_SSL(self._host, settings.smtp_port, timeout=_TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self._host, settings.smtp_port, timeout=_TIMEOUT_SECONDS)
        with server:
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user is not None and settings.smtp_password is not None:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            yield server


class OutboxTransport:
    """Demo and tests: each mail becomes a file in a folder, ``00000001.eml``, that the portal shows in the
    browser.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage, mail_id: int) -> None:
        """Written beside and renamed, so that a reader never sees half a mail; a second attempt replaces the
        first.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, beside = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(message.as_bytes(policy=SMTP))
            Path(beside).replace(self._folder / f"{mail_id:08d}.eml")
        except OSError as error:
            raise TransportAway(str(error)) from error
