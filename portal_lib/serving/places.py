"""The folders under ``var`` and who may enter them.

Where the portal runs as root, an analyst's JupyterLab runs under a user id of its own and may read one thing under
``var``: the data database. Everything else is closed by file modes, which hold whatever a notebook tries.
"""

import os
from pathlib import Path
from typing import BinaryIO

from portal_lib.db import sqlite_file
from portal_lib.settings import Settings

#: Folders that only the portal itself enters.
PRIVATE = ("accounts", "hub", "deposit", "outbox", "put-aside", "runs", "logs", "kernels", "keys")


def isolates_analysts() -> bool:
    """Whether analysts can be given a user id of their own: only root can."""
    return os.geteuid() == 0


def prepare(settings: Settings) -> None:
    """Create the folders under ``var`` and set their modes. Safe to call again."""
    var = settings.var.absolute()
    var.mkdir(parents=True, exist_ok=True)
    var.chmod(0o711)  # others may pass through to what is theirs, and list nothing
    for name in PRIVATE:
        _folder(var / name, 0o700)
    _folder(var / "analysts", 0o711)
    _folder(var / "data", 0o700)
    if isolates_analysts():
        _share_data(settings)


def open_log(path: Path) -> BinaryIO:
    """A log to append to, closed to others by a mode of its own.

    The closed folder is not enough: a program that holds the log open can reach it anew through ``/proc``.
    """
    log = open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115 - the caller's
    os.fchmod(log.fileno(), 0o600)
    return log


def _folder(path: Path, mode: int) -> None:
    path.mkdir(exist_ok=True)
    path.chmod(mode)


def _share_data(settings: Settings) -> None:
    """Let the analysts' group read the data database. SQLite gives its WAL files the database's owner and mode."""
    database = sqlite_file(settings.data_database)
    if database is None or settings.data_url is not None:
        return  # a database elsewhere keeps the modes that its operator gave it and its folder
    os.chown(database.parent, 0, settings.analyst_uid_base)
    database.parent.chmod(0o750)
    for path in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        if path.exists():
            os.chown(path, 0, settings.analyst_uid_base)
            path.chmod(0o640)
