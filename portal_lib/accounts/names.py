"""Login names: what may stand in them and when two are the same.

A login name is an attribute of the account, never an identity: the Hub knows the account by an opaque name
that is never given twice (:func:`new_hub_name`), so an erased and re-registered login inherits nothing.
"""

import base64
import re
import secrets
import unicodedata

from portal_lib.accounts.exceptions import BadStaffLogin, BadUsername

SHORTEST = 3
LONGEST = 64

_SIGNS = frozenset("._-@")
_STAFF_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")


def login_key(login: str) -> str:
    """The form under which a login name is unique and looked up: Unicode's NFKC case folding.

    Any text has a key, so that a lookup never fails on strange input; :func:`check_login` says which may
    register.
    """
    folded = unicodedata.normalize("NFKC", login.strip()).casefold()
    # Folding may undo the normal form and normalising may uncover new capitals: repeat until nothing moves.
    while (again := unicodedata.normalize("NFKC", folded).strip().casefold()) != folded:
        folded = again
    return folded


def check_login(login: str, *, field: str | None = "username") -> str:
    """A customer's login name as typed, without outer spaces; raises :class:`BadUsername`.

    Letters are Latin ones (with accents): look-alikes of other scripts could pass for somebody else's name.
    """
    typed = unicodedata.normalize("NFC", login.strip())
    key = login_key(typed)
    proper = (
        SHORTEST <= len(typed) <= LONGEST
        and SHORTEST <= len(key) <= LONGEST
        and all(_letter(character) or _digit(character) or character in _SIGNS for character in typed)
        and typed[0] not in _SIGNS
    )
    if not proper:
        raise BadUsername(field, shortest=SHORTEST, longest=LONGEST)
    return typed


def check_staff_login(login: str) -> str:
    """A staff member's login name: it becomes part of addresses and paths; raises :class:`BadStaffLogin`."""
    if not _STAFF_LOGIN.fullmatch(login):
        raise BadStaffLogin(login=login)
    return login


def new_hub_name() -> str:
    """A fresh opaque Hub name of a customer, ``c-`` and 16 lower-case letters and digits (80 random bits)."""
    return "c-" + base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def staff_hub_name(login: str) -> str:
    """The Hub name of a staff member."""
    return f"s-{login}"


def _letter(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")


def _digit(character: str) -> bool:
    return character in "0123456789"
