"""The analysts' JupyterLab: an environment without secrets and, where the Hub runs as root, a user id of its own."""

import functools
import os
import sys
from pathlib import Path
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner

from portal_lib.accounts import staff
from portal_lib.db import sqlite_file
from portal_lib.hub.isolation import code_paths, isolated
from portal_lib.hub.wiring import Wiring
from portal_lib.serving.places import isolates_analysts, open_log
from portal_lib.settings import Settings

_NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
_AT_HOME = Path(__file__).with_name("at_home.sh")


class AnalystSpawner(LocalProcessSpawner):
    """Starts JupyterLab for a member of staff. Customers never come here: their role can't start servers."""

    @property
    def settings_in_force(self) -> Settings:
        settings: Settings = Wiring.shared().settings
        return settings

    @property
    def home(self) -> Path:
        """The analyst's own folder."""
        return self.settings_in_force.var.absolute() / "analysts" / str(self.user.name)

    def get_env(self) -> dict[str, str]:
        """Only what JupyterLab and the staff door need; of the Hub's own environment nothing but the ordinary."""
        env: dict[str, str] = super().get_env()
        settings = self.settings_in_force
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - not listened on
        env |= {
            "PORTAL_DATA_URL": settings.data_database_to_read,
            "PORTAL_READS_URL": f"http://{host}:{settings.port}/services/portale/internal/reads",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if settings.october_4_is_holiday_from is not None:
            env["PORTAL_OCTOBER_4_IS_HOLIDAY_FROM"] = settings.october_4_is_holiday_from.isoformat()
        return {name: value for name, value in env.items() if not name.startswith("PORTALE_")}

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Home and name without asking the system's user list: the analyst's user id stands in none."""
        return env | {
            "HOME": str(self.home),
            "USER": self.user.name,
            "LOGNAME": self.user.name,
            "SHELL": "/bin/sh",
            "IPYTHONDIR": str(self.home / ".ipython"),
        }

    def make_preexec_fn(self, name: str) -> Any:
        """No change of user here: ``isolate.sh`` makes it, after it has arranged what the user can see."""
        return functools.partial(os.chdir, self.home)

    async def start(self) -> Any:
        """Start in the analyst's own folder, where ``at_home.sh`` puts the notebooks to start from."""
        number = staff.number(Wiring.shared().accounts, self.user.name)
        settings = self.settings_in_force
        uid, gid = settings.analyst_uid_base + number, settings.analyst_uid_base
        self._prepare_home(uid, gid)
        server = str(Path(sys.prefix) / "bin" / "jupyterhub-singleuser")
        self.cmd = ["/bin/sh", str(_AT_HOME), str(_NOTEBOOKS / "analisi"), server]
        if isolates_analysts():
            database = sqlite_file(settings.data_database)
            needs = [*code_paths(), self.home, *([database.parent] if database else [])]
            self.cmd = isolated(self.cmd, uid=uid, gid=gid, needs=needs)
        # A log of its own: with the Hub's, which it would inherit, it could read who logs in, and empty it.
        with open_log(settings.var.absolute() / "logs" / f"{self.user.name}.log") as log:
            self.popen_kwargs = {"stdout": log, "stderr": log}
            return await super().start()

    def _prepare_home(self, uid: int, gid: int) -> None:
        """The folder and nothing in it: what lies there is the analyst's, links that lead elsewhere included."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        if isolates_analysts():
            os.chown(self.home, uid, gid, follow_symlinks=False)
