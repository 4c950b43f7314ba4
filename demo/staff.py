"""The demo's analyst and operator: staff logins with passwords of this demo's own, made once."""

import secrets
from dataclasses import dataclass

from portal_lib import db
from portal_lib.accounts import staff
from portal_lib.accounts.staff import StaffGroup
from portal_lib.clock import system_clock
from portal_lib.settings import Settings

LOGIN = "analista"
OPERATOR = "operatore"


@dataclass(frozen=True)
class StaffLogin:
    """What to type at the login page."""

    login: str
    password: str


def analyst(settings: Settings) -> StaffLogin:
    """The analyst of the demo under ``settings.var``, added the first time. The password lies in a private file."""
    return _member(settings, LOGIN, "analysts", "demo-analyst-password")


def operator(settings: Settings) -> StaffLogin:
    """The operator of the demo, likewise."""
    return _member(settings, OPERATOR, "operators", "demo-operator-password")


def _member(settings: Settings, login: str, group: StaffGroup, file: str) -> StaffLogin:
    folder = settings.var.absolute() / "hub"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    kept = folder / file
    db.migrate("accounts", settings.accounts_database)
    engine = db.open_engine(settings.accounts_database)
    try:
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(f"Demo-{secrets.token_urlsafe(9)}-1a", encoding="utf-8")
        if staff.find(engine, login) is None:
            staff.add(engine, system_clock, login, group, kept.read_text(encoding="utf-8"))
    finally:
        engine.dispose()
    return StaffLogin(login, kept.read_text(encoding="utf-8"))
