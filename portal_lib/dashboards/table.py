"""The chart's table twin: the same numbers, for the keyboard, a screen reader, or a second look."""

from html import escape
from urllib.parse import urlencode

import ipywidgets as widgets
import pandas as pd

from portal_lib.dashboards import italian
from portal_lib.dashboards.bands import COLOURS
from portal_lib.dashboards.monthly import monthly_table
from portal_lib.dashboards.selection import View

#: Longer tables are a download, not something to scroll through.
MOST_ROWS = 1500


def table(view: View) -> list[widgets.Widget]:
    """Every interval of the range with its energy; the whole range as a CSV file beside it."""
    if view.months:
        return monthly_table(view)
    rows = view.readings.head(MOST_ROWS)
    heads, body = _day_rows(rows) if view.detail == "day" else _interval_rows(rows)
    query = urlencode({"dal": view.first, "al": view.last, "dettaglio": view.detail})
    more = len(view.readings) - len(rows)
    note = f"<p>Altre {italian.number(more)} righe sono nel file CSV.</p>" if more else ""
    html = (
        f'<p class="portal-export"><a href="/services/portale/export/{escape(view.point.pod)}.csv?{escape(query)}" '
        f"download>Scarica i dati in CSV</a></p>"
        f'<details class="portal-twin"><summary>Tabella dei dati ({italian.number(len(view.readings))} righe)</summary>'
        f'<div class="portal-scroll"><table class="portal-table"><thead><tr>'
        + "".join(f'<th scope="col">{head}</th>' for head in heads)
        + f"</tr></thead><tbody>{body}</tbody></table></div>{note}</details>"
    )
    return [widgets.HTML(html)]


def _interval_rows(rows: pd.DataFrame) -> tuple[tuple[str, ...], str]:
    cells = (
        f"<tr><td>{italian.day(instant)}</td><td>{italian.hour(instant.to_pydatetime())}</td>"
        f"<td>{escape(str(band))}</td><td>{italian.number(kwh, 3)}</td></tr>"
        for instant, band, kwh in zip(rows.index, rows["band"], rows["kwh"], strict=True)
    )
    return ("Giorno", "Ora di inizio", "Fascia", "kWh"), "".join(cells)


def _day_rows(rows: pd.DataFrame) -> tuple[tuple[str, ...], str]:
    columns = ("kwh", *COLOURS)
    cells = (
        f"<tr><td>{italian.day(instant)}</td>"
        + "".join(f"<td>{italian.number(value, 3)}</td>" for value in values)
        + "</tr>"
        for instant, values in zip(rows.index, rows[list(columns)].to_numpy(), strict=True)
    )
    return ("Giorno", "kWh", *COLOURS), "".join(cells)
