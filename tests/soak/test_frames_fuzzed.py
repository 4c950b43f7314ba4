"""A fuzzer over the check of frames: whatever comes, it answers, and what it lets through is what the server reads."""

import json
import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

from portal_lib.web import frames
from tests.soak.length import FUZZING_SECONDS

numbers = st.one_of(st.integers(0, 80), st.integers(0, 2**64 - 1), st.sampled_from([2**31, 2**63, 2**64 - 1]))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner), max_leaves=8
)
types = st.sampled_from([*sorted(frames.ALLOWED_MESSAGES), "execute_request", "shutdown_request", "comm_msg\x00", ""])
headers = st.one_of(values, st.fixed_dictionaries({"msg_type": types | values}, optional={"msg_id": values}))
targets = st.sampled_from(["jupyter.widget.control", "jupyter.widget", "", "x"])
contents = st.one_of(values, st.fixed_dictionaries({}, optional={"target_name": targets | values, "data": values}))
channels = st.sampled_from(["shell", "control", "iopub", "stdin", "", "sh\u00ebll"])


@st.composite
def whole(draw):
    """A frame as a front end builds it, of parts that may be anything."""
    parts = [json.dumps(draw(part)).encode() for part in (headers, values, values, contents)]
    return serialize_msg_to_ws_v1(parts + draw(st.lists(st.binary(max_size=20), max_size=4)), draw(channels))


@st.composite
def broken(draw):
    """The same, with numbers of its table, bytes, or its end changed."""
    frame = bytearray(draw(whole()))
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.sampled_from(["number", "byte", "cut", "more"]))
        at = draw(st.integers(0, max(0, len(frame) - 1)))
        if how == "number":
            place = 8 * draw(st.integers(0, 8))
            frame[place : place + 8] = draw(numbers).to_bytes(8, "little")
        elif how == "byte" and frame:
            frame[at] = draw(st.integers(0, 255))
        elif how == "cut":
            del frame[at:]
        else:
            frame[at:at] = draw(st.binary(max_size=16))
    return bytes(frame)


anything = st.one_of(whole(), broken(), st.binary(max_size=300), st.text(max_size=50))


@settings(
    max_examples=500,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(anything)
def one_round(frame):
    try:
        passed = frames.check(frame)
    except frames.BadFrame:
        return
    channel, parts = deserialize_msg_from_ws_v1(frame)  # as the server will read it
    header, content = json.loads(bytes(parts[0])), json.loads(bytes(parts[3]))
    assert channel == passed.channel and channel in frames.ALLOWED_CHANNELS
    assert header["msg_type"] == passed.message_type and passed.message_type in frames.ALLOWED_MESSAGES
    assert passed.message_type != "comm_open" or content["target_name"] in frames.ALLOWED_TARGETS


@pytest.mark.timeout(FUZZING_SECONDS + 300)
def test_whatever_arrives_is_refused_or_read_as_it_was_checked():
    deadline = time.monotonic() + FUZZING_SECONDS
    while time.monotonic() < deadline:
        one_round()
