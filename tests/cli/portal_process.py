"""The ``portal`` command as a process of its own, with a portal below a folder of the test's."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from portal_lib import db

PORTAL = Path(sys.executable).parent / "portal"


@dataclass
class OwnPortal:
    """A portal's folder and database, and its command."""

    var: Path
    data_url: str | None = None  # None: SQLite below var
    more: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.var / "data").mkdir(parents=True, exist_ok=True)
        db.migrate("data", self.url)

    @property
    def url(self) -> str:
        return self.data_url or f"sqlite:///{self.var / 'data' / 'data.sqlite'}"

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL")}
        own = {"PORTAL_CONFIG": os.devnull, "PORTAL_VAR": str(self.var), **self.more}
        return clean | own | ({"PORTAL_DATA_URL": self.data_url} if self.data_url else {})

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        words = [str(PORTAL), *map(str, arguments)]
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command whose lines are read as they come."""
        words = [str(PORTAL), *map(str, arguments)]
        return subprocess.Popen(
            words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )

    def count(self, table: str) -> int:
        engine = db.open_engine(self.url)
        try:
            with db.reading(engine) as connection:
                return connection.execute(sa.text(f"select count(*) from {table}")).scalar_one()
        finally:
            engine.dispose()
