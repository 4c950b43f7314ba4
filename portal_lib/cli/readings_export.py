"""``portal readings export``: the fleet's readings as Parquet, for other programs."""

import getpass
import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


class NotAMonth(Refused):
    it = "«{value}» non è un mese. Scrivi anno e mese, per esempio 2025-03."
    en = "“{value}” isn't a month. Write year and month, for example 2025-03."


def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where year=…/month=… are written.")],
    first: Annotated[str, typer.Option("--from", metavar="MONTH", help="First month, 2025-01.")],
    last: Annotated[str, typer.Option("--to", metavar="MONTH", help="Last month, 2025-12.")],
    customer: Annotated[
        list[str] | None, typer.Option("--customer", metavar="CODE", help="Only the days that this customer held.")
    ] = None,
    order: Annotated[
        list[str] | None, typer.Option("--order", metavar="NUMBER", help="Only the days supplied under this order.")
    ] = None,
    pod: Annotated[list[str] | None, typer.Option("--pod", metavar="POD", help="Only this point.")] = None,
    magnitude: Annotated[
        list[str] | None, typer.Option("--magnitude", metavar="NAME", help="Ea (default), Er, Erc, Eri.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="What for; stands in the record of staff reads.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write hourly readings as Parquet, month by month and in time order.

    For DuckDB, Dask, Polars or pandas: FOLDER/year=2025/month=03/part.parquet;
    docs/analysts.md says what the columns are. Options may be repeated. Months
    that are there already are replaced, each at once. As every read by staff,
    it goes on record before anything is read.
    """
    from portal_lib import db
    from portal_lib.clock import system_clock
    from portal_lib.customers.scopes import Scope
    from portal_lib.settings import load_settings
    from portal_lib.visitor import StaffDoor
    from portal_lib.visits import record_read

    months = _month(first), _month(last)
    settings = load_settings()
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)
    reader = f"command line: {getpass.getuser()}"

    def record(since: date, until: date, points: int, why: str) -> None:
        record_read(engine, reader, since, until, points, why, system_clock)

    door = StaffDoor(engine, reader, record, october_4_from=settings.october_4_is_holiday_from)
    scope = Scope(tuple(customer or ()), tuple(order or ()), tuple(pod or ()))
    rows = []
    try:
        for month in door.exported(folder, *months, reason, magnitudes=magnitude or ("Ea",), scope=scope):
            rows.append({"month": f"{month.month:%Y-%m}", "rows": month.rows, "Wh": month.wh, "file": str(month.path)})
    finally:
        engine.dispose()
    answer(rows, ["month", "rows", "Wh", "file"], as_json=as_json)
    if not rows:
        say("There are no such readings in these months: nothing was written.")


def _month(text: str) -> date:
    found = _MONTH.fullmatch(text)
    if found is None:
        raise NotAMonth(value=text[:40])
    return date(int(found[1]), int(found[2]), 1)
