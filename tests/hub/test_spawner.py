"""An analyst's folder is the analyst's: what the portal does there, it does with the analyst's rights."""

import os
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from portal_lib.hub import spawner
from portal_lib.hub.isolation import isolated

AT_HOME = Path(spawner.__file__).with_name("at_home.sh")
UID = 64777

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change to another user")


@pytest.fixture
def notebooks(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "carico del parco.ipynb").write_text("{}")
    tmp_path.chmod(0o755)
    return folder


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


def start(home, notebooks, wrap=list):
    command = wrap(["/bin/sh", str(AT_HOME), str(notebooks), "/bin/sh", "-c", "echo started with $1", "-", "a b"])
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    reply = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)
    assert reply.stdout == "started with a b\n", reply.stderr


def test_the_notebooks_to_start_from_lie_there_and_what_became_of_them_stays(home, notebooks):
    start(home, notebooks)
    own = home / "analisi" / "carico del parco.ipynb"
    assert own.read_text() == "{}"
    own.write_text("mine")
    start(home, notebooks)
    assert own.read_text() == "mine"


@as_root
def test_links_in_the_folder_lead_to_nothing_of_the_portals(home, notebooks, tmp_path):
    private = tmp_path / "accounts"
    private.mkdir(mode=0o700)
    (private / "accounts.sqlite").write_text("hashes")
    (home / "analisi").symlink_to(private)
    analyst = SimpleNamespace(home=home)
    spawner.AnalystSpawner._prepare_home(analyst, UID, UID)
    start(home, notebooks, lambda command: isolated(command, uid=UID, gid=UID, needs=[home, notebooks, AT_HOME]))
    for path in (private, private / "accounts.sqlite"):
        assert path.stat().st_uid == 0, path
    assert [path.name for path in private.iterdir()] == ["accounts.sqlite"]
    assert stat.S_IMODE(private.stat().st_mode) == 0o700 and home.stat().st_uid == UID
