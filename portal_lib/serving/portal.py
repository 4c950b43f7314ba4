"""``portal run``: databases up to date, folders closed, the programs up, and one sentence when all answer."""

import asyncio
import fcntl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portal_lib import db
from portal_lib.refused import Refused
from portal_lib.serving import places
from portal_lib.serving.programs import SERVICE, address_is_free, programs
from portal_lib.serving.read_address import check_what_reads
from portal_lib.serving.supervisor import Supervisor
from portal_lib.settings import Settings


class AddressTaken(Refused):
    it = "L'indirizzo {host}:{port} è già in uso. Chiudi l'altro programma o scegli un'altra porta."
    en = (
        "{host}:{port} is already in use, perhaps by another portal. End that program, or choose another port: "
        "make run PORT=8001, or the setting `port`."
    )


class FolderTaken(Refused):
    it = "Un altro portale sta già usando la cartella {var}. Chiudilo o scegli un'altra cartella."
    en = (
        "Another portal is running on {var}. End it, or choose another folder: make run VAR=var-two, or the "
        "setting `var`."
    )


def serve(settings: Settings, say: Callable[[str], None], ready: Callable[[], None]) -> None:
    """Serve the portal until Ctrl-C (SIGINT) or SIGTERM. ``ready`` is called once, when login and pages answer."""
    if not address_is_free(settings.host, settings.port):
        raise AddressTaken(host=settings.host, port=settings.port)
    with _alone(settings.var.absolute()):
        _serve(settings, say, ready)


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    """Hold the folder for this portal: two Hubs on one database would undo each other's work."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "running").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderTaken(var=var) from None
        yield


def _serve(settings: Settings, say: Callable[[str], None], ready: Callable[[], None]) -> None:
    places.prepare(settings)
    db.migrate("accounts", settings.accounts_database)
    db.migrate("data", settings.data_database)
    check_what_reads(settings)
    places.prepare(settings)  # once more: the data database exists now, and analysts may read it
    supervisor = Supervisor(programs(settings), say)

    async def greet() -> None:
        base = f"http://{settings.host}:{settings.port}"
        for path in ("/hub/login", f"/services/{SERVICE}/health"):
            while not await asyncio.to_thread(_answers, base + path):
                await asyncio.sleep(0.1)
        ready()

    asyncio.run(supervisor.run(greet))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 - our own address
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
