"""The kernelspecs that come with the package: found without installing, forkable, and able to run what they are for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from traitlets.config import Config

from portal_lib.kernels import PAGE_KERNEL, REPORT_KERNEL, nursery, specs
from portal_lib.kernels.forked import Forked
from portal_lib.kernels.specs import ForkedKernelManager, ForkedKernelSpecs, nursery_of
from portal_lib.language import Language
from portal_lib.settings import Settings
from portal_lib.visitor import Visitor
from portal_lib.web.kernels import kernel_environment
from portal_lib.web.visitors import Guest
from tests.kernels.running import Place
from tests.reporting.conftest import TOWN, fill, measure

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
KERNELSPECS = Path(specs.__file__).parent / "kernelspecs"


@pytest.fixture(scope="module", autouse=True)
def _no_zygote_is_left():
    yield
    nursery.close_all()


def test_they_are_found_beside_those_of_the_machine() -> None:
    assert {PAGE_KERNEL, REPORT_KERNEL, "python3"} <= set(ForkedKernelSpecs().get_all_specs())
    assert PAGE_KERNEL not in KernelSpecManager().get_all_specs()


@pytest.mark.parametrize("name", [PAGE_KERNEL, REPORT_KERNEL])
def test_its_zygote_comes_up_without_a_word(name: str, tmp_path: Path) -> None:
    """Every module is there, the rehearsal runs to its end, and one thread with nothing open is left."""
    program = (
        "import asyncio, sys\n"
        "import portal_lib.fast_imports\n"
        "from portal_lib.kernels.specs import ForkedKernelManager\n"
        "async def main():\n"
        "    kernel = ForkedKernelManager(kernel_name=sys.argv[1], transport='ipc', connection_file=sys.argv[2])\n"
        "    await kernel.start_kernel()\n"
        "    print(type(kernel.provisioner.process).__name__)\n"
        "    await kernel.shutdown_kernel(now=True)\n"
        "asyncio.run(main())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, name, f"/tmp/k-{os.getpid()}.json"], capture_output=True, text=True, check=False
    )
    assert (told.stdout.strip(), told.stderr) == ("Forked", "")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A portal with the small supplier of the reports' tests."""
    from portal_lib import db

    settings = Settings(var=tmp_path)
    (tmp_path / "kernels").mkdir()
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)
    fill(engine, measure())
    engine.dispose()
    return settings


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_page_runs_in_a_forked_kernel_as_its_visitor(path: Path, settings: Settings) -> None:
    guest = Guest(Visitor(name="c-tester", codes=frozenset({TOWN})), staff=False)
    environment = kernel_environment(settings, guest)
    limits = {
        "memory_mb": settings.page_memory_mb,
        "cpu_seconds": settings.page_cpu_seconds,
        "open_files": settings.page_open_files,
    }
    with Place(KERNELSPECS, PAGE_KERNEL).kernel(
        config=limits, env=environment, cwd=str(settings.var / "kernels")
    ) as kernel:
        assert kernel.is_forked
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                kernel.run("".join(cell["source"]))
        assert int(kernel.run("import ipywidgets; len(ipywidgets.widgets.widget._instances)")) > 3


def test_nothing_of_the_rehearsal_is_left_in_a_page(settings: Settings) -> None:
    with Place(KERNELSPECS, PAGE_KERNEL).kernel() as kernel:
        said = kernel.run(
            "import gc, os, sqlalchemy, ipywidgets\n"
            "engines = [thing for thing in gc.get_objects() if isinstance(thing, sqlalchemy.engine.Engine)]\n"
            "print(len(engines), len(ipywidgets.widgets.widget._instances),"
            " [name for name in os.environ if name.startswith('PORTAL_')])"
        )
        assert said.strip() == "0 0 []"


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_page_speaks_its_visitors_language_and_not_the_rehearsals(settings: Settings, language: Language) -> None:
    guest = Guest(Visitor(name="c-tester", codes=frozenset({TOWN})), staff=False)
    environment = kernel_environment(settings, guest, language)
    with Place(KERNELSPECS, PAGE_KERNEL).kernel(env=environment) as kernel:
        for cell in json.loads((NOTEBOOKS / "grafici_avanzati.ipynb").read_text())["cells"][:3]:
            if cell["cell_type"] == "code":
                kernel.run("".join(cell["source"]))
        said = kernel.run(
            "import ipywidgets\n"
            "shown = ipywidgets.widgets.widget._instances.values()\n"
            "print([widget.description for widget in shown if hasattr(widget, 'description')])"
        )
        assert ("Supply point" in said, "Fornitur" in said) == (language == "en", language == "it"), said


def test_nbclient_runs_a_notebook_in_a_forked_kernel(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(code) for code in ("a = 20", "print('hi')\na + 1", "1 / 0")]
    book.cells[2].metadata["tags"] = ["raises-exception"]
    client = NotebookClient(
        book,
        kernel_name=REPORT_KERNEL,
        kernel_manager_class=ForkedKernelManager,
        config=Config({"KernelManager": {"transport": "ipc", "ip": f"/tmp/k-{os.getpid()}-nb"}}),
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    assert [output["output_type"] for output in book.cells[1].outputs] == ["stream", "execute_result"]
    assert book.cells[1].outputs[1]["data"]["text/plain"] == "21"
    assert book.cells[2].outputs[0]["ename"] == "ZeroDivisionError"


def test_papermill_runs_a_report_in_a_forked_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal_lib.reporting.papermill_runs import run_notebook

    seen = []
    shutdown = ForkedKernelManager._async_kill_kernel

    async def noticing(self, *given, **named):
        seen.append(self.provisioner.process)
        await shutdown(self, *given, **named)

    monkeypatch.setattr(ForkedKernelManager, "_kill_kernel", noticing)
    monkeypatch.setattr(ForkedKernelManager, "_async_kill_kernel", noticing)
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell("n = 1"), nbformat.v4.new_code_cell("open('told', 'w').write(str(n))")]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, tmp_path / "in.ipynb")
    run_notebook(
        tmp_path / "in.ipynb",
        tmp_path / "out.ipynb",
        parameters={"n": 7},
        environment={"PATH": os.environ["PATH"]},
        folder=tmp_path,
        seconds=60,
    )
    assert (tmp_path / "told").read_text() == "7"
    assert [type(process) for process in seen] == [Forked]


def test_warming_up_twice_warms_one() -> None:
    own = nursery_of(PAGE_KERNEL)
    own.start()
    first = own.zygote_pid
    own.start()
    assert first is not None and nursery_of(PAGE_KERNEL).zygote_pid == first
