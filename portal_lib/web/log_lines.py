"""Which lines of the log an operator needs: all that warns, and of what merely happens only what we say ourselves."""

import logging
from pathlib import Path

_OURS = str(Path(__file__).parents[1])

#: It warns that a kernel was not restarted, as every time: we say that its page ends, and why.
_SAID_BY_US = frozenset({"restarter"})


class WhatOperatorsNeed(logging.Filter):
    """Drops the daily life of kernels and their connections, which the libraries log line by line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.module in _SAID_BY_US:
            return record.levelno > logging.WARNING
        return record.levelno > logging.INFO or record.pathname.startswith(_OURS)
