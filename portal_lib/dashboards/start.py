"""The start page: how much the last complete month took, what needs attention, what was handed over, where to go on."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape
from urllib.parse import urlencode

import ipywidgets as widgets

from portal_lib.clock import ROME, Clock, system_clock
from portal_lib.dashboards.downloads_due import due_sentence
from portal_lib.dashboards.downloads_filter import Document, documents, period_words
from portal_lib.dashboards.start_figures import Compared, Missing, Month, Peak, Reactive, figures
from portal_lib.dashboards.words import count, day, moment, number, say, share
from portal_lib.language import Said
from portal_lib.visitor import Door

#: So many documents are shown; the others are in DOWNLOAD.
_LATEST = 4
#: So many things that need attention are shown at once; the others are folded away.
_FIRST_FEW = 6

_CONSUMPTION = Said("Consumi di {month}", "Consumption in {month}")
_CONSUMPTION_AT_ALL = Said("Consumi", "Consumption")
_NO_MONTH = Said(
    "Non c'è ancora un mese completo di letture: qui troverai i consumi appena arriva.",
    "There is no complete month of readings yet: its consumption will be here as soon as they come.",
)
_POINT, _POINTS = Said("fornitura", "supply point"), Said("forniture", "supply points")
_ALL_THERE = Said("Tutte le letture di {points} sono arrivate.", "All readings of {points} are there.")
_NOT_ALL = Said("Letture di {points}: {stored} giorni su {owed}.", "Readings of {points}: {stored} of {owed} days.")
_FROM_REGISTERS = Said("{points}, dalle letture dei registri.", "{points}, from register readings.")
_AGAINST_MONTH = Said("Rispetto al mese prima", "Against the month before")
_AGAINST_YEAR = Said("Rispetto a un anno prima", "Against the year before")
_MORE, _LESS, _SAME = Said("in più", "more"), Said("in meno", "less"), Said("come allora", "as then")
_THEN = Said("{month}: {kwh} kWh", "{month}: {kwh} kWh")
_ON_THE_SAME = Said("confronto su {points}", "compared over {points}")
_BANDS = Said("Per fascia", "By band")
_WITHOUT_BANDS = Said("senza fasce", "no bands")

_ATTENTION = Said("Da controllare", "Needs attention")
_NOTHING_WRONG = Said(
    "Niente da segnalare per {month}: nessuna lettura mancante, nessun picco sopra la potenza impegnata, nessuna "
    "energia reattiva oltre la soglia.",
    "Nothing to report for {month}: no missing readings, no peak above the contracted power, no reactive energy "
    "above the threshold.",
)
_MISSING_DAYS = Said("mancano le letture di {days}", "readings of {days} are missing")
_MISSING_HOURS = Said("mancano {hours} ore di letture", "{hours} hours of readings are missing")
_DAY, _DAYS = Said("giorno", "day"), Said("giorni", "days")
_PEAK = Said(
    "picco di {kw} kW, sopra la potenza impegnata di {contracted} kW ({moment})",
    "peak of {kw} kW, above the contracted power of {contracted} kW ({moment})",
)
_REACTIVE = Said(
    "cos φ {value} in {band}: energia reattiva oltre il 33 % dell'attiva, che si paga",
    "cos φ {value} in {band}: reactive energy above 33 % of the active, which is charged",
)
_OTHERS = Said("Altre {count} segnalazioni", "{count} more")
_SEE = Said("Vedi il grafico", "See the chart")

_REPORTS = Said("Ultimi documenti", "Latest documents")
_NO_REPORTS = Said("Non è ancora stato depositato alcun documento.", "No document has been deposited yet.")
_DEPOSITED = Said("depositato il {day}", "deposited on {day}")
_NEW = Said("Nuovo", "New")
_ALL_REPORTS = Said("Tutti i documenti in DOWNLOAD", "All documents in DOWNLOAD")
_ALL_CHARTS = Said("Tutte le letture in GRAFICI AVANZATI", "All readings in GRAFICI AVANZATI")


class Start:
    """The parts of the start page; each is HTML that needs nothing of the kernel once it is drawn."""

    def __init__(self, door: Door, clock: Clock = system_clock, due: Callable[[], str] | None = None) -> None:
        """``due`` gives the sentence about the next document; by default it is found in the catalogue of tenders."""
        self._month = figures(door)
        self._documents = documents(door.deposits(), door.looked_before(), ())
        self._due = (due or (lambda: due_sentence(door.visitor.codes, clock)))()

    @property
    def consumption(self) -> widgets.Widget:
        """The last complete month against the month before and the year before."""
        return _part(_consumption(self._month))

    @property
    def attention(self) -> widgets.Widget:
        """Missing readings, peaks above the contracted power, reactive energy that is charged."""
        return _part(_attention(self._month))

    @property
    def reports(self) -> widgets.Widget:
        """The latest documents and what comes next."""
        return _part(_reports(self._documents, self._due))


def chart_address(pod: str, month: date) -> str:
    """The chart page of one point and month, relative to this page's address."""
    last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return f"grafici-avanzati?{urlencode({'punti': pod, 'da': month.isoformat(), 'a': last.isoformat()})}"


def _part(html: str) -> widgets.Widget:
    part = widgets.HTML(html)
    part.add_class("portal-start")
    return part


def _section(name: str, title: str, body: str) -> str:
    return f'<section class="panel" aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{body}</section>'


def _consumption(month: Month | None) -> str:
    more = f'<p><a class="button secondary" href="grafici-avanzati">{escape(say(_ALL_CHARTS))}</a></p>'
    if month is None:
        return _section("consumi", say(_CONSUMPTION_AT_ALL), f"<p>{escape(say(_NO_MONTH))}</p>{more}")
    tiles = [
        f'<div class="portal-tile portal-tile-now"><dt>{escape(_name(month.first))}</dt>'
        f'<dd>{_kwh(month.total)} kWh</dd><dd class="aside">{escape(_completeness(month))}</dd></div>'
    ]
    year_before = month.first.replace(year=month.first.year - 1)
    tiles += [
        _tile(one, _AGAINST_YEAR if one.month == year_before else _AGAINST_MONTH, month) for one in month.compared
    ]
    return _section(
        "consumi", say(_CONSUMPTION, month=_name(month.first)),
        f'<dl class="portal-tiles">{"".join(tiles)}</dl>{_bands(month)}{more}',
    )  # fmt: skip


def _tile(one: Compared, against: Said, month: Month) -> str:
    change = one.change
    if change is None:
        said = "–"
    elif round(change, 3) == 0:
        said = say(_SAME)
    else:
        arrow = "▲" if change > 0 else "▼"
        said = f'<span aria-hidden="true">{arrow}</span> {share(abs(change))} {say(_MORE if change > 0 else _LESS)}'
    then = say(_THEN, month=_name(one.month), kwh=_kwh(one.then))
    same = "" if one.points == month.points else f" · {say(_ON_THE_SAME, points=count(one.points, _POINT, _POINTS))}"
    return (
        f'<div class="portal-tile"><dt>{escape(say(against))}</dt><dd>{said}</dd>'
        f'<dd class="aside">{escape(then + same)}</dd></div>'
    )


def _bands(month: Month) -> str:
    whole = month.total
    if not whole:
        return ""
    parts = "".join(
        f'<span class="portal-band" data-band="{band}" style="flex-grow:{wh / whole:.4f}"></span>'
        for band, wh in month.bands.items()
        if wh
    )
    words = " · ".join(
        f'<span class="portal-band-item"><span class="portal-band-name" data-band="{band}">'
        f"{say(_WITHOUT_BANDS) if band == 'F0' else band}</span> {_kwh(wh)}\u00a0kWh ({share(wh / whole, 0)})</span>"
        for band, wh in month.bands.items()
    )
    return f'<div class="portal-bands" aria-hidden="true">{parts}</div><p>{escape(say(_BANDS))}: {words}</p>'


def _completeness(month: Month) -> str:
    points = count(month.points, _POINT, _POINTS)
    if not month.days_owed:
        return say(_FROM_REGISTERS, points=points)
    if month.days_stored >= month.days_owed and not any(isinstance(one, Missing) for one in month.attention):
        return say(_ALL_THERE, points=points)
    return say(_NOT_ALL, points=points, stored=number(month.days_stored), owed=number(month.days_owed))


def _attention(month: Month | None) -> str:
    if month is None:
        return ""
    title = say(_ATTENTION)
    if not month.attention:
        return _section("controllare", title, f"<p>{escape(say(_NOTHING_WRONG, month=_name(month.first)))}</p>")
    items = [_item(one, month.first) for one in month.attention]
    shown = f'<ul class="portal-attention">{"".join(items[:_FIRST_FEW])}</ul>'
    if len(items) > _FIRST_FEW:
        others = say(_OTHERS, count=number(len(items) - _FIRST_FEW))
        shown += (
            f"<details><summary>{escape(others)}</summary>"
            f'<ul class="portal-attention">{"".join(items[_FIRST_FEW:])}</ul></details>'
        )
    return _section("controllare", f"{title} · {_name(month.first)}", shown)


def _item(one: Missing | Peak | Reactive, month: date) -> str:
    if isinstance(one, Missing):
        said = (
            say(_MISSING_DAYS, days=count(one.days, _DAY, _DAYS))
            if one.days
            else say(_MISSING_HOURS, hours=number(one.hours, 0 if one.hours >= 1 else 2))
        )
    elif isinstance(one, Peak):
        said = say(_PEAK, kw=number(one.kw, 1), contracted=number(one.contracted, 1), moment=moment(one.at))
    else:
        said = say(_REACTIVE, value=number(one.cos_phi, 2), band=one.band)
    pod = escape(one.pod)
    return (
        f"<li><span><strong>{pod}</strong>: {escape(said)}.</span> "
        f'<a href="{escape(chart_address(one.pod, month))}">{escape(say(_SEE))}'
        f'<span class="visually-hidden"> {pod}</span></a></li>'
    )


def _reports(found: Sequence[Document], due: str) -> str:
    items = "".join(map(_report, found[:_LATEST]))
    body = f'<ul class="portal-latest">{items}</ul>' if found else f"<p>{escape(say(_NO_REPORTS))}</p>"
    if due:
        body += f"<p>{escape(due)}</p>"
    more = f'<p><a class="button secondary" href="download">{escape(say(_ALL_REPORTS))}</a></p>'
    return _section("documenti", say(_REPORTS), body + more)


def _report(document: Document) -> str:
    file = document.first
    new = f' <span class="tag good">{escape(say(_NEW))}</span>' if document.new else ""
    links = " ".join(
        f'<a href="files/{one.id}" download>{escape(one.format.upper().replace("_ISO", " ISO"))}'
        f'<span class="visually-hidden"> {escape(one.name)}</span></a>'
        for one in document.files
    )
    deposited = say(_DEPOSITED, day=day(file.deposited_at.astimezone(ROME).date()))
    return (
        f"<li><span><strong>{escape(file.report)} · {escape(file.title)}</strong>, {escape(document.period)}{new}"
        f"<small>{escape(deposited)}</small></span> <span>{links}</span></li>"
    )


def _name(month: date) -> str:
    last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return period_words(month, last)


def _kwh(wh: int) -> str:
    """Whole kWh; of small amounts three decimals."""
    return number(wh / 1000, 0 if abs(wh) >= 100_000 else 3)
