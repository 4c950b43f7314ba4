"""The list of deposited files, filtered by deposit date: the Europe/Rome day on which each was handed over."""

from datetime import date
from html import escape

import ipywidgets as widgets

from portal_lib.clock import ROME
from portal_lib.dashboards import italian
from portal_lib.deposit.catalogue import DepositedFile
from portal_lib.refused import Refused
from portal_lib.visitor import Door


class Downloads:
    """The controls and the table of DOWNLOAD."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._first = widgets.DatePicker(description="Depositati dal")
        self._last = widgets.DatePicker(description="al")
        self._all = widgets.Button(description="Tutti")
        self._list = widgets.HTML()
        for control in (self._first, self._last):
            control.style.description_width = "initial"
            control.observe(self._draw, names="value")
        self._all.on_click(self._show_all)
        self._draw(None)

    @property
    def controls(self) -> widgets.Widget:
        """The two deposit dates, both included; either may stay empty."""
        row = widgets.Box([self._first, self._last, self._all])
        row.add_class("portal-controls")
        return row

    @property
    def files(self) -> widgets.Widget:
        """The files, newest first."""
        return self._list

    def _show_all(self, _button: object) -> None:
        self._first.value = self._last.value = None

    def _draw(self, _change: object) -> None:
        try:
            files = self._door.deposits(_day(self._first.value), _day(self._last.value))
        except Refused as refusal:
            self._list.value = f'<p role="status">{escape(refusal.say("it"))}</p>'
            return
        self._list.value = _table(files) if files else _EMPTY


_EMPTY = '<p role="status">Nessun documento depositato in questo periodo.</p>'


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _table(files: list[DepositedFile]) -> str:
    heads = ("Documento", "Competenza", "Depositato il", "Versione", "Dimensione", "SHA-256")
    return (
        f'<p role="status">{italian.count(len(files), "file depositato", "file depositati")}.</p>'
        '<div class="portal-scroll"><table class="portal-table portal-files"><thead><tr>'
        + "".join(f'<th scope="col">{head}</th>' for head in heads)
        + "</tr></thead><tbody>"
        + "".join(map(_row, files))
        + "</tbody></table></div>"
    )


def _row(file: DepositedFile) -> str:
    deposited = file.deposited_at.astimezone(ROME)
    due = f"entro il {italian.day(file.due_on)}"
    lateness = f"in tempo ({due})" if file.on_time else f"in ritardo (era dovuto {due})"
    period = f"{italian.day(file.period_first)} – {italian.day(file.period_last)}"
    return (
        f'<tr><td data-label="Documento"><a href="/services/portale/files/{file.id}" download>{escape(file.title)} '
        f"({escape(file.format.upper())})</a><small>{escape(file.name)}</small></td>"
        f'<td data-label="Competenza">{period}</td>'
        f'<td data-label="Depositato il">{deposited:%d/%m/%Y %H:%M}<small>{lateness}</small></td>'
        f'<td data-label="Versione">{file.version}</td>'
        f'<td data-label="Dimensione">{italian.number(max(file.size / 1024, 1))} kB</td>'
        f'<td data-label="SHA-256"><code>{escape(file.sha256)}</code></td></tr>'
    )
