"""Parts drawn anew over those on the page: what is kept, what is sent, what ends."""

import asyncio
import threading

import bqplot
import comm
import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.dashboards.closing import close
from portal_lib.dashboards.redrawing import Later, Redrawing, Redrawn, afterwards, drafting, on_page
from portal_lib.dashboards.tips import Told


class _Heard(comm.base_comm.BaseComm):
    """A way to a browser that writes down what it is told."""

    log: list[tuple[str, str, dict]]

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        self.log.append((msg_type, self.comm_id, (data or {}).get("state", {})))


@pytest.fixture
def told(monkeypatch):
    """Every message to the browser: its kind, its widget and what it says."""
    log = []

    def create(*args, **kwargs):
        heard = _Heard.__new__(_Heard)
        heard.log = log
        heard.__init__(*args, **kwargs)
        return heard

    monkeypatch.setattr(comm, "create_comm", create)
    return log


def chart(heights, paint="red", marks=1):
    scales = {"x": bqplot.LinearScale(), "y": bqplot.LinearScale(min=0.0, max=float(max(heights)))}
    drawn = [bqplot.Lines(x=np.arange(3.0), y=np.array(heights, float), scales=scales, colors=[paint])]
    drawn += [bqplot.Scatter(x=[1.0], y=[1.0], scales=scales) for _ in range(marks - 1)]
    return [Redrawn([widgets.HTML("<h2>Curva</h2>"), bqplot.Figure(marks=drawn)])]


def redrawn(old, make):
    redrawing = Redrawing()
    with drafting():
        laid = redrawing.lay(make(), old)
    return laid, redrawing


def test_nobody_is_told_of_a_part_that_is_the_same(told):
    old = chart([1, 2, 3])
    told.clear()
    laid, _ = redrawn(old, lambda: chart([1, 2, 3]))
    assert laid == old and told == []


def test_only_what_differs_is_sent_one_message_for_each_widget(told):
    old = chart([1, 2, 3])
    told.clear()
    laid, redrawing = redrawn(old, lambda: chart([1, 2, 4], "blue"))
    assert laid == old and not redrawing.replaced
    assert [(kind, sorted(state)) for kind, _, state in told] == [("comm_msg", ["max"]), ("comm_msg", ["colors", "y"])]
    assert laid[0].children[1].marks[0].y.tolist() == [1, 2, 4]


def test_what_is_new_is_opened_before_what_holds_it_and_what_went_can_be_closed(told):
    old = chart([1, 2, 3])
    told.clear()
    laid, _ = redrawn(old, lambda: chart([1, 2, 3], marks=2))
    new = laid[0].children[1].marks[1]
    kinds = [(kind, widget) for kind, widget, _ in told]
    assert kinds.index(("comm_open", new.model_id)) < kinds.index(("comm_msg", laid[0].children[1].model_id))
    again, redrawing = redrawn(laid, lambda: chart([1, 2, 3]))
    close(redrawing.replaced, besides=again)
    assert new.comm is None and again[0].children[1].marks[0].comm is not None


def test_only_boxes_that_say_so_and_plain_texts_are_laid_over(told):
    def drawn():
        return [widgets.VBox([widgets.HTML("a")]), widgets.HTML("b"), Redrawn([widgets.HTML("c")])]

    old = drawn()
    laid, _ = redrawn(old, drawn)
    assert [one is other for one, other in zip(laid, old, strict=True)] == [False, True, True]
    assert all(one.comm is not None for one in (laid[0], laid[0].children[0], laid[0].layout))


def test_a_widget_of_another_kind_is_replaced_and_one_made_before_stays_itself(told):
    lasting = widgets.Button()
    old = [Redrawn([widgets.HTML("a"), widgets.HTML("b")])]
    laid, _ = redrawn(old, lambda: [Redrawn([widgets.Button(), lasting])])
    assert laid == old and [type(one) for one in laid[0].children] == [widgets.Button] * 2
    assert laid[0].children[1] is lasting


def test_widgets_that_share_a_scale_share_it_afterwards(told):
    def drawn(shared):
        one, other = bqplot.LinearScale(), bqplot.LinearScale()
        axes = [bqplot.Axis(scale=one), bqplot.Axis(scale=one if shared else other)]
        return [Redrawn([bqplot.Figure(axes=axes)])]

    laid = drawn(True)
    for shared in (False, True, False):
        laid, _ = redrawn(laid, lambda shared=shared: drawn(shared))
        first, second = laid[0].children[0].axes
        assert (first.scale is second.scale) is shared


def test_a_callback_finds_the_widget_that_is_on_the_page(told):
    old, drafts = chart([1, 2, 3]), []
    laid, _ = redrawn(old, lambda: drafts.extend(chart([3, 2, 1])) or drafts)
    assert on_page(drafts[0].children[1]) is laid[0].children[1]
    assert on_page(laid[0]) is laid[0]


def test_texts_that_wait_are_worked_out_after_the_drawing(told):
    asked = []

    def drawn(text):
        return [Redrawn([Later(lambda: asked.append(text) or text)])]

    old = drawn("one")
    assert asked == ["one"] and old[0].children[0].value == "one", "where nothing is drafted, at once"
    laid, redrawing = redrawn(old, lambda: drawn("two"))
    assert asked == ["one"] and laid[0].children[0].value == "one"
    redrawing.fill()
    assert laid[0].children[0].value == "two"


def test_bars_that_were_laid_over_tell_of_the_new_ones(told):
    def drawn(text):
        return [Redrawn([bqplot.Figure(marks=[Told(lambda place: text if place < 2 else None, x=[0, 1], y=[1, 1])])])]

    laid, _ = redrawn(drawn("<old>"), lambda: drawn("<new>"))
    mark = laid[0].children[0].marks[0]
    for place, said in ((1, "<p>&lt;new&gt;</p>"), (2, ""), (-1, ""), (True, ""), ("1", ""), (None, "")):
        mark.tooltip.value = ""
        mark._handle_custom_msgs(mark, {"event": "hover", "data": {"index": place}}, [])
        assert mark.tooltip.value == said


def test_another_threads_widgets_are_no_drafts(told):
    made = []
    with drafting():
        thread = threading.Thread(target=lambda: made.append(widgets.HTML("x")))
        thread.start()
        thread.join()
        draft = widgets.HTML("y")
    assert made[0].comm is not None and draft.comm is None
    assert widgets.HTML("z").comm is not None


def test_drafting_ends_where_a_part_fails(told):
    with pytest.raises(ZeroDivisionError), drafting():
        raise ZeroDivisionError
    assert widgets.HTML("z").comm is not None


def test_what_comes_afterwards_waits_for_the_loop_and_for_nothing_where_there_is_none():
    done = []
    afterwards(lambda: done.append("at once"))

    async def within_a_kernel():
        afterwards(lambda: done.append("later"))
        done.append("first")
        await asyncio.sleep(0.3)

    asyncio.run(within_a_kernel())
    assert done == ["at once", "first", "later"]


_BOXES = st.recursive(
    st.tuples(st.sampled_from(["html", "button"]), st.text(max_size=3)),
    lambda inner: st.tuples(st.just("box"), st.lists(inner, max_size=3)),
    max_leaves=8,
)


def _made(described):
    kind, what = described
    if kind == "box":
        return Redrawn([_made(one) for one in what])
    return widgets.HTML(what) if kind == "html" else widgets.Button(description=what)


def _described(widget):
    if isinstance(widget, Redrawn):
        return "box", [_described(one) for one in widget.children]
    return ("html", widget.value) if isinstance(widget, widgets.HTML) else ("button", widget.description)


@given(first=st.lists(_BOXES, max_size=3), then=st.lists(st.lists(_BOXES, max_size=3), max_size=3))
def test_the_page_always_shows_what_was_drawn_last_and_all_of_it_is_open(first, then):
    page = [_made(one) for one in first]
    for drawing in then:
        before = page
        page, redrawing = redrawn(page, lambda drawing=drawing: [_made(one) for one in drawing])
        close([*before, *redrawing.replaced], besides=page)
        assert [_described(one) for one in page] == [tuple(one) for one in drawing]
        waiting = list(page)
        while waiting:
            widget = waiting.pop()
            assert widget.comm is not None and widget.layout.comm is not None
            waiting += getattr(widget, "children", ())
    close(page)
