"""What a deposited file is called on the customer's disk: ``R4_curve-orarie_2024-09_10002001_v1.xlsx``."""

import re
import unicodedata

from portal_lib.deposit.depositing import folder_name
from portal_lib.reporting.periods import Period

#: Formats whose files end in something else than their name.
_ENDINGS = {"csv_iso": "_iso.csv"}


def house_name(
    report_id: str, title: str, period: Period, customer_code: str, version: int, document_format: str
) -> str:
    """A plain ASCII file name: report, title, competence month, customer code and version."""
    parts = [report_id, _slug(title), str(period), folder_name(customer_code), f"v{version}"]
    return "_".join(part for part in parts if part) + _ENDINGS.get(document_format, f".{document_format}")


def _slug(title: str) -> str:
    """«Curve orarie» as ``curve-orarie``; at most 60 characters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")
