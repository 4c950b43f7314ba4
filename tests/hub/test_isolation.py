"""An analyst's server under a user id of its own, even where the portal lies in a folder that only root can enter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal_lib.hub.isolation import closed_above, isolated

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change to another user")
UID = 64777


@pytest.fixture
def closed(tmp_path):
    """A folder that only its owner enters, with one thing to show and one to hide."""
    folder = tmp_path / "closed"
    (folder / "shown").mkdir(parents=True)
    (folder / "hidden").mkdir()
    (folder / "shown" / "file").write_text("seen")
    (folder / "hidden" / "file").write_text("secret")
    (folder / "shown").chmod(0o755)
    folder.chmod(0o700)
    return folder


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **options)


def test_the_topmost_folder_that_is_closed_to_others_is_found(closed):
    top = closed_above(closed / "shown" / "file")
    assert top is not None and (top == closed or top in closed.parents)
    assert closed_above(Path("/usr/bin/env")) is None


@as_root
def test_the_command_runs_as_the_user_without_groups_or_a_way_back():
    code = "import os; print(os.getuid(), os.getgid(), os.getgroups()); os.setuid(0)"
    reply = run(isolated(["/usr/bin/env", "python3", "-c", code], uid=UID, gid=UID - 1, needs=[]))
    assert reply.stdout.split() == [str(UID), str(UID - 1), "[]"] and "PermissionError" in reply.stderr


@as_root
def test_what_is_needed_shows_and_what_lies_beside_it_does_not(closed):
    script = f"cat {closed}/shown/file; cat {closed}/hidden/file; ls {closed}"
    reply = run(isolated(["/bin/sh", "-c", script], uid=UID, gid=UID, needs=[closed / "shown"]))
    assert reply.stdout.startswith("seen") and reply.stdout.endswith("shown\n"), reply.stderr
    assert "secret" not in reply.stdout and "No such file" in reply.stderr


@as_root
def test_the_cover_is_the_commands_alone(closed):
    run(isolated(["/bin/true"], uid=UID, gid=UID, needs=[closed / "shown"]))
    assert (closed / "hidden" / "file").read_text() == "secret"
    assert str(closed) not in Path("/proc/self/mounts").read_text()


@as_root
def test_words_of_the_command_are_never_read_as_options(tmp_path):
    code = "import sys; print(sys.argv[1:])"
    words = ["--show", "/etc", "--cover", "/", "--", "; id", "$(id)"]
    reply = run(isolated([sys.executable, "-c", code, *words], uid=0, gid=0, needs=[]))
    assert reply.stdout.strip() == str(words), reply.stderr
