"""What a forked child has anew before it becomes a kernel: nothing of the zygote's, all of what it was given."""

import contextlib
import locale
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence


def own_session() -> None:
    """A session and process group of its own, so that a signal to the group reaches its children and no other's."""
    os.setsid()


def own_signals() -> None:
    """The system's way with every signal that the zygote had caught."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def own_stdio(descriptors: Sequence[int]) -> None:
    """Put the three given descriptors in the place of 0, 1 and 2 and close the given ones."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        if descriptor > 2:
            os.close(descriptor)


def own_environment(environment: Mapping[str, str]) -> None:
    """Exactly this environment. The mapping stays the same object: functions have it as their default."""
    os.environ.clear()
    os.environ.update(environment)
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    time.tzset()
    with contextlib.suppress(locale.Error):  # one that is not installed: a launched kernel goes on without it, too
        locale.setlocale(locale.LC_CTYPE, "")


def own_chance() -> None:
    """Random generators that no sibling shares.

    ``random`` seeds itself anew after a fork; ``secrets``, ``uuid4`` and ``tempfile`` ask the system, or look at the
    process id. numpy's old global generator does neither; its ``default_rng()`` asks the system each time.
    """
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


#: What the interpreter reads once, when it starts, and a fork can't read again. (PYTHONDONTWRITEBYTECODE can be.)
READ_AT_START = frozenset(
    {
        "PYTHONDEVMODE",
        "PYTHONHASHSEED",
        "PYTHONHOME",
        "PYTHONINSPECT",
        "PYTHONMALLOC",
        "PYTHONNOUSERSITE",
        "PYTHONOPTIMIZE",
        "PYTHONPATH",
        "PYTHONSAFEPATH",
        "PYTHONSTARTUP",
        "PYTHONTRACEMALLOC",
        "PYTHONUTF8",
        "PYTHONWARNINGS",
    }
)
