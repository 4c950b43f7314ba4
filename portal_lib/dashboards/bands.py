"""The bands as this portal shows them: always letter and colour together, never colour alone."""

from collections.abc import Mapping, Sequence
from html import escape

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards import quality
from portal_lib.dashboards.figures import BAND_PAINT, bars, figure, plain_axis, value_axis
from portal_lib.dashboards.needs_curves import needs_curves
from portal_lib.dashboards.part import Twin, links, part
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import day, month, number, say, share
from portal_lib.language import Said
from portal_lib.metering.bands import BANDS
from portal_lib.metering.registers import SINGLE
from portal_lib.metering.series import Detail, series

_MEANING = {
    "F1": Said("lun–ven\u00a08–19", "Mon–Fri\u00a08–19"),
    "F2": Said("lun–ven\u00a07–8 e\u00a019–23, sab\u00a07–23", "Mon–Fri\u00a07–8 and\u00a019–23, Sat\u00a07–23"),
    "F3": Said("notte, domenica e\u00a0festivi", "nights, Sundays and\u00a0holidays"),
}
_TOTAL = Said("Totale", "Total")
_NO_BANDS = Said("contatore senza fasce", "meter without bands")
_TITLE = Said("Fasce", "Bands")
_AXIS = Said("% dell'energia", "% of the energy")
_SUMMARY = Said(
    "{range}: {total} kWh, di cui {shares}. {complete} Ogni colonna, dal basso: F1, F2, F3.",
    "{range}: {total} kWh, of which {shares}. {complete} Each column, from the bottom: F1, F2, F3.",
)
#: A million kWh with their decimals break before the unit on a telephone.
_AMOUNT = '<strong style="white-space: normal; overflow-wrap: anywhere">'
_WHEN = {"month": Said("Mese", "Month"), "day": Said("Giorno", "Day")}
_SHARE = Said("quota {band}", "share {band}")


def energies(view: View) -> Mapping[str, int]:
    """Wh of F1, F2, F3 over the range, curves and registers together; F0 where a meter tells no bands."""
    found = dict(view.load.by_band())
    for months in view.months.values():
        for one in months:
            for band, wh in one.wh.items():
                found[band] = found.get(band, 0) + wh
    return found


def totals(view: View) -> Sequence[widgets.Widget]:
    """The energy of each band and in all over the range, in kWh: the chart's legend and its sums in one."""
    of = energies(view)
    whole = sum(of.values())
    only_single = bool(of.get(SINGLE)) and not any(of[band] for band in BANDS)
    note = say(_NO_BANDS) if only_single else " + ".join(band for band in (*BANDS, SINGLE) if of.get(band) is not None)
    shown = () if only_single else BANDS
    cards = [
        f'<div class="portal-card" data-band="{band}" style="border-color:{BAND_PAINT[place]}">'
        f'<span class="portal-card-name"><i style="background:{BAND_PAINT[place]}"></i>{band}</span>'
        f"{_AMOUNT}{number(of[band] / 1000, 3)} kWh</strong>"
        f"<small>{share(of[band] / whole if whole else 0)} · {_unbroken(say(_MEANING[band]))}</small></div>"
        for place, band in enumerate(shown)
    ]
    cards.append(
        '<div class="portal-card portal-card-total" data-band="total">'
        f'<span class="portal-card-name">{escape(say(_TOTAL))}</span>'
        f"{_AMOUNT}{number(whole / 1000, 3)} kWh</strong><small>{escape(note)}</small></div>"
    )
    return [widgets.HTML(f'<div class="portal-cards">{"".join(cards)}</div>')]


@needs_curves(_TITLE)
def band_shares(view: View) -> Sequence[widgets.Widget]:
    """The share of each band, by day or by month: does use move to cheaper hours?"""
    detail: Detail = "day" if (view.last - view.first).days < 62 else "month"
    of = series(view.load, detail)
    whole = of.bands.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(whole[:, None] > 0, of.bands / whole[:, None], np.nan)
    x = np.arange(len(of), dtype=np.float64)
    x_scale = bqplot.LinearScale(min=-0.6, max=len(of) - 0.4)
    y_scale, y_axis = value_axis(100, say(_AXIS))
    shown = np.nan_to_num(100 * shares.T)
    mark = bars(x, shown, scales={"x": x_scale, "y": y_scale}, colors=BAND_PAINT, padding=0.2, type="stacked")
    named = day if detail == "day" else month
    labels = [named(stamp) for stamp in of.index]
    every = max(1, -(-len(of) // 8))
    axis = plain_axis(x_scale, x[::every].tolist(), labels[::every])
    rows = [
        [label, *(number(value, 3) for value in bands), *(share(value) for value in shares_of),
         quality.words(flags, known=known, owed=owed)]
        for label, bands, shares_of, flags, known, owed in zip(
            labels, of.bands.tolist(), shares.tolist(), of.flags.tolist(), of.known.tolist(), of.owed.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    heads = [
        say(_WHEN[detail]),
        *(f"{band} kWh" for band in BANDS),
        *(say(_SHARE, band=band) for band in BANDS),
        say(quality.QUALITY),
    ]
    total = view.load.total
    by_band = view.load.by_band()
    said = say(
        _SUMMARY,
        range=view.range,
        total=number(total / 1000, 3),
        shares=", ".join(f"{band} {share(wh / total if total else None)}" for band, wh in by_band.items()),
        complete=quality.completeness(view),
    )
    title = say(_TITLE)
    twin = Twin(f"{title}, {view.range}", heads, rows)
    return part(title, [figure([mark], [axis, y_axis])], said, twin, files=links(view, detail=detail))


def _unbroken(text: str) -> str:
    """No line breaks inside a range of hours."""
    return escape(text).replace("–", "\u2060–\u2060")
