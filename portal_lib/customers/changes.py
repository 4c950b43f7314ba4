"""What a load does to the customers: counted, and told one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class Count:
    """What one call changed of one kind of thing."""

    what: str  # "customers", "orders", "supply points", "holders"
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0  # intervals taken back


@dataclass(frozen=True)
class Change:
    """One thing added or removed, or one field of a thing changed."""

    what: str  # as in Count
    key: str  # a customer's code; a POD; a POD and the first day; a customer's code and an order's number
    change: Kind
    field: str = ""  # of what was changed
    old: object = None
    new: object = None


@dataclass
class Ledger:
    """Gathers what a load does to one kind of thing."""

    what: str
    unchanged: int = 0
    changes: list[Change] = field(default_factory=list)
    _keys: dict[Kind, set[str]] = field(default_factory=lambda: {"added": set(), "changed": set(), "removed": set()})

    def added(self, key: str, values: Mapping[str, Any]) -> None:
        """A new thing; of its values those are told that say something."""
        self._note(key, "added", ((name, None, value) for name, value in values.items() if value not in (None, "")))

    def changed(self, key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """A thing of which some fields have other values now."""
        self._note(key, "changed", ((name, old[name], new[name]) for name in new if old[name] != new[name]))

    def removed(self, key: str, values: Mapping[str, Any]) -> None:
        """A thing that is no more."""
        self._note(key, "removed", ((name, value, None) for name, value in values.items() if value not in (None, "")))

    def count(self) -> Count:
        """What was gathered, in numbers."""
        added, changed, removed = (len(self._keys[kind]) for kind in ("added", "changed", "removed"))
        return Count(self.what, added, changed, self.unchanged, removed)

    def _note(self, key: str, kind: Kind, fields: Iterable[tuple[str, object, object]]) -> None:
        self._keys[kind].add(key)
        self.changes += [Change(self.what, key, kind, name, old, new) for name, old, new in fields]
