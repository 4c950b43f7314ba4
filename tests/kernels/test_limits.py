"""A kernel takes what it may and no more, whether it was forked or launched."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from portal_lib.kernels.limits import Limits
from tests.kernels.running import CellFailed, Place


def limits_of(pid: int) -> dict[str, tuple[str, str]]:
    found = {}
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]:
        found[line[:25].strip()] = (line[26:46].strip(), line[47:67].strip())
    return found


def test_over_its_memory_a_cell_fails_and_the_kernel_lives_on(place: Place) -> None:
    with place.kernel(config={"memory_mb": 64}) as kernel:
        assert kernel.run("len(bytearray(30_000_000))") == "30000000"
        with pytest.raises(CellFailed, match="MemoryError"):
            kernel.run("bytearray(100_000_000)")
        with pytest.raises(CellFailed, match="MemoryError"):
            kernel.run("import numpy; numpy.ones(100_000_000)")
        assert kernel.run("1") == "1"


def test_what_is_mapped_from_a_file_does_not_count(place: Place, tmp_path: Path) -> None:
    """SQLite maps the whole database: it is shared by all kernels."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 30)
    with place.kernel(config={"memory_mb": 64}) as kernel:
        code = (
            f"import mmap\nfile = open({str(tmp_path / 'large')!r}, 'rb')\n"
            "len(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))"
        )
        assert kernel.run(code) == str(1 << 30)


def test_over_its_processor_time_it_ends(place: Place) -> None:
    with place.kernel(config={"cpu_seconds": 1}) as kernel:
        kernel.ask("while True: pass")
        assert kernel.process.wait(30) == -24  # SIGXCPU


def test_over_its_files_opening_fails(place: Place) -> None:
    with place.kernel(config={"open_files": 128}) as kernel:
        with pytest.raises(CellFailed, match="Too many open files"):
            kernel.run("import os; pipes = [os.pipe() for _ in range(100)]")
        assert kernel.run("1") == "1"


def test_it_can_not_raise_them_and_leaves_no_core(place: Place) -> None:
    given = {"memory_mb": 512, "cpu_seconds": 100, "open_files": 256}
    with place.kernel(config=given) as kernel:
        found = limits_of(kernel.pid)
        assert found["Max cpu time"] == ("100", "105")
        assert found["Max open files"] == ("256", "256")
        assert found["Max core file size"] == ("0", "0")
        soft, hard = found["Max data size"]
        assert soft == hard and 512 << 20 < int(soft) < 2048 << 20


def test_a_kernel_that_is_launched_has_them_too(place: Place) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "PYTHONHASHSEED": "0"}
    with place.kernel(config={"memory_mb": 512, "cpu_seconds": 100, "open_files": 256}, env=environment) as kernel:
        assert not kernel.is_forked
        found = limits_of(kernel.pid)
        assert (found["Max cpu time"][0], found["Max open files"][0]) == ("100", "256")
        assert int(found["Max data size"][0]) > 512 << 20
        with pytest.raises(CellFailed, match="MemoryError"):
            kernel.run("bytearray(2_000_000_000)")


def test_the_owners_lower_limits_stay() -> None:
    code = (
        "import resource\n"
        "from portal_lib.kernels.limits import Limits\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "Limits(open_files=512).apply_to_child()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "(64, 64)"


def test_without_numbers_nothing_but_core_files_is_limited() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with subprocess.Popen(["sleep", "60"]) as process:
        Limits().apply_to_launched(process.pid)
        assert resource.prlimit(process.pid, resource.RLIMIT_DATA) == before
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)
        process.kill()
