"""Parameters are checked before a kernel starts.

papermill only warns about a parameter that a notebook does not know, and then runs the default: a typo would
give the report of another month. Here the notebook's ``parameters`` cell is the contract: each parameter
declared with a type and, in the comment behind it, what it may be; each one given, none besides::

    version: int = 1  # [1, 9999] number of this version
    language: str = "it"  # {it, en} language of the documents

``[low, high]`` bounds a number, the length of a text or the items of a list, both ends included; ``{a, b}`` names the
texts that a text, or each item of a list, may be.
"""

import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal_lib.reporting.exceptions import (
    MissingParameter,
    NotebookUnfit,
    ParameterOutOfRange,
    UnknownParameter,
    WrongParameter,
)
from portal_lib.reporting.periods import Period

#: What the runner gives to every notebook that declares it: the period, where to write, what the catalogue says of the
#: report, and which version this is to be.
GIVEN_BY_RUNNER = frozenset({"period", "folder", "title", "tender", "formats", "language", "version", "incomplete"})


@dataclass(frozen=True)
class Declared:
    """One line of a ``parameters`` cell."""

    type: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_FITS: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": _is_int,
    "float": lambda value: isinstance(value, float) or _is_int(value),
    "list[str]": lambda value: isinstance(value, list) and all(isinstance(part, str) for part in value),
}

_BOUNDS = re.compile(r"#\s*\[\s*(-?[0-9.]+)\s*,\s*(-?[0-9.]+)\s*\]")
_CHOICES = re.compile(r"#\s*\{([^{}]*)\}")
_BEGINS_A_RANGE = re.compile(r"#\s*[\[{]")


def for_run(notebook: Path, offered: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What to hand to a notebook: of what the runner offers, that which it declares, and the tender's own.

    Raises what :func:`check` raises.
    """
    found = declared(notebook)
    given = {name: value for name, value in offered.items() if name in found} | dict(own)
    check(notebook.name, found, given)
    return given


def declared(notebook: Path) -> dict[str, Declared]:
    """What a notebook's ``parameters`` cell declares; :class:`NotebookUnfit` where it can't be read."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ())]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise NotebookUnfit(notebook=notebook.name, reason="it can't be read as a notebook") from None
    if len(sources) != 1:
        raise NotebookUnfit(notebook=notebook.name, reason=f"it has {len(sources)} cells tagged «parameters», not one")
    try:
        statements = ast.parse(sources[0]).body
    except SyntaxError as error:
        reason = f"line {error.lineno} of its parameters can't be read"
        raise NotebookUnfit(notebook=notebook.name, reason=reason) from None
    comments = _comments(sources[0])
    found = {}
    for statement in statements:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            reason = f"line {statement.lineno} of its parameters declares no name with a type"
            raise NotebookUnfit(notebook=notebook.name, reason=reason)
        name = statement.target.id
        comment = comments.get(statement.end_lineno or statement.lineno, "")
        found[name] = _one(notebook.name, name, ast.unparse(statement.annotation), comment)
    return found


def check(notebook: str, declared: Mapping[str, Declared], given: Mapping[str, Any]) -> None:
    """Hold ``given`` against what ``notebook`` declares.

    Raises :class:`UnknownParameter`, :class:`MissingParameter`, :class:`WrongParameter`, :class:`ParameterOutOfRange`,
    or what a period that is none raises; :class:`NotebookUnfit` where the notebook declares nothing, or a type that
    can't be checked.
    """
    if not declared:
        raise NotebookUnfit(notebook=notebook, reason="no cell tagged «parameters» declares anything")
    for name in given:
        if name not in declared:
            raise UnknownParameter(notebook=notebook, parameter=name, declared=", ".join(declared))
    for name, wanted in declared.items():
        if wanted.type not in _FITS:
            known = ", ".join(_FITS)
            reason = f"its parameter «{name}» has the type {wanted.type}; declare one of {known}"
            raise NotebookUnfit(notebook=notebook, reason=reason)
        if name not in given:
            raise MissingParameter(notebook=notebook, parameter=name)
        value = given[name]
        if not _FITS[wanted.type](value):
            raise WrongParameter(notebook=notebook, parameter=name, type=wanted.type, given=type(value).__name__)
        if name == "period":
            Period.parse(value)
        allowed = _allowed(wanted, value)
        if allowed is not None:
            raise ParameterOutOfRange(notebook=notebook, parameter=name, allowed=allowed, given=str(value)[:60])


def _allowed(wanted: Declared, value: Any) -> str | None:
    """What the value should have been; None where it is."""
    if wanted.choices and not set([value] if isinstance(value, str) else value) <= set(wanted.choices):
        return ", ".join(wanted.choices)
    if wanted.low is not None and wanted.high is not None:
        measure = value if isinstance(value, int | float) else len(value)
        if not wanted.low <= measure <= wanted.high:  # NaN is nowhere
            return f"{wanted.low:g} … {wanted.high:g}"
    return None


def _one(notebook: str, name: str, type_name: str, comment: str) -> Declared:
    bounds, choices = _BOUNDS.match(comment), _CHOICES.match(comment)
    if bounds and type_name != "bool":
        return Declared(type_name, low=float(bounds[1]), high=float(bounds[2]))
    if choices and type_name in ("str", "list[str]"):
        return Declared(type_name, choices=tuple(part.strip() for part in choices[1].split(",")))
    if _BEGINS_A_RANGE.match(comment):
        reason = f"what its parameter «{name}» may be can't be read: write # [low, high] or # {{one, another}}"
        raise NotebookUnfit(notebook=notebook, reason=reason)
    return Declared(type_name)


def _comments(source: str) -> dict[int, str]:
    """The comment of each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
