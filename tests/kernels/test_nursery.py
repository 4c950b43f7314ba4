"""Zygotes that die, owners that die, many at once, and what can't be forked: always a kernel, never a leftover."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal_lib.kernels import wire
from portal_lib.kernels.nursery import NoZygote, Nursery, _nurseries, nursery
from tests.awaiting import awaited
from tests.kernels.conftest import PRELOAD, write_spec
from tests.kernels.running import Place, is_running

LOG = logging.getLogger("tests.kernels")


def becomes(condition: Callable[[], bool], seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def own(tmp_path: Path) -> Place:
    """A kernelspec with a zygote of this test's own."""
    write_spec(tmp_path, "own", preload=[*PRELOAD, f"json.tool_{tmp_path.name}"[:9]])
    return Place(tmp_path, "own")


def nursery_of(place: Place) -> Nursery:
    spec = json.loads((place.specs / place.name / "kernel.json").read_text())
    return nursery(spec["metadata"]["kernel_provisioner"]["config"]["preload"])


@pytest.fixture
def zygote(own: Place):
    of_its_own = nursery_of(own)
    yield of_its_own
    of_its_own.close()
    for key, value in list(_nurseries.items()):
        if value is of_its_own:
            del _nurseries[key]


def test_when_the_zygote_is_killed_a_kernel_is_launched_and_the_next_is_forked(
    own: Place, zygote: Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    with own.kernel(log=LOG) as older:
        assert older.is_forked
        first = zygote.zygote_pid
        os.kill(first or 0, signal.SIGKILL)
        with caplog.at_level(logging.WARNING), own.kernel(log=LOG) as launched:
            assert not launched.is_forked and launched.run("1") == "1"
        assert "is launched and not forked: the zygote has died" in caplog.text
        assert "has died (-9); another starts" in caplog.text
        with own.kernel(log=LOG) as newer:
            assert newer.is_forked and newer.run("1") == "1"
            assert zygote.zygote_pid not in (None, first)
        assert older.run("2") == "2"  # a page stays open
        older.process.kill()
        assert older.process.wait(10) is not None


def test_who_looks_after_a_zygote_starts_another_before_anybody_asks(own: Place, zygote: Nursery) -> None:
    with own.kernel():
        first = zygote.zygote_pid
    os.kill(first or 0, signal.SIGKILL)
    assert becomes(lambda: zygote.zygote_pid is None)
    zygote.start()
    assert zygote.zygote_pid not in (None, first)
    with own.kernel() as kernel:
        assert kernel.is_forked


def test_what_died_while_it_was_asked_is_noticed(own: Place, zygote: Nursery) -> None:
    zygote.start()
    os.kill(zygote.zygote_pid or 0, signal.SIGSTOP)
    asked: list[bool] = []

    async def ask() -> None:
        request = wire.Request("/nowhere", {}, "/")
        waiting = asyncio.create_task(zygote.fork(request, [0, 1, 2], 30))
        await asyncio.sleep(0.3)
        os.kill(zygote.zygote_pid or 0, signal.SIGKILL)
        with pytest.raises(NoZygote, match="has died"):
            await waiting
        asked.append(True)

    awaited(ask())
    assert asked


def test_a_zygote_that_does_not_answer_is_not_waited_for(own: Place, zygote: Nursery) -> None:
    with own.kernel():
        pass
    os.kill(zygote.zygote_pid or 0, signal.SIGSTOP)
    try:
        with own.kernel(config={"patience": 0.5}) as kernel:
            assert not kernel.is_forked and kernel.run("1") == "1"
    finally:
        os.kill(zygote.zygote_pid or 0, signal.SIGCONT)
    with own.kernel() as kernel:
        assert kernel.is_forked
        children = Path(f"/proc/{zygote.zygote_pid}/task/{zygote.zygote_pid}/children")
        assert becomes(lambda: children.read_text().split() == [str(kernel.pid)])  # the one nobody waited for is gone


def test_a_zygote_that_can_not_fork_is_not_started_again_and_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "starts_a_thread.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    )
    bad = Nursery(["starts_a_thread"])
    monkeypatch.setattr("portal_lib.kernels.nursery._PASSED_ON", ("PATH", "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started = []
    launch = bad._launch
    monkeypatch.setattr(bad, "_launch", lambda: (started.append(1), launch())[1])
    for _ in range(4):
        with pytest.raises(NoZygote):
            awaited(bad.fork(wire.Request("/nowhere", {}, "/"), [0, 1, 2], 30))
    bad.close()
    assert len(started) == 1


def test_a_module_that_can_not_be_imported_is_left_to_the_kernels(tmp_path: Path) -> None:
    write_spec(tmp_path, "lacking", preload=["portal_lib.fast_imports", "no_such_module_anywhere"])
    with Place(tmp_path, "lacking").kernel() as kernel:
        assert kernel.is_forked and kernel.run("1") == "1"
    nursery(["portal_lib.fast_imports", "no_such_module_anywhere"]).close()


@pytest.mark.parametrize(
    ("launch", "why"),
    [
        ({"env": {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "PYTHONPATH": "/tmp"}}, "PYTHONPATH is read when Python"),
        ({"stdout": subprocess.PIPE}, "a fork makes no pipes"),
        ({"extra_arguments": ["--IPKernelApp.quiet=False"]}, "without --IPKernelApp.quiet=False"),
        ({"umask": 0o77}, "a fork knows no option umask"),
        ({"env": {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LARGE": "x" * 120_000, "L2": "x" * 120_000}}, None),
    ],
)
def test_what_a_fork_can_not_do_is_launched_and_the_log_says_why(
    place: Place, caplog: pytest.LogCaptureFixture, launch: dict[str, object], why: str | None
) -> None:
    with caplog.at_level(logging.WARNING), place.kernel(log=LOG, **launch) as kernel:
        assert kernel.is_forked == (why is None)
        assert kernel.run("1") == "1"
    assert why is None or why in caplog.text


def test_history_is_off_anyhow(place: Place) -> None:
    with place.kernel(extra_arguments=["--HistoryManager.enabled=False"]) as kernel:
        assert kernel.is_forked
        assert kernel.run("get_ipython().history_manager.enabled") == "False"


def test_a_hundred_at_once_all_answer(place: Place, warm: Nursery, tmp_path: Path) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    specs = KernelSpecManager(kernel_dirs=[str(place.specs)])
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}

    async def one(number: int) -> tuple[int, str]:
        manager = AsyncKernelManager(
            kernel_name=place.name,
            kernel_spec_manager=specs,
            transport="ipc",
            connection_file=f"/tmp/k-{os.getpid()}-{number}.json",
        )
        await manager.start_kernel(env=environment | {"NUMBER": str(number)}, cwd=str(tmp_path))
        client = manager.client()
        client.start_channels(hb=False, stdin=False)
        try:
            said = await client.execute_interactive("import os", user_expressions={"n": "os.environ['NUMBER']"})
            pid = manager.provisioner.pid
            return pid, said["content"]["user_expressions"]["n"]["data"]["text/plain"]
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    async def all_at_once() -> list[tuple[int, str]]:
        return await asyncio.gather(*(one(number) for number in range(100)))

    told = awaited(all_at_once())
    assert [value for _, value in told] == [repr(str(number)) for number in range(100)]
    assert len({pid for pid, _ in told}) == 100
    assert not [pid for pid, _ in told if is_running(pid)]
    assert warm.zygote_pid is not None
    children = Path(f"/proc/{warm.zygote_pid}/task/{warm.zygote_pid}/children")
    assert becomes(lambda: children.read_text() == "")


OWNER = """
import sys, os, time
import portal_lib.fast_imports
from pathlib import Path
from tests.kernels.running import Place
with Place(Path(sys.argv[1]), "tested").kernel() as kernel:
    from portal_lib.kernels.nursery import _nurseries
    (own,) = _nurseries.values()
    kernel.ask(sys.argv[2])
    print(kernel.is_forked, own.zygote_pid, kernel.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("busy", ["1", "while True: pass", "import subprocess; subprocess.run(['sleep', '600'])"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_zygote_and_kernels_end_with_their_owner(specs: Path, busy: str, end: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(specs), busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with owner:
        assert owner.stdout is not None
        forked, zygote, kernel = owner.stdout.readline().split()
        assert forked == "True" and is_running(int(zygote)) and is_running(int(kernel))
        started = Path(f"/proc/{kernel}/task/{kernel}/children")
        assert "subprocess" not in busy or becomes(lambda: started.read_text() != "")
        children = [int(child) for child in started.read_text().split()]
        owner.send_signal(end)
        owner.wait(10)
        assert becomes(lambda: not is_running(int(zygote)))
        assert becomes(lambda: not is_running(int(kernel)))
        assert becomes(lambda: not [child for child in children if is_running(child)])


def test_closing_a_nursery_ends_its_zygote_and_its_kernels(own: Place, zygote: Nursery) -> None:
    with own.kernel() as kernel:
        pid = zygote.zygote_pid
        zygote.close()
        assert not is_running(pid or 0)
        assert kernel.process.wait(10) is not None


def test_nobody_else_is_served() -> None:
    """A socket pair that this process made, in the hands of a zygote that another one starts."""
    mine, theirs = wire.pair()
    code = (
        "import subprocess, sys\n"
        "sys.exit(subprocess.run([sys.executable, '-m', 'portal_lib.kernels.zygote', sys.argv[1], '0', ''],"
        " pass_fds=[int(sys.argv[1])]).returncode)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        capture_output=True,
        text=True,
        check=False,
    )
    mine.close()
    theirs.close()
    assert told.returncode != 0
    assert f"asked to serve process {os.getpid()}" in told.stderr


@pytest.mark.parametrize(
    ("rehearsal", "said"),
    [
        ("kept = []\ndef rehearse(run):\n    kept.append(open('/dev/null'))\n", "left something behind"),
        ("def rehearse(run):\n    run('1 / 0')\n", "stopped"),
        ("def rehearse(run):\n    run('left_by_the_rehearsal = 1')\n", ""),
    ],
)
def test_a_rehearsal_that_fails_or_leaves_something_behind_costs_no_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], rehearsal: str, said: str
) -> None:
    (tmp_path / "rehearsed.py").write_text(rehearsal)
    monkeypatch.setattr("portal_lib.kernels.nursery._PASSED_ON", ("PATH", "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    write_spec(tmp_path, "rehearsing", preload=PRELOAD, rehearsal="rehearsed:rehearse")
    with Place(tmp_path, "rehearsing").kernel() as kernel:
        assert kernel.is_forked
        assert kernel.run("'left_by_the_rehearsal' in globals()") == "False"
    nursery(PRELOAD, "rehearsed:rehearse").close()
    _nurseries.pop((os.getpid(), "rehearsed:rehearse", tuple(PRELOAD)))
    errors = capfd.readouterr().err
    assert said in errors if said else errors == ""


def test_a_nursery_is_closed_once_and_starts_nothing_any_more() -> None:
    own = Nursery(PRELOAD)
    own.start()
    own.close()
    taken = os.pipe()  # numbers that were the nursery's a moment ago
    own.close()
    for descriptor in taken:
        os.close(descriptor)
    with pytest.raises(NoZygote, match="has ended it"):
        own.start()
