"""The pages run through once, each of their buttons pressed, in the process that pages' kernels are forked from.

What a page does for the first time is dear: modules that are imported only then, regular expressions and templates
compiled, caches filled. Done before the fork it is done for all, and its memory is shared. Nothing of it stays but
that: the readings are made up and nobody's, their database is deleted, and connections are closed (the zygote looks).
"""

import gc
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import ipywidgets
import numpy as np
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.deposit import tables as deposits
from portal_lib.metering import tables as metering
from portal_lib.metering.calendar import day_number, quarter_hours

_NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
_CODE = "00000000"
_FIRST, _DAYS = date(2022, 1, 1), 1461


def rehearse(run: Callable[[str], None]) -> None:
    """Run every cell of the customers' pages by ``run``."""
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        url = f"sqlite:///{folder}/data.sqlite"
        _make_up(url)
        before = dict(os.environ)
        os.environ |= {
            "PORTAL_DATA_URL": url,
            "PORTAL_VISITOR": json.dumps({"name": "rehearsal", "codes": [_CODE]}),
            "PORTAL_LANGUAGE": "it",
            "QUERY_STRING": "",
        }
        try:
            for notebook in sorted(_NOTEBOOKS.glob("*.ipynb")):
                buttons: list[ipywidgets.ToggleButtons] = []
                ipywidgets.Widget.on_widget_constructed(partial(_note, buttons))
                for cell in json.loads(notebook.read_text())["cells"]:
                    if cell["cell_type"] == "code":
                        run("".join(cell["source"]))
                ipywidgets.Widget.on_widget_constructed(None)
                for group in buttons:
                    _press(group)
        finally:
            ipywidgets.Widget.on_widget_constructed(None)
            ipywidgets.Widget.close_all()
            os.environ.clear()
            os.environ.update(before)
            for thing in gc.get_objects():
                if isinstance(thing, Engine):
                    thing.dispose()


def _note(buttons: list[ipywidgets.ToggleButtons], widget: ipywidgets.Widget) -> None:
    if isinstance(widget, ipywidgets.ToggleButtons):
        buttons.append(widget)


def _press(group: ipywidgets.ToggleButtons) -> None:
    """Each of the buttons once, and then the one that was pressed before."""
    before = group.index
    for place in range(len(group.options)):
        group.index = place
    group.index = before


def _make_up(url: str) -> None:
    """A customer with one point and years of quarter hours that nobody has used."""
    engine = db.open_engine(url)
    for tables in (customers, metering, deposits):
        tables.metadata.create_all(engine)
    days = [_FIRST + timedelta(days=n) for n in range(_DAYS)]
    with engine.begin() as connection:
        connection.execute(
            customers.customer.insert(),
            {"code": _CODE, "kind": "organisation", "name": "Nessuno", "tax_code": "00000000000"},
        )
        connection.execute(
            customers.supply_point.insert(), {"id": 1, "pod": "IT001E00000000", "voltage": 400, "available_kw": 16.5}
        )
        connection.execute(
            customers.holder.insert(), {"point_id": 1, "first_day": date(2020, 1, 1), "customer_code": _CODE}
        )
        connection.execute(
            metering.source_file.insert(),
            {
                "id": 1,
                "sha256": "0" * 64,
                "flow": "PDO",
                "name": "",
                "sent_at": "",
                "received_at": datetime(2025, 1, 1, tzinfo=UTC),
            },
        )
        connection.execute(
            metering.curve_day.insert(),
            [
                {
                    "point_id": 1,
                    "magnitude": magnitude,
                    "day": day_number(day),
                    "n": quarter_hours(day),
                    "flags": 0,
                    "file_id": 1,
                    "curve": np.arange(1, quarter_hours(day) + 1, dtype="<i4").tobytes(),
                }
                for day in days
                for magnitude in ("Ea", "Er")
            ],
        )
    engine.dispose()
