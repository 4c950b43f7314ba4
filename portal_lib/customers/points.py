"""Supply points by their POD: from a POD to the number under which its readings are kept."""

from collections.abc import Iterable

import sqlalchemy as sa
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
