"""A kernel that gives way: it gets the processor when the kernels of quieter visitors do not want it."""

import contextlib
import os
from pathlib import Path

#: For the kernels of somebody who sends more than any page does.
OF_FLOODED_KERNELS = 10

_NICEST = 19


def give_way(process: int, further: int) -> None:
    """Make a process nicer by ``further`` than this one is, with all its threads; one that is nicer already stays so.

    Linux may weigh whole sessions against each other (autogroups) and then looks at niceness inside a session alone:
    a kernel, which leads a session of its own, gives way as such a group, too. Nothing where it has ended.
    """
    nice = min(_NICEST, os.getpriority(os.PRIO_PROCESS, 0) + further)
    with contextlib.suppress(OSError):
        if os.getsid(process) == process:
            Path(f"/proc/{process}/autogroup").write_text(str(further))
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            if os.getpriority(os.PRIO_PROCESS, int(thread.name)) < nice:
                os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
