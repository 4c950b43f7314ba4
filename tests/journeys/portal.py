"""A whole portal for the journeys: the demo supplier, served as ``make run`` serves it, on ports of its own."""

import contextlib
import email
import email.policy
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

#: Passwords of the journeys' own accounts.
PASSWORD = "Girasole-2024!"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Portal:
    """``python -m demo`` in a process of its own, with what the tests ask of it."""

    def __init__(self, var: Path, settings: dict[str, str] | None = None) -> None:
        self.var = var
        self.settings = settings or {}
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL")}
        return clean | {
            "PORTAL_CONFIG": str(CHECKOUT / "demo" / "portal.toml"),
            "PORTAL_VAR": str(self.var),
            "PORTAL_PORT": str(self.port),
            "PORTAL_REPORTS_EVERY_MINUTES": "0",  # what is deposited when is the tests' own affair
            **self.settings,
        }

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "demo"],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        reader = threading.Thread(target=self._listen, args=(self._process, ready), daemon=True)
        reader.start()
        if not ready.wait(180):
            raise AssertionError(f"the portal did not come up:\n{self.text}\n{self.logs}")

    def _listen(self, process: "subprocess.Popen[str]", ready: threading.Event) -> None:
        for line in process.stdout or ():
            self.said.append(line)
            if "Ctrl-C" in line:
                ready.set()

    @property
    def text(self) -> str:
        return "".join(self.said)

    @property
    def logs(self) -> str:
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}"
            for log in sorted((self.var / "logs").glob("*"))
        )

    def stop(self, how: int = signal.SIGINT) -> int:
        """End the portal as Ctrl-C does; returns its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(how)
        try:
            return self._process.wait(30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run ``portal …`` as an operator of this portal would."""
        return subprocess.run(
            [str(Path(sys.prefix) / "bin" / "portal"), *words],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def mails(self, recipient: str) -> list[str]:
        """The texts of the mails to one address, oldest first."""
        found = []
        for path in sorted((self.var / "outbox").glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if recipient in str(message["To"]):
                found.append(message.get_body(("plain",)).get_content())
        return found

    def link_for(self, recipient: str) -> str:
        """The link of the newest mail to an address, once it has arrived."""
        for _ in range(200):
            mails = self.mails(recipient)
            if mails:
                return re.search(rf"{re.escape(self.address)}/\S+", mails[-1]).group(0)
            time.sleep(0.1)
        raise AssertionError(f"no mail for {recipient}\n{self.logs}")


def _in_use(var: Path) -> bool:
    try:
        with (var / "running").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


@contextlib.contextmanager
def demo_portal(name: str, **settings: str) -> Iterator[Portal]:
    """A demo portal under ``var-tests/``, stopped at the end; its folder is kept until the next run.

    ``settings`` are further variables of its environment.

    Where another run of the tests serves from that folder now, this one takes a folder of its own.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")  # where the tests run in several processes
    var = CHECKOUT / "var-tests" / (f"{name}-{worker}" if worker else name)
    if _in_use(var):
        var = var.with_name(f"{var.name}-{os.getpid()}")
    shutil.rmtree(var, ignore_errors=True)
    portal = Portal(var, settings)
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()
