"""A forked kernel does what a launched one does: cells, signals, threads, widgets, the end."""

import os
import signal
import time

import pytest

from portal_lib.kernels.forked import UNKNOWN
from tests.kernels.running import CellFailed, Place, is_running, parent_of


def test_it_is_the_zygotes_child_and_answers(place: Place, warm) -> None:
    with place.kernel() as kernel:
        assert kernel.is_forked
        assert parent_of(kernel.pid) == warm.zygote_pid
        assert kernel.run("6 * 7") == "42"


def test_cells_share_names_and_errors_are_told(place: Place) -> None:
    with place.kernel() as kernel:
        kernel.run("a = 1")
        with pytest.raises(CellFailed, match="ZeroDivisionError"):
            kernel.run("a / 0")
        assert kernel.run("a + 1") == "2"


def test_a_cell_can_be_interrupted_and_the_next_one_runs(place: Place) -> None:
    waiting = "import asyncio\nwhile True: await asyncio.sleep(0.01)"
    with place.kernel() as kernel:
        for endless in ("while True: pass", "import time; time.sleep(60)", waiting):
            asked = kernel.ask(f"print('begun', flush=True)\n{endless}")
            while kernel.client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
                pass
            kernel.manager.interrupt_kernel()
            reply = kernel.reply_to(asked)
            assert reply["content"]["ename"] in ("KeyboardInterrupt", "CancelledError")
            kernel.heard(asked)
            assert kernel.run("1 + 1") == "2"


def test_a_restarted_kernel_is_another_process_and_knows_nothing(place: Place) -> None:
    with place.kernel() as kernel:
        before = kernel.pid
        kernel.run("a = 1")
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=30)
        assert kernel.is_forked and kernel.pid != before and not is_running(before)
        with pytest.raises(CellFailed, match="NameError"):
            kernel.run("a")


def test_cells_can_await(place: Place) -> None:
    with place.kernel() as kernel:
        assert kernel.run("import asyncio\nawait asyncio.sleep(0.01)\n'slept'") == "'slept'"
        assert kernel.run("(await asyncio.gather(*(asyncio.sleep(0, n) for n in range(3))))[2]") == "2"


def test_threads_and_their_output_work(place: Place) -> None:
    with place.kernel() as kernel:
        code = (
            "import threading\n"
            "threads = [threading.Thread(target=print, args=[f'<{n}>'], kwargs={'end': ''}) for n in range(8)]\n"
            "[thread.start() for thread in threads]; [thread.join() for thread in threads]; None"
        )
        assert sorted(kernel.run(code)) == sorted("".join(f"<{n}>" for n in range(8)))


def test_what_a_subprocess_prints_is_heard(place: Place) -> None:
    with place.kernel() as kernel:
        assert "from the shell" in kernel.run("import os, time\nos.system('echo from the shell'); time.sleep(0.5)")


def test_values_can_be_displayed_updated_and_cleared(place: Place) -> None:
    with place.kernel() as kernel:
        asked = kernel.ask(
            "from IPython.display import display, clear_output\n"
            "shown = display('first', display_id=True)\nshown.update('second')\nclear_output()"
        )
        kernel.reply_to(asked)
        kinds = [told["msg_type"] for told in kernel.heard(asked)]
        assert kinds == ["status", "execute_input", "display_data", "update_display_data", "clear_output"]


def test_a_click_runs_its_callback_and_its_output_goes_into_the_output_widget(place: Place) -> None:
    with place.kernel() as kernel:
        model = kernel.run(
            "import ipywidgets\n"
            "output, button = ipywidgets.Output(), ipywidgets.Button()\n"
            "def clicked(_):\n    with output:\n        print('clicked')\n"
            "button.on_click(clicked)\nbutton.model_id"
        ).strip("'")
        click = {"comm_id": model, "data": {"method": "custom", "content": {"event": "click"}}}
        message = kernel.client.session.msg("comm_msg", click)
        kernel.client.shell_channel.send(message)
        heard = kernel.heard(message["header"]["msg_id"])
        captured = [told["content"]["data"]["state"] for told in heard if told["msg_type"] == "comm_msg"]
        assert {"msg_id": message["header"]["msg_id"]} in captured
        assert [told["content"]["text"] for told in heard if told["msg_type"] == "stream"] == ["clicked\n"]


def test_the_front_ends_widget_target_is_registered(place: Place) -> None:
    with place.kernel() as kernel:
        targets = kernel.run("import comm; print(sorted(comm.get_comm_manager().targets))")
        assert "jupyter.widget.control" in targets


def test_its_topics_carry_its_own_identity(place: Place) -> None:
    with place.kernel() as one, place.kernel() as other:
        topics = []
        for kernel in (one, other):
            said = kernel.run(
                "kernel = get_ipython().kernel\n"
                "print(kernel.ident, get_ipython().displayhook.topic.decode(), kernel.session.session)"
            )
            ident, topic, session = said.split()
            assert topic == f"kernel.{ident}.execute_result"
            topics += [ident, session]
        assert len(set(topics)) == 4


def test_it_ends_when_asked_and_says_so(place: Place) -> None:
    with place.kernel() as kernel:
        pid, process = kernel.pid, kernel.process
        asked = kernel.client.shutdown()
        reply = kernel.client.control_channel.get_msg(timeout=10)
        assert reply["msg_type"] == "shutdown_reply" and reply["parent_header"]["msg_id"] == asked
        kinds = []
        while "shutdown_reply" not in kinds:
            kinds.append(kernel.client.get_iopub_msg(timeout=10)["msg_type"])
        assert process.wait(5) == 0
        assert not is_running(pid)


def test_the_last_words_of_a_kernel_are_heard(place: Place) -> None:
    with place.kernel() as kernel:
        kernel.run("1")
        kernel.ask("print('x' * 5_000_000)")
        kernel.client.shutdown()
        heard = 0
        while heard < 5_000_000:
            told = kernel.client.get_iopub_msg(timeout=20)
            heard += len(told["content"]["text"]) if told["msg_type"] == "stream" else 0


@pytest.mark.parametrize(
    ("code", "status"), [("import os; os._exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9)]
)
def test_how_it_ended_is_known(place: Place, code: str, status: int) -> None:
    with place.kernel() as kernel:
        kernel.ask(code)
        assert kernel.process.wait(10) == status
        assert not kernel.manager.is_alive()


def test_a_kernel_that_is_killed_is_noticed_and_can_be_started_again(place: Place) -> None:
    with place.kernel() as kernel:
        os.kill(kernel.pid, signal.SIGKILL)
        kernel.process.wait(10)
        assert not kernel.manager.is_alive()
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=30)
        assert kernel.is_forked and kernel.run("1") == "1"


def test_a_signal_reaches_its_own_children_and_no_other_kernel(place: Place) -> None:
    with place.kernel() as kernel, place.kernel() as other:
        child = int(kernel.run("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"))
        kernel.manager.shutdown_kernel(now=True)
        for _ in range(50):
            if not is_running(child):
                break
            time.sleep(0.1)
        assert not is_running(child)
        assert other.run("1") == "1"


def test_a_kernel_that_has_ended_is_sent_no_signal(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.kernel() as kernel:
        kernel.process.kill()
        assert kernel.process.wait(10) in (-9, UNKNOWN)
        sent = []
        monkeypatch.setattr(os, "killpg", lambda *group: sent.append(group))
        kernel.manager.signal_kernel(signal.SIGINT)
        assert sent == []
        with pytest.raises(ProcessLookupError):
            kernel.process.send_signal(signal.SIGINT)
