import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.refused import Refused
from portal_lib.reporting import exceptions
from portal_lib.reporting.exceptions import (
    MissingParameter,
    NotebookUnfit,
    ParameterOutOfRange,
    UnknownParameter,
    WrongParameter,
)
from portal_lib.reporting.parameters import GIVEN_BY_RUNNER, Declared, check, declared, for_run
from portal_lib.reporting.tenders import REPORTS_FOLDER

TYPES = {"period": "str", "formats": "list[str]", "days": "int", "factor": "float", "draft": "bool"}
DECLARED = {name: Declared(type_name) for name, type_name in TYPES.items()}
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


@pytest.mark.parametrize("text", ["2024-13", "2024-Q5", "24-01", "", "2024-09 "])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(exceptions.BadPeriod):
        check("r.ipynb", DECLARED, GIVEN | {"period": text})


@pytest.mark.parametrize("types", [{}, {"period": "None"}, {"period": "datetime"}])
def test_a_notebook_whose_parameters_cannot_be_checked_is_refused(types: dict[str, str]) -> None:
    with pytest.raises(NotebookUnfit, match=r"r\.ipynb"):
        check("r.ipynb", {name: Declared(one) for name, one in types.items()}, dict.fromkeys(types, "x"))


def notebook(folder: Path, *sources: str) -> Path:
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source.splitlines(True)}
        for source in sources
    ]
    path = folder / "r.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# R"}, *cells]}))
    return path


def test_the_cell_says_names_types_and_what_each_may_be(tmp_path: Path) -> None:
    source = (
        'title: str = "x # [1, 2]"\n'
        "version: int = 1  # [1, 9999] which one\n"
        "share: float = 0.5  # [-0.5, 1.5]\n"
        'language: str = "it"  # {it, en} of the documents\n'
        'formats: list[str] = [\n    "csv",\n]  # {csv, pdf}\n'
        "draft: bool = False  # whether to mark it\n"
    )
    assert declared(notebook(tmp_path, source)) == {
        "title": Declared("str"),
        "version": Declared("int", low=1, high=9999),
        "share": Declared("float", low=-0.5, high=1.5),
        "language": Declared("str", choices=("it", "en")),
        "formats": Declared("list[str]", choices=("csv", "pdf")),
        "draft": Declared("bool"),
    }


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ((), "0 cells tagged"),
        (("a: int = 1", "b: int = 1"), "2 cells tagged"),
        (("a = 1",), "line 1 of its parameters declares no name"),
        (("a: int = 1\nfor x in (): pass",), "line 2"),
        (("a: int = = 1",), "can't be read"),
        (("a: int = 1  # [1; 9] how many",), "«a» may be can't be read"),
        (("a: int = 1  # {1, 2}",), "«a» may be can't be read"),
        (("a: bool = True  # [0, 1]",), "«a» may be can't be read"),
    ],
)
def test_a_cell_that_is_no_contract_is_refused(tmp_path: Path, sources: tuple[str, ...], reason: str) -> None:
    with pytest.raises(NotebookUnfit, match=reason):
        declared(notebook(tmp_path, *sources))


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.ipynb").write_bytes(b"\xff\xfe not json")
    with pytest.raises(NotebookUnfit, match="can't be read as a notebook"):
        declared(tmp_path / "r.ipynb")


@pytest.mark.parametrize(
    ("wanted", "fits", "fails"),
    [
        (Declared("int", low=1, high=9), [1, 9], [0, 10]),
        (Declared("float", low=0, high=1), [0.0, 1, 0.5], [-0.1, 1.1, float("nan"), float("inf")]),
        (Declared("str", low=1, high=3), ["a", "abc"], ["", "abcd"]),
        (Declared("list[str]", low=1, high=2), [["a"], ["a", "b"]], [[], ["a", "b", "c"]]),
        (Declared("str", choices=("it", "en")), ["it"], ["de", "", "IT"]),
        (Declared("list[str]", choices=("csv", "pdf")), [[], ["pdf", "csv"]], [["csv", "xls"]]),
    ],
)
def test_a_value_out_of_its_range_is_refused_with_what_it_may_be(
    wanted: Declared, fits: list[Any], fails: list[Any]
) -> None:
    for value in fits:
        check("r.ipynb", {"a": wanted}, {"a": value})
    for value in fails:
        with pytest.raises(ParameterOutOfRange, match=r"«a».*may be"):
            check("r.ipynb", {"a": wanted}, {"a": value})


def test_a_run_takes_of_what_is_offered_what_the_notebook_declares(tmp_path: Path) -> None:
    path = notebook(tmp_path, 'period: str = "2024-01"\nlimit: int = 5  # [1, 9]')
    offered = {"period": "2024-09", "language": "it"}
    assert for_run(path, offered, {"limit": 7}) == {"period": "2024-09", "limit": 7}
    with pytest.raises(MissingParameter, match="«limit»"):
        for_run(path, offered, {})
    with pytest.raises(UnknownParameter, match="«limti»"):
        for_run(path, offered, {"limti": 7})


@pytest.mark.parametrize("path", sorted(REPORTS_FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_shipped_notebooks_take_what_the_runner_gives_and_their_own_defaults_are_allowed(path: Path) -> None:
    found = declared(path)
    assert found.keys() >= GIVEN_BY_RUNNER
    cells = json.loads(path.read_text())["cells"]
    source = next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
    defaults: dict[str, Any] = {}
    exec(source, defaults)  # noqa: S102
    check(path.name, found, {name: defaults[name] for name in found})


@given(st.dictionaries(st.sampled_from([*TYPES, "other"]), st.none() | st.booleans() | st.integers() | st.text()))
def test_whatever_is_given_is_taken_whole_or_refused_in_words(given: dict[str, Any]) -> None:
    try:
        check("r.ipynb", DECLARED, given)
    except Refused as refusal:
        assert refusal.say("it") and refusal.say("en")
    else:
        assert given.keys() == DECLARED.keys()
