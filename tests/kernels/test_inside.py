"""What portal_lib/kernels/inside.py assumes of ipykernel, one by one: a test that fails here says what has changed."""

import ast
import inspect
import json
import subprocess
import sys
import textwrap
import time
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ipykernel.control import ControlThread
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session

from portal_lib.kernels import inside
from tests.kernels.running import Place

PACKAGE = Path(inside.__file__).parent


def calls(function: Any, on: str = "self") -> list[str]:
    """The methods that a function calls on ``self``, in order."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found = [
        (node.lineno, node.func.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == on
    ]
    return [name for _, name in sorted(found)]


def in_a_process_of_its_own(code: str) -> dict[str, Any]:
    """Run code after ``app = ForkedApp.instance(); app.prepare()``; gives what it put into ``found``."""
    program = (
        "import json, os, sys, tempfile\n"
        "home = tempfile.TemporaryDirectory()\n"
        "os.environ |= {'HOME': home.name, 'IPYTHONDIR': home.name, 'OPENBLAS_NUM_THREADS': '1'}\n"
        "import portal_lib.fast_imports\n"
        "from portal_lib.kernels import zygote\n"
        "before = zygote._open_descriptors()\n"
        "from portal_lib.kernels.inside import ForkedApp\n"
        "app = ForkedApp.instance()\n"
        "app.prepare()\n"
        "kernel, shell, found = app.kernel, app.kernel.shell, {}\n"
        f"{textwrap.dedent(code)}\n"
        "print('\\n' + json.dumps(found))\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def test_nothing_else_here_imports_ipykernel_or_ipython() -> None:
    for module in PACKAGE.glob("*.py"):
        if module.name != "inside.py":
            names = [line for line in module.read_text().splitlines() if "import" in line]
            assert not [line for line in names if "ipykernel" in line.split("#")[0] or "IPython" in line], module.name


def test_ipykernel_is_pinned_below_its_next_minor_version() -> None:
    listed = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text())["project"]["dependencies"]
    (pin,) = [entry for entry in listed if entry.startswith("ipykernel")]
    major, minor = version("ipykernel").split(".")[:2]
    assert pin == f"ipykernel>={major}.{minor},<{major}.{int(minor) + 1}"


def test_1_initialize_is_the_list_of_steps_that_are_repeated() -> None:
    steps = calls(IPKernelApp.initialize)
    prepared, born = calls(inside.ForkedApp.prepare), calls(inside.ForkedApp.be_born)
    assert steps == [
        "init_pdb",
        "init_blackhole",
        "init_connection_file",
        "init_poller",
        "init_sockets",
        "init_heartbeat",
        "write_connection_file",
        "log_connection_info",
        "init_io",
        "init_signal",
        "init_kernel",
        "init_path",
        "init_shell",
        "init_gui_pylab",
        "init_extensions",
        "init_code",
    ]
    own = {"_renew_session", "_renew_profile"}
    assert [step for step in prepared if step in steps] + [step for step in born if step not in own] == (
        ["init_pdb", *steps[11:], *steps[1:11]]
    )


def test_2_a_prepared_kernel_has_no_thread_and_nothing_open() -> None:
    found = in_a_process_of_its_own(
        """
        zygote.assert_forkable(before)
        import zmq
        found["context"] = zmq.Context._instance is not None
        found["streams"] = [str(getattr(kernel, name)) for name in ("shell_stream", "control_stream", "iopub_socket")]
        """
    )
    assert found == {"context": False, "streams": ["None"] * 3}


def test_2_a_thread_or_an_open_file_would_be_seen() -> None:
    found = in_a_process_of_its_own(
        """
        import threading
        waiting = threading.Event()
        def refusal():
            try:
                zygote.assert_forkable(before)
            except zygote.NotForkable as refused:
                return str(refused)
        with open(os.devnull) as file:
            found["file"] = refusal()
        thread = threading.Thread(target=waiting.wait)
        thread.start()
        found["thread"] = refusal()
        waiting.set(), thread.join()
        found["neither"] = refusal()
        """
    )
    assert "descriptors were opened" in found["file"]
    assert found["thread"].startswith("2 threads")
    assert found["neither"] is None


def test_3_init_kernel_asks_for_the_kernel_and_hands_over_what_is_of_the_process() -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(IPKernelApp.init_kernel)))
    (handed,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "kernel_factory"
    ]
    names = {keyword.arg for keyword in handed.keywords}
    assert names == {*inside._OF_THIS_PROCESS, "parent", "session", "log", "user_ns"}
    assert "self.kernel_class.instance" in inspect.getsource(IPKernelApp.init_kernel)


def test_4_what_the_shell_publishes_goes_to_the_socket_and_topic_that_are_set() -> None:
    found = in_a_process_of_its_own(
        """
        sent = []
        class Socket:
            def send_multipart(self, parts, **_):
                sent.append([bytes(part).decode("utf-8", "replace") for part in parts])
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = Socket()
        shell.displayhook.topic = b"topic.of.results"
        shell.run_cell("from IPython.display import display; display(1); 2")
        found["topics"] = [parts[0] for parts in sent]
        """
    )
    assert found["topics"] == ["display_data", "topic.of.results"]


def test_5_the_debugger_has_its_stream_and_its_socket_where_they_are_set(place: Place) -> None:
    with place.kernel() as kernel:
        said = kernel.run(
            "kernel = get_ipython().kernel\n"
            "print(kernel.debugger.debugpy_client.debugpy_stream is kernel.debugpy_stream is not None,"
            " kernel.debugger.shell_socket is kernel.debug_shell_socket is not None)"
        )
        assert said.split() == ["True", "True"]
        message = kernel.client.session.msg("debug_request", {"seq": 1, "type": "request", "command": "debugInfo"})
        kernel.client.control_channel.send(message)
        reply = kernel.client.control_channel.get_msg(timeout=10)
        assert reply["content"]["body"]["isStarted"] is False


def test_6_a_session_can_be_renewed() -> None:
    session = Session(key=b"one")
    before = session.msg("x")["header"]
    session.session, session.key, session.message_count = "another", b"two", 0
    after = session.msg("x")["header"]
    assert (after["session"], after["msg_id"].split("_")[0]) == ("another", "another")
    assert before["session"] != "another"
    assert session.bsession == b"another"
    assert session.sign([b"x"]) == Session(key=b"two").sign([b"x"])
    assert isinstance(session.digest_history, set) and session.check_pid is True


def test_7_the_loops_end_is_the_end_and_a_flush_waits_for_the_iopub_thread() -> None:
    assert "self.io_loop.start()" in inspect.getsource(IPKernelApp.start)
    assert "evt.wait(self.flush_timeout)" in inspect.getsource(OutStream.flush)


def test_8_the_control_threads_loop_is_there_before_it_runs() -> None:
    thread = ControlThread(daemon=True)
    assert not thread.is_alive()
    thread.io_loop.close(all_fds=True)


def test_9_the_hook_after_each_message_is_called_in_the_main_thread(place: Place) -> None:
    with place.kernel() as kernel:
        kernel.run("kernel, rests = get_ipython().kernel, []")
        kernel.run(
            "import threading\n"
            "kernel._rest = lambda: rests.append(threading.current_thread() is threading.main_thread())"
        )
        kernel.run("import asyncio; await asyncio.sleep(0.01)")
        assert kernel.run("rests") == "[]", "not while messages come"
        asked = kernel.ask("import time; began = time.monotonic()")
        kernel.reply_to(asked)
        kernel.heard(asked)
        time.sleep(3)
        assert kernel.run("rests") == "[True]"


def test_a_kernel_at_rest_gives_memory_back(place: Place) -> None:
    def private(pid: int) -> int:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))

    with place.kernel() as kernel:
        kernel.run(
            "cycle = [[bytearray(3_000) for _ in range(10_000)]]\n"
            "kept = cycle[0][-50:]  # the last, so that what is free lies below something\n"
            "cycle.append(cycle)\ndel cycle"
        )
        busy = private(kernel.pid)
        time.sleep(3)
        assert private(kernel.pid) < busy - 20_000


def test_10_a_reset_leaves_no_name_and_counts_from_one() -> None:
    found = in_a_process_of_its_own(
        """
        names = sorted(shell.user_ns)
        with app.rehearsing() as run:
            run("import json\\nkept = _secret = 1\\nkept")
            found["ran"] = shell.user_ns["kept"]
        found["same"] = sorted(shell.user_ns) == names
        found["left"] = sorted(set(shell.user_ns) ^ set(names))
        found["count"] = shell.execution_count
        found["out"] = len(shell.user_ns["Out"])
        found["sockets"] = str([kernel.iopub_socket, shell.displayhook.pub_socket, shell.display_pub.pub_socket])
        """
    )
    assert found == {"ran": 1, "same": True, "left": [], "count": 1, "out": 0, "sockets": "[None, None, None]"}


def test_a_cell_of_a_rehearsal_that_fails_stops_it_and_is_cleaned_up_too() -> None:
    found = in_a_process_of_its_own(
        """
        try:
            with app.rehearsing() as run:
                run("left = 1")
                run("1 / 0")
        except ZeroDivisionError:
            found["stopped"] = True
        found["left"] = "left" in shell.user_ns
        """
    )
    assert found == {"stopped": True, "left": False}
