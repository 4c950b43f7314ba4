"""The bands as this portal shows them: always letter and colour together, never colour alone."""

import ipywidgets as widgets

from portal_lib.dashboards import italian
from portal_lib.dashboards.selection import View
from portal_lib.metering.registers import SINGLE

#: Told apart by lightness as well as hue, so that they differ for colour-blind readers and in print.
COLOURS = {"F1": "#b5431a", "F2": "#e8a93a", "F3": "#2b6a94"}
#: When each band is, for weeks without holidays. Joined so that a line never breaks inside a range of hours.
MEANING = {
    band: text.replace("–", "\u2060–\u2060")
    for band, text in {
        "F1": "lun–ven\u00a08–19",
        "F2": "lun–ven\u00a07–8 e\u00a019–23, sab\u00a07–23",
        "F3": "notte, domenica e\u00a0festivi",
    }.items()
}


def totals(view: View) -> list[widgets.Widget]:
    """The energy of each band and in all over the range, in kWh: the chart's legend and its sums in one."""
    whole = float(view.totals["total"])
    if any(SINGLE in month.wh for month in view.months):
        return [
            widgets.HTML(
                '<div class="portal-cards"><div class="portal-card portal-card-total" data-band="total">'
                f'<span class="portal-card-name">Totale</span><strong>{italian.number(whole, 3)} kWh</strong>'
                "<small>contatore senza fasce</small></div></div>"
            )
        ]
    cards = [
        f'<div class="portal-card" data-band="{band}" style="border-color:{colour}">'
        f'<span class="portal-card-name"><i style="background:{colour}"></i>{band}</span>'
        f"<strong>{italian.number(view.totals[band], 3)} kWh</strong>"
        f"<small>{italian.number(100 * view.totals[band] / whole if whole else 0, 1)} % · {MEANING[band]}</small></div>"
        for band, colour in COLOURS.items()
    ]
    cards.append(
        '<div class="portal-card portal-card-total" data-band="total"><span class="portal-card-name">Totale</span>'
        f"<strong>{italian.number(whole, 3)} kWh</strong><small>F1 + F2 + F3</small></div>"
    )
    return [widgets.HTML(f'<div class="portal-cards">{"".join(cards)}</div>')]
