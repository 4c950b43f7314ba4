"""A Hub of a test's own: with its settings, its mail server, and the right to be killed."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path

from tests.hub.conftest import CHECKOUT, CONFIG, Hub, Pages, _free_port, _node, _prepare, _wait

#: The proxy is a sibling, as in `portal run`: a Hub that dies takes nothing with it.
_SIBLING_PROXY = """
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.auth_token = os.environ["TEST_PROXY_TOKEN"]
c.JupyterHub.hub_bind_url = os.environ["TEST_HUB_URL"]
c.JupyterHub.cookie_secret_file = "cookie_secret"
"""


@dataclass
class OwnHub(Hub):
    """Start it, kill it, start it again: the databases stay."""

    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal_lib.hub", "-f", "config.py"],
                cwd=self.log.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self.environment,
            )
        _wait(self.address, self.process, self.log)

    def kill(self) -> None:
        """As the machine would: at once, with no chance to tidy up."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


@contextlib.contextmanager
def own_hub(home: Path, settings: Mapping[str, str], *, port: int | None = None) -> Iterator[OwnHub]:
    """A Hub below ``home``, not started yet; ``settings`` are ``PORTAL_…`` variables beside the usual ones."""
    var = home / "var"
    accounts = _prepare(var)
    pages = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    port = port or _free_port()
    address, hub_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{_free_port()}"
    api_port = _free_port()
    proxy_token, service_token = secrets.token_hex(16), secrets.token_hex(16)
    own_port = 'c.JupyterHub.hub_port = int(os.environ["TEST_HUB_PORT"])'
    (home / "config.py").write_text(CONFIG.replace(own_port, "") + _SIBLING_PROXY)
    proxy_script = str(CHECKOUT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL")}
    proxy = subprocess.Popen(
        [
            *(_node(), proxy_script, "--ip", "127.0.0.1", "--port", str(port)),
            *("--api-ip", "127.0.0.1", "--api-port", str(api_port)),
            *("--default-target", hub_url, "--error-target", f"{hub_url}/hub/error", "--log-level", "error"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean | {"CONFIGPROXY_AUTH_TOKEN": proxy_token},
    )
    hub = OwnHub(
        address,
        var,
        accounts,
        service_token,
        home / "hub.log",
        clean
        | {
            "PORTAL_CONFIG": "/dev/null",
            "PORTAL_VAR": str(var),
            "PORTAL_PUBLIC_URL": address,
            "PORTAL_SUPPLIER_NAME": "Energia Prova",
            "PORTAL_STAFF_SECOND_FACTOR": "false",
            "TEST_ADDRESS": address,
            "TEST_HUB_URL": hub_url,
            "TEST_PROXY_API": f"http://127.0.0.1:{api_port}",
            "TEST_PROXY_TOKEN": proxy_token,
            "TEST_NODE": _node(),
            "TEST_PROXY": proxy_script,
            "TEST_SERVICE": f"http://127.0.0.1:{pages.server_port}",
            "TEST_TOKEN": service_token,
            "TEST_TEMPLATES": str(CHECKOUT / "hub_config" / "templates"),
        }
        | dict(settings),
    )
    try:
        yield hub
    finally:
        hub.stop()
        proxy.terminate()
        proxy.wait(15)
        pages.shutdown()
        accounts.dispose()
