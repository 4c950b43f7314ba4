"""Every notebook of the project: thin, without outputs, and running from top to bottom on a small supplier's data.

That they run is proved here, in kernels that see the environment a visitor's or an analyst's kernel has; that the
numbers are right is for the tests of the parts they put together.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from portal_lib import db
from tests.reporting.conftest import HALL, TOWN, Day, fill, measure

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(
    path
    for folder in ("notebooks", "reports")
    for path in (ROOT / folder).rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
REPORTS = [path for path in NOTEBOOKS if path.parent == ROOT / "reports"]

#: What belongs into a module, where it has a name and a test.
LOGIC = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.If,
    ast.Try,
    ast.With,
)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def cells(path: Path, kind: str = "code") -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def is_parameters(cell: dict[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", ())


def test_there_are_notebooks_to_walk() -> None:
    assert {named(path) for path in REPORTS} == {
        "reports/r1_consumi_mensili.ipynb",
        "reports/r2_dati_di_sintesi.ipynb",
        "reports/r3_monitoraggio.ipynb",
        "reports/r4_curve_orarie.ipynb",
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_begins_with_its_title(path: Path) -> None:
    first = json.loads(path.read_text())["cells"][0]
    assert first["cell_type"] == "markdown"
    assert source(first).startswith("# ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    for cell in cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_puts_parts_together_and_holds_no_logic_of_its_own(path: Path) -> None:
    statements = []
    for cell in cells(path):
        tree = ast.parse(source(cell))
        assert not [node for node in ast.walk(tree) if isinstance(node, LOGIC)], source(cell)
        if not is_parameters(cell):
            statements += [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert 1 <= len(statements) <= 10


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_names_the_environments_own_kernel(path: Path) -> None:
    assert json.loads(path.read_text())["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("path", REPORTS, ids=named)
def test_a_report_declares_each_parameter_with_its_type(path: Path) -> None:
    (declared,) = [cell for cell in cells(path) if is_parameters(cell)]
    body = ast.parse(source(declared)).body
    assert body
    for statement in body:
        assert isinstance(statement, ast.AnnAssign), source(declared)
        assert statement.value is not None


@dataclass
class Records:
    """A portal that takes staff reads, and what it was told."""

    url: str
    taken: list[tuple[str | None, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def records() -> Iterator[Records]:
    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.taken.append((self.headers["Authorization"], json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Take)
    told = Records(f"http://127.0.0.1:{server.server_port}/reads")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def data_url(tmp_path: Path) -> str:
    """A small supplier: September 2024, the clock-change days, and two weeks of 2025."""
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    db.migrate("data", url)
    measured = measure()
    weeks = [date(2025, 1, 6) + timedelta(days=n) for n in range(14)]
    measured[HALL, "Ea"] |= {day: Day((100,) * 96) for day in weeks}
    engine = db.open_engine(url)
    fill(engine, measured)
    engine.dispose()
    return url


def test_every_notebook_runs_from_top_to_bottom(tmp_path: Path, data_url: str, records: Records) -> None:
    copies = tmp_path / "notebooks"
    for path in NOTEBOOKS:
        place = copies / path.stem  # a folder each: a report writes where it runs
        place.mkdir(parents=True)
        shutil.copy(path, place)
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "PORTAL_VISITOR": json.dumps({"name": "c-tester", "codes": [TOWN]}),
        "PORTAL_DATA_URL": data_url,
        "PORTAL_READS_URL": records.url,
        "JUPYTERHUB_USER": "s-tester",
        "JUPYTERHUB_API_TOKEN": "for-this-test",
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
    }
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-q", "."],
        cwd=copies,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    for report in REPORTS:
        written = {file.name for file in (copies / report.stem).glob("report.*")}
        assert written == {"report.xlsx", "report.csv", "report.pdf"}
    analyses = [path for path in NOTEBOOKS if "analisi" in path.parts]
    assert [token for token, _ in records.taken] == ["token for-this-test"] * len(analyses)
