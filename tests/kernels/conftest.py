"""A kernelspec of the tests' own, with a small zygote: what the portal's needs is for test_specs.py."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal_lib.kernels.nursery import Nursery, nursery
from tests.kernels.running import Place

PRELOAD = ["portal_lib.fast_imports", "numpy.random", "ipywidgets"]


def write_spec(folder: Path, name: str, **config: object) -> None:
    spec = {
        "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"],
        "display_name": name,
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "portal-fork", "config": config}},
    }
    (folder / name).mkdir()
    (folder / name / "kernel.json").write_text(json.dumps(spec))


@pytest.fixture(scope="session")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kernelspecs")
    write_spec(folder, "tested", preload=PRELOAD)
    return folder


@pytest.fixture(scope="session")
def place(specs: Path, warm: Nursery) -> Place:
    """Where the tests' kernels are forked; its zygote is warm already."""
    place = Place(specs, "tested")
    with place.kernel() as first:
        assert first.is_forked
    return place


@pytest.fixture(scope="session")
def warm() -> Iterator[Nursery]:
    """The nursery of the tests' kernels."""
    own = nursery(PRELOAD)
    own.start()
    yield own
    own.close()
