"""``portal run``: databases up to date, folders closed, the three programs up, and one sentence when all answer."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable

from portal_lib import db
from portal_lib.refused import Refused
from portal_lib.serving import places
from portal_lib.serving.programs import SERVICE, address_is_free, programs
from portal_lib.serving.supervisor import Supervisor
from portal_lib.settings import Settings


class AddressTaken(Refused):
    it = "L'indirizzo {host}:{port} è già in uso. Chiudi l'altro programma o scegli un'altra porta."
    en = (
        "{host}:{port} is already in use, perhaps by another portal. End that program, or choose another port: "
        "make run PORT=8001, or the setting `port`."
    )


def serve(settings: Settings, say: Callable[[str], None], ready: Callable[[], None]) -> None:
    """Serve the portal until Ctrl-C (SIGINT) or SIGTERM. ``ready`` is called once, when login and pages answer."""
    if not address_is_free(settings.host, settings.port):
        raise AddressTaken(host=settings.host, port=settings.port)
    places.prepare(settings)
    db.migrate("accounts", settings.accounts_database)
    db.migrate("data", settings.data_database)
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
