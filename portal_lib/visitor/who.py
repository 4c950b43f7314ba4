"""Who is looking, as the server says it: in a kernel's environment, never in a query string, header or
widget.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from portal_lib.visitor.exceptions import NoVisitor

VARIABLE = "PORTAL_VISITOR"


@dataclass(frozen=True)
class Visitor:
    """Somebody whom the Hub vouches for, and the customer codes for which they may see data."""

    name: str  # Hub user name
    codes: frozenset[str]
    staff: bool = False  # says only who they are: it opens nothing here (see StaffDoor)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Visitor":
        """The visitor that ``PORTAL_VISITOR`` names: ``{"name": …, "codes": [ … ], "staff": false}``.

        :class:`NoVisitor` where it is missing or anything but that: a visitor is never guessed.
        """
        text = environment.get(VARIABLE)
        if text is None:
            raise NoVisitor(reason=f"{VARIABLE} is not set")
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            raise NoVisitor(reason=f"{VARIABLE} is not JSON") from None
        if not isinstance(said, dict) or not set(said) <= {"name", "codes", "staff"}:
            raise NoVisitor(reason=f"{VARIABLE} is not an object of name, codes and staff")
        name, codes, staff = said.get("name"), said.get("codes"), said.get("staff", False)
        if not _is_text(name) or not isinstance(staff, bool):
            raise NoVisitor(reason=f"{VARIABLE} names nobody")
        if not isinstance(codes, list) or not all(_is_text(code) for code in codes):
            raise NoVisitor(reason=f"{VARIABLE} has no list of codes")
        return cls(name=name, codes=frozenset(codes), staff=staff)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""
