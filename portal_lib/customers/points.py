"""Supply points by their POD: from a POD to the number under which its readings are kept."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from portal_lib.customers.tables import supply_point

#: PODs asked for in one query. SQLite allows 32,766 bound values, PostgreSQL's protocol 65,535.
_AT_ONCE = 1000


def point_ids(connection: Connection, pods: Iterable[str]) -> dict[str, int]:
    """The number of each known supply point, ``{POD: id}``; a POD that nobody has loaded is left out.

    ``pods`` are normal PODs (``portal_lib.metering.identifiers.normal_pod``); repeated ones are asked for
    once.
    """
    wanted = list(dict.fromkeys(pods))
    known: dict[str, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows = connection.execute(sa.select(supply_point.c.pod, supply_point.c.id).where(supply_point.c.pod.in_(some)))
        known.update({row.pod: row.id for row in rows})
    return known


def expect(connection: Connection, pods: Iterable[str]) -> dict[str, int]:
    """The number of each of these supply points, ``{POD: id}``, unknown ones made on the way.

    For readings that arrive before the sheet that announces their point: such a point is kept with ``announced``
    false, held by nobody and shown to nobody, until a sheet names it. Works inside the caller's writing
    transaction and beside others that make the same points: each POD gets one number, and nothing of it stays where
    the caller rolls back. ``pods`` are normal PODs.
    """
    wanted = list(dict.fromkeys(pods))
    known = point_ids(connection, wanted)
    unknown = sorted(pod for pod in wanted if pod not in known)
    if not unknown:
        return known
    lock(connection)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(unknown), _AT_ONCE):
        # Somebody may have made one since it was asked for: then theirs is the number.
        connection.execute(
            insert(supply_point).on_conflict_do_nothing(index_elements=["pod"]),
            [{"pod": pod, "announced": False} for pod in unknown[start : start + _AT_ONCE]],
        )
    return known | point_ids(connection, unknown)


def unannounced(connection: Connection, pods: Iterable[str] | None = None) -> int:
    """How many of these points (or of all) only readings have named so far, so that their readings wait."""
    count = sa.select(sa.func.count()).select_from(supply_point).where(~supply_point.c.announced)
    if pods is None:
        return connection.scalar(count) or 0
    wanted = list(dict.fromkeys(pods))
    return sum(
        connection.scalar(count.where(supply_point.c.pod.in_(wanted[start : start + _AT_ONCE]))) or 0
        for start in range(0, len(wanted), _AT_ONCE)
    )


def lock(connection: Connection) -> None:
    """Let one transaction at a time make points, so that no two wait for each other's; readers go on.

    SQLite's writers queue from their BEGIN on already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE supply_point IN SHARE ROW EXCLUSIVE MODE"))
