"""One part of a page: its title, its chart, what the chart says in words, the same numbers as a table, and files.

A reader who can't see the chart gets the summary and the table: the front end ties them to the drawing by the classes
given here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

import bqplot
import ipywidgets as widgets
from ipywidgets.widgets.widget_string import HTMLStyle

from portal_lib.dashboards.redrawing import Later, Redrawn
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import number, say
from portal_lib.language import Said

#: Longer tables are a download, not something to scroll through.
MOST_ROWS = 1500

_TABLE = Said("Tabella dei dati ({rows} righe)", "Data table ({rows} rows)")
_MORE = Said("Altre {rows} righe sono nei file da scaricare.", "{rows} more rows are in the files to download.")
_FILES = Said("Scarica questi dati:", "Download these data:")
_ISO = Said("CSV internazionale", "CSV, international")
_ITALIAN = Said("CSV italiano", "CSV, Italian")
_SAVE = Said("Salva il grafico in {format}", "Save the chart as {format}")


@dataclass(frozen=True)
class Twin:
    """The chart's numbers as a table: one row for each thing drawn. Cells are text, escaped here.

    ``total`` is how many rows there are where ``rows`` holds only the first of them.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: int | None = None

    def html(self) -> str:
        """The table, folded; the first column heads its row."""
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in self.heads)
        shown = self.rows[:MOST_ROWS]
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in shown)
        total = len(self.rows) if self.total is None else self.total
        more = f"<p>{escape(say(_MORE, rows=number(total - len(shown))))}</p>" if total > len(shown) else ""
        return (
            f'<details class="portal-twin"><summary>{escape(say(_TABLE, rows=number(total)))}</summary>'
            f'<div class="portal-scroll" tabindex="0" role="region" aria-label="{escape(self.caption)}">'
            f'<table class="portal-table"><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{more}</details>"
        )


def part(
    title: str,
    drawn: Iterable[widgets.Widget],
    summary: str,
    twin: Twin | Callable[[], Twin],
    *,
    files: str = "",
    above: Iterable[widgets.Widget] = (),
) -> list[widgets.Widget]:
    """A whole part in its box. ``summary`` is plain text; ``files`` is what :func:`links` gives; a ``twin`` that is
    long to make is given as what makes it.

    Each widget, layout and style, and each class added later, is a message of its own, which everybody waits for: so
    widgets share these, and have their classes from the start.
    """
    drawn = list(drawn)
    plain = {"layout": widgets.Layout()}
    text = {**plain, "style": HTMLStyle()}
    heading = widgets.HTML(f"<h2>{escape(title)}</h2>", **text)
    said = widgets.HTML(f"<p>{escape(summary)}</p>", _dom_classes=["portale-sintesi"], **text)
    table = Later(lambda: (twin() if callable(twin) else twin).html() + files, _dom_classes=["portale-tabella"], **text)
    below: list[widgets.Widget] = []
    if any(isinstance(one, bqplot.Figure) for one in drawn):
        below.append(widgets.HBox(_saves(), _dom_classes=["portal-controls"], **plain))
    return [Redrawn([heading, *above, *drawn, said, table, *below], _dom_classes=["portale-parte"], **plain)]


def links(view: View, *, detail: str | None = None, magnitude: str = "Ea") -> str:
    """Links to files with the same points, days and detail."""
    of = [
        (say(_ITALIAN), view.export("csv", detail=detail, magnitude=magnitude)),
        (say(_ISO), view.export("csv", detail=detail, magnitude=magnitude, form="iso")),
        ("Excel", view.export("xlsx", detail=detail, magnitude=magnitude)),
        ("JSON", view.export("json", detail=detail, magnitude=magnitude, form="iso")),
    ]
    anchors = " · ".join(f'<a href="{escape(address)}" download>{escape(name)}</a>' for name, address in of)
    return f'<p class="portal-export">{escape(say(_FILES))} {anchors}</p>'


def sentence(text: str) -> list[widgets.Widget]:
    """In a part's place, why there is nothing to draw."""
    return [widgets.HTML(f"<p>{escape(text)}</p>")]


def _saves() -> list[widgets.Button]:
    looks = {"layout": widgets.Layout(width="auto"), "style": widgets.ButtonStyle()}
    return [
        widgets.Button(description=say(_SAVE, format=form.upper()), _dom_classes=[f"portale-salva-{form}"], **looks)
        for form in ("svg", "png")
    ]
