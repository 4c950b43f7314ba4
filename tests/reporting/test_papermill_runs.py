import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from portal_lib.reporting.papermill_runs import KernelStopped, KernelTooSlow, run_notebook


def notebook(path: Path, *cells: str, parameters: str = 'period: str = "2024-01"') -> Path:
    book = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for source in (parameters, *cells):
        book.cells.append(nbformat.v4.new_code_cell(source))  # type: ignore[no-untyped-call]
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, path)  # type: ignore[no-untyped-call]
    return path


def run(folder: Path, *cells: str, **changed: Any) -> Path:
    arguments: dict[str, Any] = {
        "parameters": {"period": "2024-09"},
        "environment": {"PATH": os.environ["PATH"], "PORTAL_VISITOR": "me"},
        "folder": folder,
        "seconds": 60,
    } | changed
    output = folder / "out.ipynb"
    run_notebook(notebook(folder / "in.ipynb", *cells), output, **arguments)
    return output


def test_the_kernel_has_its_parameters_its_folder_and_no_environment_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_ACCOUNTS_URL", "postgresql://portal:secret@db/accounts")
    run(
        tmp_path,
        "import json, os, pathlib\n"
        "pathlib.Path('told.json').write_text(json.dumps([period, sorted(os.environ), os.environ['PORTAL_VISITOR']]))",
    )
    period, environment, visitor = json.loads((tmp_path / "told.json").read_text())
    assert (period, visitor) == ("2024-09", "me")
    assert [name for name in environment if name.startswith("PORTAL_")] == ["PORTAL_VISITOR"]


def test_a_brace_in_a_folders_name_is_a_brace(tmp_path: Path) -> None:
    folder = tmp_path / "var{period}"
    folder.mkdir()
    assert run(folder, "1 + 1").is_file()


def test_a_cell_that_raises_stops_the_run_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(KernelStopped, match="ValueError: no such thing"):
        run(tmp_path, "raise ValueError('no such thing')", "open('after', 'w').close()")
    assert (tmp_path / "out.ipynb").is_file()
    assert not (tmp_path / "after").exists()


def test_a_kernel_that_dies_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(KernelStopped):
        run(tmp_path, "import os; os._exit(3)")


def test_all_cells_together_have_one_deadline(tmp_path: Path) -> None:
    pause = "import time; time.sleep(0.8)"
    with pytest.raises(KernelTooSlow):
        run(tmp_path, "open('before', 'w').close()", *[pause] * 5, seconds=3)
    assert (tmp_path / "before").exists()
    executed = json.loads((tmp_path / "out.ipynb").read_text())  # as far as it came, for who wants to know why
    assert [cell["execution_count"] is not None for cell in executed["cells"]][1:3] == [True, True]


def test_the_costly_grammar_is_never_compiled() -> None:
    program = "import sys, portal_lib.reporting.papermill_runs; print(sys.modules.get('rfc3987_syntax'))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "None"
