"""The page of ``linea_*.ipynb`` as Panel draws it: ``panel serve panel_line.py --args COUNT``."""

import sys

import numpy as np
import panel as pn
from bokeh.plotting import figure

COUNT = int(sys.argv[1])
series = [np.random.default_rng(seed).normal(100, 20, COUNT).cumsum() for seed in range(3)]

pn.extension()
plot = figure(width=1000, height=400)
line = plot.line(np.arange(COUNT), series[0], color="#1f77b4")
choice = pn.widgets.Select(name="Serie", options={"uno": 0, "due": 1, "tre": 2})


def choose(event):
    line.data_source.data = {"x": np.arange(COUNT), "y": series[event.new]}


choice.param.watch(choose, "value")
pn.Column(f"# {COUNT} valori", choice, pn.pane.Bokeh(plot)).servable()
