"""Passwords as they are kept and compared: Argon2id.

A password is normalised (Unicode NFKC, as NIST SP 800-63B advises) before it is checked, hashed or compared,
so that the same keys pressed on another machine give the same password. Hashing takes tens of milliseconds on
purpose: callers on an event loop use a thread.
"""

import base64
import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

LONGEST = 128

#: Argon2id with the library's parameters (RFC 9106, low memory: 64 MiB, 3 passes), above OWASP's minimum.
_hasher = PasswordHasher()

#: So many hashes at once in one process, 64 MiB each: a flood of logins fills no machine's memory.
AT_ONCE = 4
_room = threading.BoundedSemaphore(AT_ONCE)


def normal_password(password: str) -> str:
    """The password as it is checked, hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def short_enough(password: str) -> bool:
    """Whether a password has at most :data:`LONGEST` characters."""
    # Before normalising too, since some characters grow (U+FDFA eighteenfold).
    return len(password) <= LONGEST and len(normal_password(password)) <= LONGEST


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, a PHC string with its own salt."""
    with _room:
        return _hasher.hash(_bytes(password))


def verify_or_pretend(password_hash: str | None, password: str) -> bool:
    """Whether the password fits the hash. Without a hash (an unknown user) the same work is done, and it
    never fits.
    """
    # No account has a longer one, and hashing megabytes would be somebody else's weapon.
    usable = short_enough(password)
    candidate = password if usable else ""
    known = password_hash is not None
    try:
        with _room:
            _hasher.verify(password_hash if password_hash is not None else _pretence(), _bytes(candidate))
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return known and usable


def fresher_hash(password_hash: str, password: str) -> str | None:
    """A new hash for a password that has just been verified, where the old one has weaker parameters; else
    None.
    """
    return hash_password(password) if _hasher.check_needs_rehash(password_hash) else None


def _bytes(password: str) -> bytes:
    # Half a surrogate pair can't be typed, but JSON can carry one: it is a wrong password, not an error.
    return normal_password(password).encode("utf-8", "surrogatepass")


def _pretence() -> str:
    """A hash that no password fits, with the parameters of real ones: checking it costs the same."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode("ascii").rstrip("=")
        for length in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"
