"""The dashboard service in a process of its own, with a Hub made of paper that vouches for whoever a token names.

Everything else is real: kernels, database, and notebooks that change with these tests alone.
"""

import asyncio
import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler

from portal_lib import db
from portal_lib.serving import places
from portal_lib.serving.programs import programs
from portal_lib.settings import Settings

BASE = "/services/portale/"
CHECKOUT = Path(__file__).parents[2]
OWN_NOTEBOOKS = ("-m", "tests.web.serve_notebooks")


class PaperHub:
    """Answers ``/hub/api/user`` for tokens such as ``c-7.10001001``: the visitor c-7, who holds that customer code."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ended: set[str] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(10)

    def end(self, token: str) -> None:
        """From now on the token is nobody's."""
        self._ended.add(token)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def _run(self) -> None:
        hub = self

        class User(RequestHandler):
            def get(self) -> None:
                token = self.request.headers.get("Authorization", "").removeprefix("token ")
                name, _, code = token.partition(".")
                if not code or token in hub._ended:
                    raise HTTPError(403)
                self.finish(
                    json.dumps(
                        {
                            "kind": "user",
                            "name": name,
                            "admin": False,
                            "groups": [f"customer-{code}"],
                            "scopes": ["access:services!service=portale"],
                            "session_id": f"of {name}",
                        }
                    )
                )

        class Person(RequestHandler):
            def get(self) -> None:
                self.finish("{}")

        class Alive(RequestHandler):
            def get(self) -> None:
                self.finish('{"version": "6"}')

        asyncio.set_event_loop(self._loop)
        application = Application(
            [(r"/hub/api/user", User), (r"/hub/api/portale/people/.*", Person), (r"/hub/api/?", Alive)],
            log_function=lambda _: None,
        )

        async def listen() -> HTTPServer:
            server = HTTPServer(application)
            server.listen(self._port, "127.0.0.1")
            return server

        server = self._loop.run_until_complete(listen())
        self._ready.set()
        self._loop.run_forever()
        server.stop()
        self._loop.close()


class Service:
    """The service under ``var``, whose data are there; ``settings`` are further variables of its environment.

    ``command`` is what Python is given: the service with these tests' notebooks, where nothing else is.
    """

    def __init__(
        self, var: Path, settings: dict[str, str] | None = None, command: Sequence[str] = OWN_NOTEBOOKS
    ) -> None:
        self.var = var
        self._command = command
        given = Settings(var=var)
        places.prepare(given)
        self._program = next(program for program in programs(given) if "PORTALE_SERVICE_PORT" in program.environment)
        self.environment = {
            **self._program.environment,
            "PORTAL_VAR": str(var),
            **(settings or {}),
        }
        self.port = int(self.environment["PORTALE_SERVICE_PORT"])
        self.token = self.environment["JUPYTERHUB_API_TOKEN"]
        self.address = f"http://127.0.0.1:{self.port}{BASE}"
        hub_port = re.search(r":(\d+)/", self.environment["JUPYTERHUB_API_URL"])
        assert hub_port is not None
        self.hub = PaperHub(int(hub_port[1]))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._program.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=CHECKOUT,
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None, self.log
            time.sleep(0.1)
        raise AssertionError(f"the service did not come up:\n{self.log}")

    @property
    def log(self) -> str:
        return self._program.log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def family(self) -> list[psutil.Process]:
        """All that the service has started and that runs, itself left out."""
        found = []
        for process in psutil.Process(self.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def post(self, path: str, body: dict[str, object], token: str | None = None) -> tuple[int, bytes]:
        request = urllib.request.Request(
            self.address + path,
            json.dumps(body).encode(),
            {"Authorization": f"token {token or self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.read()

    def end(self, how: int) -> None:
        """Send the service a signal and wait for its end; what it had started is left to itself."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(10)

    def stop(self, how: int = signal.SIGTERM) -> int:
        assert self._process is not None
        family = self.family() if self._process.poll() is None else []
        self._process.send_signal(how)
        code = self._process.wait(30)
        self._process = None
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return code

    def close(self) -> None:
        if self._process is not None:
            self.stop()
        self.hub.stop()


@contextlib.contextmanager
def running(var: Path, **settings: str) -> Iterator[Service]:
    """The service, started, and ended at the end with all that it had started."""
    service = Service(var, settings)
    try:
        service.start()
        yield service
    finally:
        service.close()


def empty(var: Path) -> Path:
    """The folder with an empty data database in it."""
    settings = Settings(var=var)
    places.prepare(settings)
    db.migrate("data", settings.data_database)
    return var
