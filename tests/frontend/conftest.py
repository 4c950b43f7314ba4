"""The service on this room's own notebooks, and the browser of the journeys."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import browser_context_args, browser_type_launch_args, windows_are_closed
from tests.journeys.portal import CHECKOUT, free_port

__all__ = ["browser_context_args", "browser_type_launch_args", "windows_are_closed"]

HERE = Path(__file__).parent


class Pages:
    """``tests.frontend.serve`` in a process of its own."""

    def __init__(self, var: Path, notebooks: Path = HERE / "notebooks") -> None:
        self.var = var
        self.notebooks = notebooks
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/services/portale/"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.var / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.frontend.serve", str(self.notebooks), str(self.port), str(self.var)],
                cwd=CHECKOUT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(self.address + "static/nothing", timeout=5)
            if self._answers():
                return
            assert self._process.poll() is None, self.log
            time.sleep(0.1)
        raise AssertionError(self.log)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.address + "api/kernels/none", timeout=5)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    @property
    def log(self) -> str:
        return (self.var / "log").read_text(errors="replace")

    def stop(self, how: int = signal.SIGTERM) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process = None

    def end_session(self) -> None:
        """The visitor has logged out."""
        (self.var / "session-over").touch()

    def log_in_again(self) -> None:
        (self.var / "session-over").unlink(missing_ok=True)


@contextlib.contextmanager
def serving(var: Path, notebooks: Path = HERE / "notebooks") -> Iterator[Pages]:
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir(parents=True)
    pages = Pages(var, notebooks)
    pages.start()
    try:
        yield pages
    finally:
        pages.stop()


@pytest.fixture(scope="session")
def pages() -> Iterator[Pages]:
    with serving(CHECKOUT / "var-tests" / f"frontend-{os.getpid()}") as pages:
        yield pages
    shutil.rmtree(pages.var, ignore_errors=True)


@pytest.fixture
def window(browser, browser_context_args, pages):
    """A browser window; what its console complains of must be nothing."""
    complaints: list[str] = []
    context = browser.new_context(**browser_context_args)

    def listen(page):
        page.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    context.on("page", listen)
    context.complaints = complaints
    yield context
    context.close()
