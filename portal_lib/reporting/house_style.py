"""The looks that documents share with the portal's pages: the supplier's name and accent, told by the environment.

A report's kernel knows no settings; the runner passes ``PORTAL_SUPPLIER_NAME`` and ``PORTAL_ACCENT`` on. Without them a
document has the portal's own accent and names no supplier.
"""

import os
import re
from collections.abc import Mapping

from portal_lib import looks
from portal_lib.settings import Settings


def supplier() -> str:
    """Who made the report; empty where nobody said."""
    return os.environ.get("PORTAL_SUPPLIER_NAME", "")


def palette() -> Mapping[str, str]:
    """The light colours by name, as :func:`portal_lib.looks.palette` derives them from the accent."""
    accent = os.environ.get("PORTAL_ACCENT", "")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", accent):
        accent = str(Settings.model_fields["accent"].default)
    return looks.palette(accent)
