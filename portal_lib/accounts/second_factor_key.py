"""The key that encrypts the secrets of second factors: who reads the database alone can make no codes.

From the setting ``second_factor_key``, else from a file beside the database that is made once.
"""

import contextlib
import functools
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from portal_lib.refused import Refused
from portal_lib.settings import Settings


class BadKey(Refused):
    it = "La chiave della verifica in due passaggi ({where}) non è valida: servono 32 byte in base64 per URL."
    en = "The key of second factors ({where}) can't be used: it takes 32 bytes in URL-safe base64."


class UnreadableSecret(Exception):
    """A secret was encrypted with another key."""


def encrypt(settings: Settings, secret: str) -> str:
    """A secret as it is kept."""
    return _cipher(settings).encrypt(secret.encode("ascii")).decode("ascii")


def decrypt(settings: Settings, kept: str) -> str:
    """The secret itself; raises :class:`UnreadableSecret`."""
    try:
        return _cipher(settings).decrypt(kept.encode("ascii")).decode("ascii")
    except InvalidToken:
        raise UnreadableSecret from None


def _cipher(settings: Settings) -> Fernet:
    if settings.second_factor_key is not None:
        key, where = settings.second_factor_key.get_secret_value(), "second_factor_key"
    else:
        path = settings.var.absolute() / "accounts" / "second_factor.key"
        key, where = _kept_key(path), str(path)
    try:
        return Fernet(key)
    except ValueError:
        raise BadKey(where=where) from None


@functools.cache
def _kept_key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole and then linked: two processes that start at once agree on one key, and none reads half of it.
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(Fernet.generate_key().decode("ascii"))
            file.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):  # the other was first
            os.link(beside, path)
    finally:
        beside.unlink()
    return path.read_text(encoding="ascii").strip()
