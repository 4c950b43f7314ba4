"""``portal readings trace`` and ``status``: where a number comes from, and what is missing or late."""

import json
import re
import sys
from datetime import date
from typing import Annotated, Any

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused


class UnknownPoint(Refused):
    it = "Nessuna fornitura ha il POD {pod}. Controllalo, o carica prima il foglio delle forniture."
    en = "No supply point has the POD {pod}. Check it, or load the sheet of supply points first."


class NotTheDay(Refused):
    it = "«{text}» non è un giorno. Scrivilo così: 2025-03-30."
    en = "“{text}” is not a day. Write it like 2025-03-30."


class NotTheMonth(Refused):
    it = "«{text}» non è un mese. Scrivilo così: 2025-03."
    en = "“{text}” is not a month. Write it like 2025-03."


_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)

_TRAIL = ("magnitude", "kind", "band", "state", "total", "missing", "flags", "flow", "file", "sent", "received")
_STATUS = ("pod", "kind", "owed", "measured", "estimated", "not_validated", "corrected", "missing", "note")


def trace(
    pod: Annotated[str, typer.Argument(metavar="POD", help="The supply point.")],
    day: Annotated[str, typer.Argument(metavar="DAY", help="The competence day, such as 2025-11-04.")],
    as_json: AsJson = False,
) -> None:
    """Show every value that a point's day has had, and the file it came with.

    By magnitude, the value in force first, then those it replaced, latest file
    first. Energy in kWh (kvarh), power in kW, instants in UTC.
    """
    from portal_lib import db
    from portal_lib.customers.points import point_ids
    from portal_lib.metering import tracing
    from portal_lib.metering.identifiers import normal_pod
    from portal_lib.settings import load_settings

    wanted, on = normal_pod(pod), _day(day)
    settings = load_settings()
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)
    try:
        with db.reading(engine) as connection:
            known = point_ids(connection, [wanted])
            if wanted not in known:
                raise UnknownPoint(pod=wanted)
            values = tracing.trail(connection, known[wanted], on)
    finally:
        engine.dispose()
    rows = [
        {
            "magnitude": value.magnitude,
            "kind": value.kind,
            "band": value.band,
            "state": "in force" if value.in_force else "superseded",
            "total": None if value.total is None else value.total / 1000,
            "intervals": value.intervals,
            "missing": value.missing,
            "flags": ", ".join(flag.name.lower() for flag in value.flags if flag.name),
            "flow": value.flow,
            "file": value.file,
            "sent": _sent(value.sent_at),
            "received": f"{value.received_at:%Y-%m-%dT%H:%M:%SZ}",
        }
        for value in values
    ]
    if rows or as_json:
        answer(rows, _TRAIL, as_json=as_json)
    if not rows:
        say(f"portal: no file has said anything of {wanted} on {on}.")


def status(
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="The month; the last whole one by default.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List the points that lack nothing, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a month's readings lack, and what is late.

    Days of each point that its holders are owed: measured, estimated, not
    validated, corrected, missing; for meters without curves, whether registers
    tell of the whole month. Then points whose readings wait because no sheet
    has named them, and files put aside.
    """
    from portal_lib import db
    from portal_lib.clock import rome_day, system_clock
    from portal_lib.metering import put_aside
    from portal_lib.metering.status import of_month
    from portal_lib.settings import load_settings

    settings = load_settings()
    today = rome_day(system_clock())
    wanted = _month(month) if month is not None else _month_before(today)
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)
    try:
        with db.reading(engine) as connection:
            owed, pods, waiting = _customers(connection)
            found = of_month(connection, wanted, today, owed)
    finally:
        engine.dispose()
    aside = len(list(put_aside.waiting(settings.put_aside_folder)))
    rows: list[dict[str, Any]] = [
        {
            "pod": pods[point.point_id],
            "kind": point.kind,
            "owed": point.owed,
            "measured": point.measured,
            "estimated": point.estimated,
            "not_validated": point.not_validated,
            "corrected": point.corrected,
            "missing": point.missing,
            "late": point.late,
            "factor": point.factor,
            "note": _note(point.late, point.factor, point.ratio),
        }
        for point in found.points
    ]
    rows.sort(key=lambda row: str(row["pod"]))
    if as_json:
        told = {
            "month": f"{wanted:%Y-%m}",
            "hourly_due": found.hourly_due,
            "registers_due": found.registers_due,
            "points": rows,
            "waiting": waiting,
            "put_aside": aside,
        }
        json.dump(told, sys.stdout, default=str, ensure_ascii=False, indent=2)
        print()
        return
    shown = [row for row in rows if every or row["measured"] != row["owed"] or row["note"]]
    if shown:
        answer(shown, _STATUS, as_json=False)
    late = sum(bool(row["late"]) for row in rows)
    say(f"{wanted:%Y-%m}: {len(rows)} points are owed readings; {len(rows) - len(shown)} not listed lack nothing.")
    say(f"Curves were due by {found.hourly_due}, registers by {found.registers_due}; late: {late}.")
    if waiting:
        say(f"Readings of {len(waiting)} points wait for a sheet that names them: {', '.join(waiting[:5])}"
            + (", …" if len(waiting) > 5 else "") + ". Load it with portal customers load.")  # fmt: skip
    if aside:
        say(f"Files put aside: {aside}. Their reasons lie beside them in {settings.put_aside_folder}.")


def _customers(connection: Any) -> tuple[list[tuple[int, date, date | None]], dict[int, str], list[str]]:
    """For which days readings of each point are owed, each point's POD, and the PODs that only readings name."""
    import sqlalchemy as sa

    from portal_lib.customers.tables import holder, supply_point

    owed = connection.execute(sa.select(holder.c.point_id, holder.c.first_day, holder.c.last_day)).all()
    points = connection.execute(sa.select(supply_point.c.id, supply_point.c.pod, supply_point.c.announced)).all()
    return (
        [tuple(row) for row in owed],
        {row.id: row.pod for row in points},
        sorted(row.pod for row in points if not row.announced),
    )


def _note(late: bool, factor: int | None, ratio: float | None) -> str:
    notes = ["late"] if late else []
    if factor is not None:
        times = f"{factor} times" if factor > 0 else f"one {-factor}th of"
        notes.append(f"registers say {times} what the curve says: is its Ka right (unscaled_distributors)?")
    elif ratio is not None and abs(ratio - 1) > 0.01:
        notes.append(f"registers say {ratio:.3f} of what the curve says")
    return "; ".join(notes)


def _sent(at: str) -> str:
    return f"{at[:4]}-{at[4:6]}-{at[6:8]} {at[8:10]}:{at[10:12]}:{at[12:14]}" if at else ""


def _day(text: str) -> date:
    try:
        found = date(*map(int, _DAY.fullmatch(text).groups()))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise NotTheDay(text=text[:40]) from None
    if not 1990 <= found.year <= 2099:
        raise NotTheDay(text=text[:40])
    return found


def _month(text: str) -> date:
    try:
        return _day(f"{text}-01")
    except NotTheDay:
        raise NotTheMonth(text=text[:40]) from None


def _month_before(today: date) -> date:
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
