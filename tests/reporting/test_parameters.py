from typing import Any

import pytest

from portal_lib.reporting.exceptions import (
    MissingParameter,
    NotebookUnfit,
    UnknownParameter,
    WrongParameter,
)
from portal_lib.reporting.parameters import check

DECLARED = {"period": "str", "formats": "list[str]", "days": "int", "factor": "float", "draft": "bool"}
GIVEN: dict[str, Any] = {"period": "2024-09", "formats": ["csv"], "days": 3, "factor": 1, "draft": False}


def test_parameters_as_declared_are_taken() -> None:
    check("r.ipynb", DECLARED, GIVEN)


def test_a_misspelt_parameter_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownParameter, match=r"«peroid».*period, formats"):
        check("r.ipynb", DECLARED, GIVEN | {"peroid": "2024-09"})


@pytest.mark.parametrize("name", DECLARED)
def test_a_parameter_that_nobody_gave_is_refused_by_name(name: str) -> None:
    with pytest.raises(MissingParameter, match=f"«{name}»"):
        check("r.ipynb", DECLARED, {key: value for key, value in GIVEN.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("period", 202409),
        ("period", None),
        ("formats", "csv"),
        ("formats", ["csv", 1]),
        ("formats", ("csv",)),
        ("days", "3"),
        ("days", True),
        ("days", 3.0),
        ("factor", "1"),
        ("draft", 0),
    ],
)
def test_a_parameter_of_another_type_is_refused_by_name_and_type(name: str, value: object) -> None:
    with pytest.raises(WrongParameter, match=rf"«{name}».*{type(value).__name__}"):
        check("r.ipynb", DECLARED, GIVEN | {name: value})


@pytest.mark.parametrize("declared", [{}, {"period": "None"}, {"period": "datetime"}])
def test_a_notebook_whose_parameters_cannot_be_checked_is_refused(declared: dict[str, str]) -> None:
    with pytest.raises(NotebookUnfit, match=r"r\.ipynb"):
        check("r.ipynb", declared, dict.fromkeys(declared, "x"))
