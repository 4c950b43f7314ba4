"""Passwords: the customer guide's rule, and Argon2id.

A password is normalised (Unicode NFKC, as NIST SP 800-63B advises) before it is checked, hashed or compared,
so that the same keys pressed on another machine give the same password. Hashing takes tens of milliseconds on
purpose: callers on an event loop use a thread.
"""

import base64
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from portal_lib.accounts.exceptions import PasswordTooLong, WeakPassword
from portal_lib.language import Said

SHORTEST = 8
LONGEST = 128

#: The rule in the customer guide's own words.
RULE = Said(
    it="Usa almeno 8 caratteri. Includi almeno un numero, una lettera minuscola, una lettera maiuscola e un "
    "carattere speciale.",
    en="Use at least 8 characters. Include at least a number, a lower-case letter, an upper-case letter and a special "
    "character.",
)

#: Argon2id with the library's parameters (RFC 9106, low memory: 64 MiB, 3 passes).
_hasher = PasswordHasher()


def normal_password(password: str) -> str:
    """The password as it is checked, hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, field: str | None = "password") -> None:
    """Raise :class:`WeakPassword` naming all that is missing, or :class:`PasswordTooLong` (over 128
    characters).
    """
    if not _short_enough(password):
        raise PasswordTooLong(field, limit=LONGEST)
    password = normal_password(password)
    kinds = {unicodedata.category(character) for character in password}
    rules = (
        (len(password) >= SHORTEST, f"almeno {SHORTEST} caratteri", f"at least {SHORTEST} characters"),
        ("Nd" in kinds, "un numero", "a digit"),
        ("Ll" in kinds, "una lettera minuscola", "a lower-case letter"),
        ("Lu" in kinds, "una lettera maiuscola", "an upper-case letter"),
        (any(kind[0] in "PSZ" for kind in kinds), "un carattere speciale", "a special character"),
    )
    missing = [rule for rule in rules if not rule[0]]
    if missing:
        raise WeakPassword(
            field,
            missing_it=", ".join(italian for _, italian, _ in missing),
            missing_en=", ".join(english for _, _, english in missing),
        )


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, a PHC string with its own salt."""
    return _hasher.hash(_bytes(password))


def verify_or_pretend(password_hash: str | None, password: str) -> bool:
    """Whether the password fits the hash. Without a hash (an unknown user) the same work is done, and it
    never fits.
    """
    # No account has a longer one, and hashing megabytes would be somebody else's weapon.
    usable = _short_enough(password)
    candidate = password if usable else ""
    known = password_hash is not None
    try:
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


def _short_enough(password: str) -> bool:
    # Before normalising too, since some characters grow (U+FDFA eighteenfold).
    return len(password) <= LONGEST and len(normal_password(password)) <= LONGEST


def _pretence() -> str:
    """A hash that no password fits, with the parameters of real ones: checking it costs the same."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode("ascii").rstrip("=")
        for length in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"
