"""A point's load curve as Panel draws it: ``panel serve panel_filter.py --args FOLDER``.

FOLDER holds ``starts.npy``, each quarter hour's start on Italian clocks, and ``kwh.npy``. The address says what the
portal's says: the first and the last day (``da``, ``a``), and ``passo=quarto`` for quarter hours as a line, else hours
as bars.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

starts, kwh = (np.load(Path(sys.argv[1]) / f"{name}.npy", mmap_mode="r") for name in ("starts", "kwh"))

pn.extension()
asked = {name: values[0].decode() for name, values in pn.state.session_args.items()}
hours = asked.get("passo") != "quarto"
first = pn.widgets.DatePicker(name="Competenza dal", value=date.fromisoformat(asked.get("da", "2023-01-01")))
last = pn.widgets.DatePicker(name="al", value=date.fromisoformat(asked.get("a", "2023-01-30")))
before, after = pn.widgets.Button(name="← Precedente"), pn.widgets.Button(name="Successivo →")
total = pn.pane.Markdown(css_classes=["total"])


def taken():
    begin, end = np.searchsorted(starts, [np.datetime64(first.value), np.datetime64(last.value + timedelta(days=1))])
    x, y = starts[begin:end], kwh[begin:end]
    return {"x": x[::4], "y": y.reshape(-1, 4).sum(axis=1)} if hours else {"x": x, "y": y}


source = ColumnDataSource(taken())
plot = figure(height=400, sizing_mode="stretch_width", x_axis_type="datetime", y_axis_label="kWh")
if hours:
    plot.vbar("x", top="y", width=0.85 * 3_600_000, source=source, color="#b45309")
else:
    plot.line("x", "y", source=source, color="#b45309")


def show(*_events):
    source.data = taken()
    total.object = f"Dal {first.value:%d/%m/%Y} al {last.value:%d/%m/%Y}: {source.data['y'].sum():,.3f} kWh"


def move(by):
    days = by * (last.value - first.value + timedelta(days=1))
    for watcher in watchers:  # two dates: one drawing
        watcher.inst.param.unwatch(watcher)
    first.value, last.value = first.value + days, last.value + days
    show()
    watch()


def watch():
    watchers[:] = [first.param.watch(show, "value"), last.param.watch(show, "value")]


watchers = []
watch()
before.on_click(lambda _event: move(-1))
after.on_click(lambda _event: move(1))
show()
pn.Column(pn.Row(first, last, before, after), total, pn.pane.Bokeh(plot, sizing_mode="stretch_width")).servable()
