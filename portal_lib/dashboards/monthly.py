"""Points whose meters send no curve: a bar and a row for each month, from what their registers say."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards.figures import BAND_PAINT, MUTED, bars, figure, plain_axis, value_axis
from portal_lib.dashboards.part import Twin, part
from portal_lib.dashboards.quality import QUALITY
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import count, day, month, number, say
from portal_lib.language import Said
from portal_lib.metering.bands import BANDS
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.registers import SINGLE, MonthBands

#: A meter without bands has one colour that is none of theirs.
_PAINT = {**dict(zip(BANDS, BAND_PAINT, strict=True)), SINGLE: MUTED}

_TITLE = Said("Consumi mensili dei contatori non orari", "Monthly consumption of non-hourly meters")
_AXIS = Said("kWh al mese", "kWh per month")
_SUMMARY = Said(
    "{points} senza curva oraria: consumi mensili dalle letture dei registri con fine tra il {first} e il {last}, "
    "{total} kWh in tutto. {unknown}",
    "{points} without hourly curves: monthly consumption from register readings that end between {first} and {last}, "
    "{total} kWh in all. {unknown}",
)
_POINT, _POINTS = Said("fornitura", "supply point"), Said("forniture", "supply points")
_BROKEN = Said("In {months} una parte dell'energia non è nota.", "In {months} some of the energy is not known.")
_ESTIMATED = Said("{months} con letture stimate.", "{months} with estimated readings.")
_MONTH, _MONTHS = Said("mese", "month"), Said("mesi", "months")
_HEADS = (Said("Mese", "Month"), Said("Dal", "From"), Said("Al", "To"))
_TOTAL = Said("Totale kWh", "Total kWh")
_WORDS = {
    "estimated": Said("stimato", "estimated"),
    "measured": Said("misurato", "measured"),
    "not_validated": Said("non validato", "not validated"),
    "corrected": Said("rettificato", "corrected"),
    "broken": Said(
        "contatore sostituito o azzerato: parte dell'energia non è nota",
        "meter changed or reset: some of the energy is not known",
    ),
    "uneven": Said("comprende giorni dei mesi precedenti", "includes days of earlier months"),
}


def monthly(view: View) -> Sequence[widgets.Widget]:
    """Bars of months, one upon the other by band; a month whose energy is not known has none."""
    told = [one for months in view.months.values() for one in months]
    by_month: dict[date, dict[str, int]] = defaultdict(dict)
    for one in told:
        for band, wh in one.wh.items():
            by_month[one.month][band] = by_month[one.month].get(band, 0) + wh
    months = sorted({one.month for one in told})
    bands = [band for band in _PAINT if any(band in by_month[each] for each in months)]
    x = np.array([float(each.year * 12 + each.month) for each in months])
    y = np.array([[by_month[each].get(band, 0) / 1000 for each in months] for band in bands] or [[0.0] * len(x)])
    x_scale = bqplot.LinearScale(min=float(x[0] - 0.6), max=float(x[-1] + 0.6))
    y_scale, y_axis = value_axis(float(y.sum(axis=0).max(initial=0)), say(_AXIS))
    paints = [_PAINT[band] for band in bands]
    mark = bars(x, y, scales={"x": x_scale, "y": y_scale}, colors=paints, padding=0.3, type="stacked")
    every = max(1, -(-len(x) // 8))
    labels = plain_axis(x_scale, x[::every].tolist(), [month(each) for each in months[::every]])
    title = say(_TITLE)
    twin = Twin(f"{title}, {view.range}", _heads(view, told), _rows(view))
    return part(title, [figure([mark], [labels, y_axis])], _summary(view, told), twin)


def _summary(view: View, told: Sequence[MonthBands]) -> str:
    broken, estimated = (sum(1 for one in told if getattr(one, what)) for what in ("broken", "estimated"))
    unknown = [
        say(said, months=count(how_many, _MONTH, _MONTHS))
        for said, how_many in ((_BROKEN, broken), (_ESTIMATED, estimated))
        if how_many
    ]
    return say(
        _SUMMARY,
        points=count(len(view.months), _POINT, _POINTS),
        first=day(view.first),
        last=day(view.last),
        total=number(sum(one.total or 0 for one in told) / 1000, 3),
        unknown=" ".join(unknown),
    )


def _heads(view: View, told: Sequence[MonthBands]) -> list[str]:
    bands = () if _single(told) else BANDS
    pods = ["POD"] if len(view.months) > 1 else []
    return [*pods, *map(say, _HEADS), *bands, say(_TOTAL), say(QUALITY)]


def _rows(view: View) -> list[list[str]]:
    single = _single([one for months in view.months.values() for one in months])
    rows = []
    for pod, months in view.months.items():
        for one in months:
            bands = [] if single else [_kwh(one.wh.get(band)) for band in BANDS]
            pods = [pod] if len(view.months) > 1 else []
            rows.append(
                [*pods, month(one.month), day(one.first), day(one.last), *bands, _kwh(one.total), quality_of(one)]
            )
    return rows


def _single(told: Sequence[MonthBands]) -> bool:
    return not any(band in one.wh for one in told for band in BANDS)


def _kwh(wh: int | None) -> str:
    return "–" if wh is None else number(wh / 1000, 3)


def quality_of(one: MonthBands) -> str:
    """How a month's sum came to be."""
    words = ["estimated" if one.estimated else "measured"]
    if one.flags & DayFlag.NOT_VALIDATED:
        words.append("not_validated")
    if one.flags & DayFlag.CORRECTED:
        words.append("corrected")
    if one.broken:
        words.append("broken")
    if one.uneven:
        words.append("uneven")
    return ", ".join(say(_WORDS[word]) for word in words)
