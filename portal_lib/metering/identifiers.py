"""The one form in which the portal writes a POD. Every door that takes one passes it through here."""

import re

from portal_lib.metering.exceptions import BadPod

_POD = re.compile(r"(IT[0-9]{3}E[0-9A-Z]{8})[0-9A-Z]?")


def normal_pod(text: str) -> str:
    """The 14 characters, upper case, that identify an electricity supply point.

    A 15th character (some documents print one; it tells nothing about the point) and surrounding blanks are
    dropped. Raises :class:`BadPod` for anything else. Idempotent.
    """
    # Only ASCII may be upper-cased here: "ı" or "ﬁ" would turn into letters that nobody typed.
    stripped = text.strip()
    found = _POD.fullmatch(stripped.upper()) if stripped.isascii() else None
    if found is None:
        raise BadPod(text=stripped[:40])
    return found[1]
