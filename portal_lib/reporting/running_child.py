"""The process that makes reports, one after another.

It is started by :class:`portal_lib.reporting.running.Hands`, speaks with it over a socket, and ends with it.
What is costly to import is imported once; each notebook runs in a kernel of its own below this process.
"""

import ctypes
import os
import signal
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

from portal_lib.clock import Clock
from portal_lib.refused import Refused
from portal_lib.reporting.claims import Worker
from portal_lib.reporting.owed import Piece
from portal_lib.settings import Settings

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Task:
    """One document to make, for whoever holds its claim."""

    settings: Settings
    piece: Piece
    worker: Worker
    only_if_complete: bool
    clock: Clock


@dataclass(frozen=True)
class Made:
    """What became of a task. ``it`` and ``en`` tell why it was refused or failed."""

    outcome: Literal["deposited", "refused", "unchanged", "lost", "broken"]
    version: int = 0
    on_time: bool = True
    provisional: bool = False
    it: str = ""
    en: str = ""


def main(descriptor: int, parent: int) -> None:
    """Make what is asked for until the other end hangs up."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return  # it died before we could say that we end with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    from portal_lib.reporting import papermill_runs  # noqa: F401 - costly, and done while nobody waits

    connection: Connection[Made, Task] = Connection(descriptor)
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(make(task))


def make(task: Task) -> Made:
    """Run and deposit one document; whatever goes wrong comes back in words."""
    from sqlalchemy.exc import DBAPIError

    from portal_lib import db
    from portal_lib.reporting import claims
    from portal_lib.reporting.exceptions import ReadingsIncomplete
    from portal_lib.reporting.runner import Runner

    piece, clock = task.piece, task.clock
    engine = db.open_engine(task.settings.data_database)
    try:
        made = Runner(engine, task.settings, clock).run(
            piece.report,
            piece.period,
            piece.customer_code,
            codes=piece.codes,
            only_if_complete=task.only_if_complete,
            together=lambda connection, provisional: claims.finish(
                connection, piece, task.worker, clock, provisional=provisional
            ),
        )
    except claims.ClaimLost as lost:
        return Made("lost", it=lost.say("it"), en=lost.say("en"))
    except ReadingsIncomplete as refusal:
        outcome: Literal["unchanged", "refused"] = "unchanged" if task.only_if_complete else "refused"
        return Made(outcome, it=refusal.say("it"), en=refusal.say("en"))
    except Refused as refusal:
        return Made("refused", it=refusal.say("it"), en=refusal.say("en"))
    except (OSError, DBAPIError) as error:
        said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        return Made("broken", it=said, en=said)
    except Exception as error:
        traceback.print_exc()
        said = f"{type(error).__name__}: {error}"
        return Made("broken", it=said, en=said)
    finally:
        engine.dispose()
    return Made("deposited", made.version, made.on_time, made.provisional)
