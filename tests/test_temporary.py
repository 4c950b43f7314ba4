import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from portal_lib.temporary import sweep, temporary_folder


def test_a_folder_is_gone_when_its_work_is_done_or_fails(tmp_path: Path) -> None:
    with temporary_folder(tmp_path, ".work-") as made:
        (made / "half").write_text("half")
    assert not made.exists()


def test_the_folder_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib\nfrom portal_lib.temporary import temporary_folder\n"
        "with temporary_folder(pathlib.Path(sys.argv[1]), '.work-') as made:\n"
        "    (made / 'half').write_text('half'); print(made, flush=True); time.sleep(60)\n"
    )
    dead, living = (
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    )
    folders = [Path(process.stdout.readline().strip()) for process in (dead, living)]  # type: ignore[union-attr]
    try:
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        assert sweep(tmp_path, ".work-") == []  # too young to tell
        for folder in folders:
            os.utime(folder, (time.time() - 120, time.time() - 120))
        assert sweep(tmp_path, ".work-") == [folders[0]]
        assert [folder.exists() for folder in folders] == [False, True]
    finally:
        living.kill()
        living.wait()
