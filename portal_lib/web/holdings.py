"""Notices that a customer behind an open page has lost a supply point, whoever took it away, in whatever process.

The kernel asks the database at every click whose a point is; what is already drawn would stay on the screen.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers.tables import holder

#: How often open pages' customers are looked up.
EVERY_SECONDS = 10

_Held = frozenset[tuple[int, date, date | None]]
_AT_ONCE = 500


class Holdings:
    """What each customer code held when it was last looked at: points, with the first and last day of the holding."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, _Held] = {}

    def lost_by(self, codes: Collection[str]) -> set[str]:
        """Which of these customer codes hold less than at the last look; one looked at for the first time does not."""
        held = self._held_by(sorted(codes))
        lost = {code for code in codes if code in self._known and self._known[code] - held[code]}
        self._known = held
        return lost

    def _held_by(self, codes: list[str]) -> dict[str, _Held]:
        rows = defaultdict(list)
        columns = holder.c.customer_code, holder.c.point_id, holder.c.first_day, holder.c.last_day
        with db.reading(self._engine) as connection:
            for start in range(0, len(codes), _AT_ONCE):
                some = codes[start : start + _AT_ONCE]
                for code, *holding in connection.execute(sa.select(*columns).where(holder.c.customer_code.in_(some))):
                    rows[code].append(tuple(holding))
        return {code: frozenset(rows[code]) for code in codes}
