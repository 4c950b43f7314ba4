"""The demo's analyst: a staff login with a password of this demo's own, made once."""

import secrets
from dataclasses import dataclass

from portal_lib import db
from portal_lib.accounts import staff
from portal_lib.clock import system_clock
from portal_lib.settings import Settings

LOGIN = "analista"


@dataclass(frozen=True)
class Analyst:
    """What to type at the login page."""

    login: str
    password: str


def analyst(settings: Settings) -> Analyst:
    """The analyst of the demo under ``settings.var``, added the first time. The password lies in a private file."""
    folder = settings.var.absolute() / "hub"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    kept = folder / "demo-analyst-password"
    db.migrate("accounts", settings.accounts_database)
    engine = db.open_engine(settings.accounts_database)
    try:
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(f"Chiave-{secrets.token_urlsafe(9)}-1a", encoding="utf-8")
        if staff.find(engine, LOGIN) is None:
            staff.add(engine, system_clock, LOGIN, "analysts", kept.read_text(encoding="utf-8"))
    finally:
        engine.dispose()
    return Analyst(LOGIN, kept.read_text(encoding="utf-8"))
