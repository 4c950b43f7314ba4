"""The comparison in docs/accounts.md proves what it says: every row names a test, and the test is there."""

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
ROWS = [
    line
    for line in (CHECKOUT / "docs" / "accounts.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
][1:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_row_names_a_test_that_is_there(row):
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert len(cells) == 6 and all(cells)
    path, _, name = re.fullmatch(r"`(tests/[\w/]+\.py)(::(\w+))?`", cells[5]).groups()
    tree = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
    tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name in tests if name else any(test.startswith("test_") for test in tests)
