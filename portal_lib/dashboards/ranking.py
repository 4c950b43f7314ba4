"""Where it goes: what each supply point uses, or each order or cost centre, from the largest down."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.clock import ROME
from portal_lib.dashboards.closing import close
from portal_lib.dashboards.figures import BAND_PAINT, MUTED, bars, figure, plain_axis, value_axis
from portal_lib.dashboards.part import Twin, links, part
from portal_lib.dashboards.points import group_name
from portal_lib.dashboards.ticks import labelled
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import moment, number, say, share
from portal_lib.language import Said
from portal_lib.metering.bands import BANDS
from portal_lib.metering.registers import SINGLE

#: More bars can't be read; all are in the table.
_MOST = 15

_TITLE = Said("Forniture a confronto", "Supply points compared")
_BY = {
    "point": Said("Per fornitura", "By supply point"),
    "order": Said("Per ordine", "By order"),
    "centre": Said("Per centro di costo", "By cost centre"),
}
_NONE = {"order": Said("senza ordine", "no order"), "centre": Said("senza centro di costo", "no cost centre")}
_GROUPED = Said("Raggruppa", "Group")
_SUMMARY = Said(
    "{range}: {total} kWh in tutto. Primo: {name} con {kwh} kWh ({share}). {shown} Barre, da sinistra: F1, F2, F3; in "
    "grigio i contatori senza fasce.",
    "{range}: {total} kWh in all. First: {name} with {kwh} kWh ({share}). {shown} Bars, from the left: F1, F2, F3; "
    "grey: meters without bands.",
)
_SHOWN = Said("Il grafico mostra i primi {most} di {count}.", "The chart shows the first {most} of {count}.")
_TOTAL, _SHARE = Said("Totale kWh", "Total kWh"), Said("Quota", "Share")
_PEAK, _WHEN = Said("Picco kW", "Peak kW"), Said("Quando", "When")
_DAYS = Said("Giorni con letture / dovuti", "Days with readings / owed")
_ESTIMATED = Said("Giorni stimati", "Days estimated")
_NAMES = {"point": Said("Fornitura", "Supply point"), "order": Said("Ordine", "Order"), "centre": _BY["centre"]}


@dataclass
class _Row:
    """Wh by band (and F0), and quality, of one point or group."""

    name: str
    wh: dict[str, int]
    stored: int = 0
    owed: int = 0
    estimated: int = 0
    peak_kw: float | None = None
    peak_at: int | None = None

    @property
    def total(self) -> int:
        return sum(self.wh.values())


class Ranking:
    """The part; it remembers how it is grouped while the page's choice changes."""

    def __init__(self) -> None:
        self._by = "point"

    def __call__(self, view: View) -> Sequence[widgets.Widget]:
        box = widgets.VBox(self._drawn(view))
        if len(view.points) <= 1:
            return [box]
        by = widgets.ToggleButtons(
            options=[(say(said), name) for name, said in _BY.items()], value=self._by, description=say(_GROUPED)
        )
        by.style.description_width = "initial"

        def regrouped(_change: object) -> None:
            if by.value in _BY:
                self._by = by.value
                old, box.children = box.children, self._drawn(view)
                close(old)

        by.observe(regrouped, names="value")
        row = widgets.Box([by])
        row.add_class("portal-controls")
        return [row, box]

    def _drawn(self, view: View) -> Sequence[widgets.Widget]:
        rows = _rows(view, self._by if len(view.points) > 1 else "point")
        shown = rows[:_MOST]
        most = max((row.total for row in shown), default=0) / 1000
        x_scale, x_axis = value_axis(most, "kWh")
        x_axis.orientation, x_axis.label_offset = "horizontal", "2.4em"
        y_scale = bqplot.LinearScale(min=-0.6, max=len(shown) - 0.4, reverse=True)
        places = np.arange(len(shown), dtype=np.float64)
        bands = [*BANDS, SINGLE]
        values = np.array([[row.wh.get(band, 0) / 1000 for row in shown] for band in bands])
        totals = bars(
            places,
            values,
            scales={"x": y_scale, "y": x_scale},
            colors=[*BAND_PAINT, MUTED],
            padding=0.25,
            type="stacked",
            orientation="horizontal",
        )
        y_axis = plain_axis(y_scale, [], [], orientation="vertical")
        for name, value in labelled(places.tolist(), [_short(row.name) for row in shown]).items():
            setattr(y_axis, name, value)
        height = f"{max(160, 40 * len(shown) + 70)}px"
        whole = sum(row.total for row in rows)
        first = rows[0]
        said = say(
            _SUMMARY, range=view.range, total=number(whole / 1000, 3), name=first.name,
            kwh=number(first.total / 1000, 3), share=share(first.total / whole if whole else None),
            shown=say(_SHOWN, most=number(_MOST), count=number(len(rows))) if len(rows) > _MOST else "",
        )  # fmt: skip
        table = [
            [row.name, number(row.total / 1000, 3), share(row.total / whole if whole else None),
             *(number(row.wh[band] / 1000, 3) if band in row.wh else "–" for band in BANDS), number(row.peak_kw, 2),
             "–" if row.peak_at is None else moment(datetime.fromtimestamp(row.peak_at, UTC).astimezone(ROME)),
             f"{number(row.stored)} / {number(row.owed)}", number(row.estimated)]
            for row in rows
        ]  # fmt: skip
        heads = [say(_NAMES[self._by]), say(_TOTAL), say(_SHARE), *BANDS]
        heads += [say(head) for head in (_PEAK, _WHEN, _DAYS, _ESTIMATED)]
        title = say(_TITLE)
        drawn = figure([totals], [x_axis, y_axis], height=height, left=170)
        return part(title, [drawn], said, Twin(f"{title}, {view.range}", heads, table), files=links(view))


def _rows(view: View, by: str) -> list[_Row]:
    groups: dict[str, list[str]] = defaultdict(list)
    for point in view.points:
        if by == "point":
            name = " · ".join(part for part in (point.pod, point.use, point.address) if part)
        else:
            name = group_name(point, by) or say(_NONE[by])
        groups[name].append(point.pod)
    rows = []
    for name, pods in groups.items():
        row = _Row(name, defaultdict(int))
        for pod in pods:
            if pod in view.months:
                for month in view.months[pod]:
                    for band, wh in month.wh.items():
                        row.wh[band] += wh
                continue
            own = view.each[pod]
            for band, wh in zip(BANDS, own.wh, strict=True):
                row.wh[band] += wh
            row.stored, row.owed = row.stored + own.days_stored, row.owed + own.days_owed
            row.estimated += own.days_estimated
            if len(pods) == 1:  # peaks of several points don't add up
                row.peak_kw, row.peak_at = own.peak_kw, own.peak_at
        rows.append(row)
    return sorted(rows, key=lambda row: (-row.total, row.name))


def _short(name: str) -> str:
    """What fits beside a bar: a point's use instead of its POD."""
    parts = name.split(" · ")
    text = parts[1] if len(parts) > 1 else parts[0]
    return text if len(text) <= 24 else f"{text[:23]}…"
