"""How much a kernel may take: memory, processor time, open files.

Memory is limited by ``RLIMIT_DATA``, which counts private writable mappings. ``RLIMIT_AS`` would count address space:
a kernel has some gigabytes of that from the first moment (shared libraries, thread stacks, what allocators reserve and
never touch), and SQLite maps whole databases that are shared anyway. What a kernel has mapped when it is
born (the zygote's memory, its own threads' stacks) is free; the limit is what comes on top. Over it,
Python raises ``MemoryError`` in the cell or callback, and the kernel lives on.

Processor time is that of the whole life of the kernel: over it the system ends the process (``SIGXCPU``, and a few
seconds later ``SIGKILL``). No kernel leaves a core file: it would hold a customer's data.
"""

import resource
from dataclasses import dataclass
from pathlib import Path

_MB = 1024 * 1024

#: What a launched kernel has mapped once it has imported what a forked one was born with: counted as nobody's.
_MAPPED_BY_IMPORTS = 384 * _MB

_SECONDS_TO_END = 5


@dataclass(frozen=True)
class Limits:
    """0 means: as the owner is limited itself."""

    memory_mb: int = 0
    cpu_seconds: int = 0
    open_files: int = 0

    def apply_to_child(self) -> None:
        """Limit this process, which has just been forked, for good."""
        self._apply(0, _mapped())

    def apply_to_launched(self, process: int) -> None:
        """Limit a process that was launched, whose imports are still to come."""
        self._apply(process, _MAPPED_BY_IMPORTS)

    def _apply(self, process: int, mapped: int) -> None:
        _limit(process, resource.RLIMIT_CORE, 0, 0)
        if self.memory_mb:
            most = mapped + self.memory_mb * _MB
            _limit(process, resource.RLIMIT_DATA, most, most)
        if self.cpu_seconds:
            _limit(process, resource.RLIMIT_CPU, self.cpu_seconds, self.cpu_seconds + _SECONDS_TO_END)
        if self.open_files:
            _limit(process, resource.RLIMIT_NOFILE, self.open_files, self.open_files)


def _limit(process: int, what: int, soft: int, hard: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, allowed = resource.prlimit(process, what)
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    resource.prlimit(process, what, (soft, hard))


def _mapped() -> int:
    """Bytes of private writable mappings of this process, as RLIMIT_DATA counts them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return _MAPPED_BY_IMPORTS
