"""The page's choice as its address: so that a view can be kept, or sent to a colleague who may see the same points.

An address is typed by anybody: each value is held against what the page offers, and one that it never would is refused.
Names that are not the page's are not looked at. Whether the points are the visitor's is for the door to say.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from portal_lib.dashboards.exceptions import BadAddress
from portal_lib.metering.identifiers import normal_pod
from portal_lib.metering.series import Detail
from portal_lib.refused import Refused

ALL = "tutti"
_LONGEST = 2_000
_FIELDS = ("punti", "da", "a", "passo", "vista", "pagina")
_STEPS: dict[str, Detail | None] = {
    "auto": None,
    "quarto": "quarter_hour",
    "ora": "hour",
    "giorno": "day",
    "mese": "month",
}
_NAME = re.compile(r"[a-z]{1,20}")


@dataclass(frozen=True)
class Choice:
    """What an address says; None where it says nothing. ``pods`` is empty for all points."""

    pods: tuple[str, ...] | None = None
    first: date | None = None
    last: date | None = None
    detail: Detail | None = None
    shown: str | None = None


def read(query: str | None = None) -> Choice:
    """The choice in a query string, or in that of the page (``QUERY_STRING``); :class:`BadAddress` for any other."""
    text = os.environ.get("QUERY_STRING", "") if query is None else query
    if len(text) > _LONGEST:
        raise BadAddress(what=f"> {_LONGEST}")
    pairs = [(name, value) for name, value in parse_qsl(text, keep_blank_values=True) if name in _FIELDS]
    values = dict(pairs)
    if len(values) != len(pairs):
        raise BadAddress(what=next(name for name, _ in pairs if [one for one, _ in pairs].count(name) > 1))
    if values.get("pagina", "1") != "1":
        raise BadAddress(what="pagina")
    step = values.get("passo", "auto")
    if step not in _STEPS:
        raise BadAddress(what="passo")
    shown = values.get("vista")
    if shown is not None and not _NAME.fullmatch(shown):
        raise BadAddress(what="vista")
    first, last = _day(values, "da"), _day(values, "a")
    if (first is None) != (last is None):
        raise BadAddress(what="da, a")
    return Choice(_pods(values.get("punti")), first, last, _STEPS[step], shown)


def write(
    pods: Iterable[str], first: date, last: date, *, everything: bool, detail: Detail | None, shown: str | None
) -> str:
    """The query string of a choice. More points than an address has room for are left out of it."""
    chosen = ALL if everything else ",".join(pods)
    step = next(name for name, known in _STEPS.items() if known == detail)
    values = {"punti": chosen, "da": first.isoformat(), "a": last.isoformat(), "passo": step, "vista": shown or ""}
    if step == "auto":
        del values["passo"]
    if not shown:
        del values["vista"]
    text = urlencode(values, safe=",")
    if len(text) > _LONGEST:
        del values["punti"]
        text = urlencode(values)
    return text


def _pods(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    if text == ALL:
        return ()
    try:
        return tuple(dict.fromkeys(normal_pod(pod) for pod in text.split(",")))
    except Refused:
        raise BadAddress(what="punti") from None


def _day(values: dict[str, str], name: str) -> date | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadAddress(what=name) from None
