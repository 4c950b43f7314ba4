"""What every forked kernel has of its own, and what it does not have of the zygote, the owner or its siblings."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from portal_lib.kernels.nursery import Nursery
from tests.kernels.running import OF_IPYKERNEL, Place, descriptors


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "PORTAL_VISITOR": '{"name": "Zoë «1»"}',
        "EMPTY": "",
        "TZ": "Pacific/Auckland",
    }


def test_its_environment_is_exactly_what_was_given(
    place: Place, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_OWNER", "geheim")
    with place.kernel(env=environment) as kernel:
        assert json.loads(kernel.run("import os, json; print(json.dumps(dict(os.environ)))")) == (
            environment | OF_IPYKERNEL
        )


def test_so_is_the_environment_of_what_it_starts(place: Place, environment: dict[str, str]) -> None:
    code = (
        "import json, subprocess\n"
        "told = subprocess.run(['/usr/bin/env', '-0'], capture_output=True).stdout.decode()\n"
        "print(json.dumps(dict(entry.split('=', 1) for entry in told.split('\\0') if entry)))"
    )
    with place.kernel(env=environment) as kernel:
        told = json.loads(kernel.run(code))
        assert {name: told[name] for name in told if name not in ("LINES", "COLUMNS")} == environment | OF_IPYKERNEL


def test_functions_that_took_the_environment_as_their_default_see_it(place: Place, environment: dict[str, str]) -> None:
    with place.kernel(env=environment) as kernel:
        assert kernel.run("import time; print(time.tzname[0])").strip() == "NZST"
        assert kernel.run("import os.path; print(os.path.expanduser('~'))").strip() == environment["HOME"]


def test_it_works_in_its_folder(place: Place, tmp_path: Path) -> None:
    with place.kernel(cwd=str(tmp_path)) as kernel:
        assert kernel.run("import os; os.getcwd()") == repr(str(tmp_path))
        assert kernel.run("print(get_ipython().user_ns['_dh'], get_ipython().starting_dir)").split() == [
            f"[{str(tmp_path)!r}]",
            str(tmp_path),
        ]
        (tmp_path / "beside.py").write_text("here = 1")
        assert kernel.run("import beside; beside.here") == "1"


def test_no_two_have_the_same_chance(place: Place) -> None:
    code = (
        "import random, uuid, secrets, tempfile, numpy\n"
        "print(random.random(), numpy.random.random(), numpy.random.default_rng().random(), uuid.uuid4(), uuid.uuid1(),"
        " secrets.token_hex(), tempfile.mktemp(), random.Random().random())"
    )
    drawn = []
    for _ in range(2):
        with place.kernel() as kernel:
            drawn.append(kernel.run(code).split())
    assert len(drawn[0]) == 8
    assert [one for one, other in zip(*drawn, strict=True) if one == other] == []


def test_no_two_have_the_same_key(place: Place) -> None:
    with place.kernel() as one, place.kernel() as other:
        assert one.manager.session.key != other.manager.session.key
        assert one.run("get_ipython().kernel.session.key") == repr(one.manager.session.key)


def test_a_message_with_a_siblings_key_is_not_answered(place: Place, tmp_path: Path) -> None:
    with place.kernel(cwd=str(tmp_path)) as one, place.kernel() as other:
        own = one.client.session.key
        one.client.session.key = other.manager.session.key
        one.ask("open('forged', 'w').close()")
        one.client.session.key = own
        one.run("open('own', 'w').close()")
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["own"]


def test_it_begins_with_the_first_cell_and_no_names(place: Place) -> None:
    with place.kernel() as kernel:
        message = kernel.ask("sorted(name for name in dir() if not name.startswith('_'))")
        assert kernel.reply_to(message)["content"]["execution_count"] == 1
        (value,) = [told for told in kernel.heard(message) if told["msg_type"] == "execute_result"]
        assert value["content"]["data"]["text/plain"] == "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"


def test_its_arguments_are_those_of_a_launched_kernel(place: Place) -> None:
    with place.kernel() as kernel:
        assert kernel.run("import sys; sys.argv[1:]") == repr(["-f", os.path.realpath(kernel.manager.connection_file)])


def test_its_output_is_written_where_it_was_told(place: Place, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log, place.kernel(stderr=log, stdout=subprocess.DEVNULL) as kernel:
        kernel.run("import os, sys; print('to the log', file=sys.__stderr__, flush=True)")
        kernel.run("import time; time.sleep(0.3)")
    assert "to the log" in (tmp_path / "log").read_text()


def test_it_holds_nothing_that_its_owner_or_zygote_has_open(place: Place, warm: Nursery, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w"), place.kernel() as older, place.kernel() as kernel:
        open_files = [name for name in descriptors(kernel.pid) if name.startswith("/") and name != "/dev/null"]
        assert str(tmp_path / "secret") not in open_files
        assert len(open_files) <= 2  # where stdout and stderr go
        sockets = {name for name in descriptors(kernel.pid) if name.startswith("socket:")}
        assert not sockets & set(descriptors(warm.zygote_pid or 0))
        assert not sockets & set(descriptors())
        assert not sockets & set(descriptors(older.pid))


def test_the_hundredth_kernel_has_no_more_open_than_the_first(place: Place, warm: Nursery) -> None:
    with place.kernel() as first:
        counted = len(descriptors(first.pid))
    of_zygote, of_owner = len(descriptors(warm.zygote_pid or 0)), len(descriptors())
    for _ in range(20):
        with place.kernel():
            pass
    with place.kernel() as last:
        assert len(descriptors(last.pid)) == counted
    assert len(descriptors(warm.zygote_pid or 0)) == of_zygote
    assert len(descriptors()) <= of_owner


def test_the_zygote_has_one_thread_and_no_secret(warm: Nursery, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    zygote = warm.zygote_pid
    assert len(list(Path(f"/proc/{zygote}/task").iterdir())) == 1
    started_with = Path(f"/proc/{zygote}/environ").read_bytes().split(b"\0")
    names = {entry.split(b"=")[0].decode() for entry in started_with if entry}
    allowed = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}
    assert {name for name in names - allowed if not name.endswith("_THREADS")} <= {
        "JE_ARROW_MALLOC_CONF",
        "JUPYTER_WIDGETS_ECHO",
        "PYDEVD_DISABLE_FILE_VALIDATION",
    }


def test_a_launched_kernel_gets_the_same_environment(place: Place, environment: dict[str, str]) -> None:
    """What this file says of forked kernels is what jupyter_client's own provisioner does."""
    own = Place(place.specs, "python3")
    with own.kernel(env=environment) as kernel:
        told = json.loads(kernel.run("import os, json; json.dumps(dict(os.environ))").strip("'").replace("\\\\", "\\"))
        assert {name: told[name] for name in environment} == environment
        assert set(told) - set(environment) - set(OF_IPYKERNEL) <= {
            "JPY_PARENT_PID",
            "LC_CTYPE",
            "PYDEVD_USE_FRAME_EVAL",
        }
