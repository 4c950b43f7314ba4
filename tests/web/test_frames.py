"""What a browser may send: every frame is checked against its own length before anything else reads it."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from portal_lib.web import frames, lost_pages
from portal_lib.web.budgets import Budgets
from tests.web.test_openings import Watch


def frame(message_type="comm_msg", content=None, channel="shell", buffers=()):
    header = json.dumps({"msg_type": message_type, "msg_id": "1"}).encode()
    parts = [header, b"{}", b"{}", json.dumps(content or {}).encode(), *buffers]
    return serialize_msg_to_ws_v1(parts, channel)


@pytest.mark.parametrize("message_type", sorted(frames.ALLOWED_MESSAGES - {"comm_open"}))
def test_what_widgets_send_passes(message_type):
    assert frames.check(frame(message_type)) == frames.Frame("shell", message_type)


def test_a_message_with_binary_buffers_passes():
    assert frames.check(frame(buffers=[b"\x00" * 1000, b""])).message_type == "comm_msg"


def test_a_page_may_ask_for_the_state_of_its_widgets():
    opened = frame("comm_open", {"target_name": "jupyter.widget.control"})
    assert frames.check(opened).message_type == "comm_open"


@pytest.mark.parametrize("target", ["jupyter.widget", "hub", "", None, ["jupyter.widget.control"]])
def test_no_other_comm_target_opens(target):
    with pytest.raises(frames.BadFrame):
        frames.check(frame("comm_open", {"target_name": target}))


@pytest.mark.parametrize(
    "message_type",
    ["execute_request", "complete_request", "inspect_request", "history_request", "debug_request", "shutdown_request",
     "interrupt_request", "input_reply", "is_complete_request", "create_subshell_request", "", None, 3],
)  # fmt: skip
def test_no_message_that_could_run_or_end_anything_passes(message_type):
    with pytest.raises(frames.BadFrame):
        frames.check(frame(message_type))


@pytest.mark.parametrize("channel", ["iopub", "stdin", "", "x" * 100])
def test_only_the_shell_and_control_channels_take_messages(channel):
    with pytest.raises(frames.BadFrame):
        frames.check(frame(channel=channel))


@pytest.mark.parametrize("count", [0, 1, 5, 65, 2_000_000, 2**63, 2**64 - 1])
def test_an_offset_count_that_no_message_has_is_refused_at_once(count):
    with pytest.raises(frames.BadFrame):
        frames.check(count.to_bytes(8, "little") + frame()[8:])


def test_a_giant_frame_is_refused_unread():
    with pytest.raises(frames.BadFrame, match="bytes"):
        frames.check(b"\x06" + bytes(frames.MAX_FRAME_BYTES))


def test_a_text_frame_is_refused():
    with pytest.raises(frames.BadFrame):
        frames.check('{"header": {}}')


def test_json_nested_deeper_than_the_reader_goes_is_refused():
    deep = b"[" * 100_000 + b"]" * 100_000
    parts = [b'{"msg_type":"comm_msg"}', b"{}", b"{}", deep]
    with pytest.raises(frames.BadFrame):
        frames.check(serialize_msg_to_ws_v1(parts, "shell"))


@given(st.integers(0, 400))
def test_a_truncated_frame_is_refused(length):
    whole = frame(content={"comm_id": "a" * 100})
    if length < len(whole):
        with pytest.raises(frames.BadFrame):
            frames.check(whole[:length])


@given(st.binary(max_size=600), st.integers(0, 70))
def test_no_bytes_at_all_bring_the_check_down(noise, count):
    for candidate in (noise, count.to_bytes(8, "little") + noise):
        try:
            passed = frames.check(candidate)
        except frames.BadFrame:
            continue
        assert passed.message_type in frames.ALLOWED_MESSAGES


@given(st.data())
def test_a_frame_with_one_byte_changed_is_refused_or_still_allowed(data):
    whole = bytearray(frame(content={"comm_id": "x", "data": {"method": "update"}}))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(frames.BadFrame):
        assert frames.check(bytes(whole)).message_type in frames.ALLOWED_MESSAGES


def messages():
    watch = Watch()
    return Budgets(frames.BURST_SECONDS, frames.LONGEST_WAIT_SECONDS, watch), watch


def test_a_page_in_use_never_waits_and_a_flood_is_read_no_faster_than_a_page_would_send():
    pace, watch = messages()
    assert not any(pace.spend("c-1", frames.cost(300)) for _ in range(200))
    waited = [pace.spend("c-1", frames.cost(300)) for _ in range(1000)]
    assert waited[-1] == frames.LONGEST_WAIT_SECONDS and waited == sorted(waited)
    watch.now = 1000.0
    assert pace.spend("c-1", frames.cost(300)) == 0.0


def test_large_messages_cost_more_time_than_small_ones():
    assert frames.cost(frames.MAX_FRAME_BYTES) > 100 * frames.cost(300)
    assert frames.cost_of_answer(10 * 1024 * 1024) > 100 * frames.cost_of_answer(300)


def test_a_slider_that_is_dragged_for_half_a_minute_never_waits():
    pace, watch = messages()
    for _ in range(30 * 8):  # a page sends the next position when the last one is drawn
        watch.now += 1 / 8
        assert pace.spend("c-1", frames.cost(400)) == 0.0
        for _ in range(60):
            assert pace.spend("c-1", frames.cost_of_answer(2000)) == 0.0


def test_what_a_page_asks_once_costs_more_than_what_it_does_all_the_time():
    assert frames.check(frame("comm_info_request")).further_cost > frames.check(frame("comm_msg")).further_cost == 0.0


def test_no_message_waits_longer_than_a_browser_may_be_silent():
    assert frames.LONGEST_WAIT_SECONDS < lost_pages.SILENT_SECONDS
