"""Parameters are checked before a kernel starts.

papermill only warns about a parameter that a notebook does not know, and then runs the default: a typo would
give the report of another month. Here the notebook's ``parameters`` cell is the contract: each parameter
declared with a type, each one given, none besides.
"""

from collections.abc import Callable, Mapping
from typing import Any

from portal_lib.reporting.exceptions import MissingParameter, NotebookUnfit, UnknownParameter, WrongParameter

#: What the runner gives to every notebook: the month, where to write, and what the catalogue says of the report.
GIVEN_BY_RUNNER = frozenset({"period", "folder", "title", "tender", "formats"})


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_FITS: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": _is_int,
    "float": lambda value: isinstance(value, float) or _is_int(value),
    "list[str]": lambda value: isinstance(value, list) and all(isinstance(part, str) for part in value),
}


def check(notebook: str, declared: Mapping[str, str], given: Mapping[str, Any]) -> None:
    """Hold ``given`` against what ``notebook`` declares (name -> type as written in its ``parameters`` cell).

    Raises :class:`UnknownParameter`, :class:`MissingParameter` or :class:`WrongParameter`;
    :class:`NotebookUnfit` where the notebook declares nothing, or a type that can't be checked.
    """
    if not declared:
        raise NotebookUnfit(notebook=notebook, reason="no cell tagged «parameters» declares anything")
    for name in given:
        if name not in declared:
            raise UnknownParameter(notebook=notebook, parameter=name, declared=", ".join(declared))
    for name, type_name in declared.items():
        if type_name not in _FITS:
            known = ", ".join(_FITS)
            raise NotebookUnfit(
                notebook=notebook,
                reason=f"its parameter «{name}» has the type {type_name}; declare one of {known}",
            )
        if name not in given:
            raise MissingParameter(notebook=notebook, parameter=name)
        if not _FITS[type_name](given[name]):
            raise WrongParameter(notebook=notebook, parameter=name, type=type_name, given=type(given[name]).__name__)
