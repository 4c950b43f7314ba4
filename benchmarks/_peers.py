"""Pages of others to measure against: Panel in an environment of its own, and servers that end with the measurement."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PAGES = Path(__file__).parent / "pages"

_PEERS = CHECKOUT / ".cache" / "peers" / "venv"
_PANEL = ("panel==1.9.4", "bokeh==3.9.2")


def install() -> None:
    """Panel, for the measurement only, in ``.cache/peers``; once."""
    if (_PEERS / "bin" / "panel").exists():
        return
    print("Installing Panel into .cache/peers …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", _PEERS], check=True)
    uv = [str(Path(sys.prefix) / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(_PEERS / "bin" / "python")]
    subprocess.run([*uv, *_PANEL], check=True)


def panel(page: str, port: int, *arguments: str) -> list[str]:
    """The command that serves ``pages/<page>.py`` with Panel, at ``/<page>``."""
    origin = f"--allow-websocket-origin=127.0.0.1:{port}"
    return [
        str(_PEERS / "bin" / "panel"), "serve", str(PAGES / f"{page}.py"), f"--port={port}", origin,
        "--args", *arguments,
    ]  # fmt: skip


def bare(home: Path) -> dict[str, str]:
    """The environment of every server that is measured."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(CHECKOUT)}


@contextlib.contextmanager
def serving(command: list[str], environment: dict[str, str], address: str) -> Iterator[None]:
    """A server that has answered at ``address`` once, and that is ended with all that it started."""
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=60) as reply:  # noqa: S310
                reply.read()
                break
            if process.poll() is not None:
                raise RuntimeError(f"{command[:3]} ended by itself")
            time.sleep(0.2)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
