"""The same run on a Dask cluster: ``portal reports run --due --dask tcp://scheduler:8786``.

Every worker has the portal installed, its settings' ``var`` (a shared folder) and the data database, which past one
machine is PostgreSQL. Dask hands a piece to another worker when one dies; the claim sees to it that it is deposited
once. Needs the optional package ``distributed``.
"""

import threading
from collections.abc import Iterator, Sequence
from functools import cache

from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import Clock, system_clock
from portal_lib.refused import Refused
from portal_lib.reporting import running_due
from portal_lib.reporting.owed import Piece, Standing
from portal_lib.reporting.running import Hands
from portal_lib.reporting.running_due import Outcome
from portal_lib.settings import Settings


class NoDask(Refused):
    it = "Manca il pacchetto «distributed»: installalo con «pip install distributed» qui e su ogni worker, e riprova."
    en = "The package «distributed» is missing: «pip install distributed» here and on every worker, and try again."


class NoCluster(Refused):
    it = "Nessun cluster Dask risponde a {address} ({reason}). Controlla l'indirizzo dello scheduler e riprova."
    en = "No Dask cluster answers at {address} ({reason}). Check the scheduler's address and try again."


def run(
    settings: Settings,
    found: Sequence[Standing],
    *,
    address: str,
    clock: Clock = system_clock,
    retry: bool = False,
) -> Iterator[Outcome]:
    """Make these pieces on the cluster at ``address``; each outcome as it comes.

    Raises :class:`NoDask` or :class:`NoCluster`.
    """
    try:
        import distributed
    except ImportError:
        raise NoDask from None
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise NoCluster(address=address, reason=error) from None
    with client, client.as_current():
        begun = [
            client.submit(
                _work,
                settings,
                one.piece,
                one.state == "provisional",
                clock,
                retry,
                key=f"report {one.piece}",
                pure=False,
            )
            for one in found
        ]
        pieces = {future.key: one.piece for future, one in zip(begun, found, strict=True)}
        for future in distributed.as_completed(begun, raise_errors=False):
            if future.status == "finished":
                yield future.result()
            else:  # several workers died over it: the next run tries again
                said = str(future.exception())
                yield Outcome(pieces[future.key], "failed", reason_it=said, reason_en=said)


_own = threading.local()


def _work(settings: Settings, piece: Piece, provisional: bool, clock: Clock, retry: bool) -> Outcome:
    """On a worker of the cluster: each of its threads has a process of its own that makes reports."""
    if not hasattr(_own, "hands"):
        _own.hands = Hands()
    engine = _engine(settings.data_database)
    return running_due.work(settings, engine, piece, _own.hands, clock, provisional=provisional, retry=retry)


@cache
def _engine(url: str) -> Engine:
    return db.open_engine(url)
