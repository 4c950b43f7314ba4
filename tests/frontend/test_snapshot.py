"""What a page carries of its widgets, and what is kept for its websocket."""

import json
import math
from datetime import UTC, datetime, timedelta

import nbformat
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.session import DELIM, Session

from portal_lib.web.execution import PageExecutor, in_page
from portal_lib.web.kept import Kept

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["</script>", "<!--", "\u2028"])
)
_VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def finite(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    return [finite(entry) for entry in value] if isinstance(value, list) else value


@given(_VALUES)
def test_whatever_a_widget_holds_stands_in_the_page_as_it_is_and_ends_no_element(value):
    def nothing(name):
        raise AssertionError(f"{name} is no JSON to a browser")

    text = in_page(value)
    assert "<" not in text
    assert json.loads(text, parse_constant=nothing) == finite(value)


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def said(at, number):
    session = Session(key=b"")
    header = {
        "msg_id": str(number),
        "msg_type": "comm_msg",
        "date": at,
        "session": "s",
        "username": "",
        "version": "5.3",
    }
    return ("iopub", [b"topic", DELIM, b"", session.pack(header), b"{}", b"{}", session.pack({"number": number})])


def numbers(kept):
    return [json.loads(parts[-1])["number"] for _, parts in kept]


def test_before_there_is_a_snapshot_everything_is_kept():
    kept = Kept(10)
    for number in range(3):
        kept.append(said(NOON, number))
    assert numbers(kept) == [0, 1, 2]


def test_what_the_snapshot_holds_is_dropped_also_where_it_comes_late():
    kept = Kept(10)
    for number in range(5):
        kept.append(said(NOON + timedelta(microseconds=number), number))
    kept.drop(NOON + timedelta(microseconds=2))
    kept.append(said(NOON + timedelta(microseconds=1), 1))
    kept.append(said(NOON + timedelta(microseconds=9), 9))
    assert numbers(kept) == [3, 4, 9]


@given(st.integers(1, 20), st.integers(0, 60))
def test_never_more_is_kept_than_was_asked_for_and_it_is_the_newest(most, count):
    kept = Kept(most)
    for number in range(count):
        kept.append(said(NOON, number))
    assert numbers(kept) == list(range(count))[-most:]


def executor():
    return PageExecutor(nbformat.v4.new_notebook())


def update(run, model, state, buffers=()):
    run.handle_comm_msg(
        [],
        {
            "msg_type": "comm_msg",
            "content": {
                "comm_id": model,
                "data": {"state": state, "buffer_paths": [list(path) for path, _ in buffers]},
            },
            "buffers": [memoryview(content) for _, content in buffers],
        },
        0,
    )


BARS = {"_model_name": "BarsModel", "_model_module": "bqplot", "_model_module_version": "^0.6"}


def test_a_widget_is_carried_with_its_last_state_and_buffers():
    run = executor()
    update(run, "a", {**BARS, "x": {"dtype": "f8"}, "colour": "red"}, [(("x", "value"), b"old")])
    update(run, "a", {"x": {"dtype": "f8"}, "colour": "blue"}, [(("x", "value"), b"new")])
    carried = json.loads(run.snapshot())["models"]["a"]
    assert carried["state"]["colour"] == "blue"
    assert carried["buffers"] == [{"path": ["x", "value"], "data": "bmV3"}]


def test_a_value_that_has_become_nothing_leaves_no_buffer_behind():
    run = executor()
    update(run, "a", {**BARS, "x": {"dtype": "f8"}}, [(("x", "value"), b"old")])
    update(run, "a", {"x": None})
    carried = json.loads(run.snapshot())["models"]["a"]
    assert carried["state"]["x"] is None
    assert "buffers" not in carried


def test_a_closed_widget_is_not_carried():
    run = executor()
    update(run, "a", BARS)
    run.handle_comm_msg([], {"msg_type": "comm_close", "content": {"comm_id": "a", "data": {}}}, 0)
    assert json.loads(run.snapshot())["models"] == {}


def test_a_layout_is_carried_without_what_it_does_not_set():
    run = executor()
    layout = {"_model_name": "LayoutModel", "_model_module": "@jupyter-widgets/base", "_model_module_version": "2.0.0"}
    update(run, "a", {**layout, "width": "100%", "height": None})
    state = json.loads(run.snapshot())["models"]["a"]["state"]
    assert state["width"] == "100%"
    assert "height" not in state
