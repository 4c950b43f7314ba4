"""What a browser may send over a page's websocket, checked before anything else looks at it.

The frame is Jupyter's ``v1.kernel.websocket.jupyter.org`` form: a little-endian uint64 count, that many uint64
offsets, then channel, header, parent header, metadata, content and buffers. jupyter_server trusts the client's count
and offsets (two million offsets block the whole server); here every number is bounded by the frame's own length.
"""

import itertools
import json
from dataclasses import dataclass

PROTOCOL = "v1.kernel.websocket.jupyter.org"

#: A widget's change is a few hundred bytes; nothing a page sends comes near this.
MAX_FRAME_BYTES = 256 * 1024
MAX_PARTS = 64

#: What a visitor's pages may send at a steady pace, and how many seconds' worth of it at once. What comes faster waits
#: in the browser, and no queue grows in the server: the longest wait is shorter than a browser may be silent.
_MESSAGES_A_SECOND = 50
_BYTES_A_SECOND = 64 * 1024
BURST_SECONDS, LONGEST_WAIT_SECONDS = 5.0, 10.0

#: What their kernels may answer. A chart that is redrawn is some sixty messages.
_ANSWERS_A_SECOND = 1000
_ANSWERED_BYTES_A_SECOND = 4 * 1024 * 1024

#: A page asks these when it connects, if ever; the kernel answers each three times.
_ASKED_ONCE = frozenset({"comm_info_request", "kernel_info_request"})
_ASKED_ONCE_SECONDS = 0.1

#: No page of ours sends what is refused.
REFUSED_SECONDS = 0.25

#: What a page's widgets need. No execution, completion, inspection, history, debugging, input or shutdown.
ALLOWED_MESSAGES = frozenset({"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"})

#: The only target a page may open: asking for the state of all widgets. ``jupyter.widget`` would let a browser build
#: any registered widget class in the kernel.
ALLOWED_TARGETS = frozenset({"jupyter.widget.control"})

ALLOWED_CHANNELS = frozenset({"shell", "control"})


class BadFrame(ValueError):
    """The browser sent something that no page of ours sends; the reason is for the log only."""


@dataclass(frozen=True)
class Frame:
    """A checked frame: its channel and message type."""

    channel: str
    message_type: str

    @property
    def further_cost(self) -> float:
        """What it takes of its visitor's budget beside what its size does."""
        return _ASKED_ONCE_SECONDS if self.message_type in _ASKED_ONCE else 0.0


def cost(size: int) -> float:
    """What a message of so many bytes from a browser takes of its visitor's budget, in seconds."""
    return 1 / _MESSAGES_A_SECOND + size / _BYTES_A_SECOND


def cost_of_answer(size: int) -> float:
    """The same for a message of the kernel's, on its way to the browser."""
    return 1 / _ANSWERS_A_SECOND + size / _ANSWERED_BYTES_A_SECOND


def check(frame: bytes | str) -> Frame:
    """The frame's channel and type, or :class:`BadFrame`. Reads each byte a bounded number of times."""
    if not isinstance(frame, bytes):
        raise BadFrame("a text frame")
    if len(frame) > MAX_FRAME_BYTES:
        raise BadFrame(f"a frame of {len(frame)} bytes")
    parts = _parts(frame)
    try:
        channel = parts[0].decode("ascii")
        header = json.loads(parts[1])
        content = json.loads(parts[4])
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"not readable: {type(error).__name__}") from None
    if not isinstance(header, dict) or not isinstance(content, dict):
        raise BadFrame("header or content is not an object")
    message_type = header.get("msg_type")
    if channel not in ALLOWED_CHANNELS:
        raise BadFrame(f"channel {channel[:20]!r}")
    if not isinstance(message_type, str) or message_type not in ALLOWED_MESSAGES:
        raise BadFrame(f"message type {str(message_type)[:40]!r}")
    if message_type == "comm_open" and str(content.get("target_name")) not in ALLOWED_TARGETS:
        raise BadFrame(f"comm target {str(content.get('target_name'))[:40]!r}")
    return Frame(channel, message_type)


def _parts(frame: bytes) -> list[bytes]:
    if len(frame) < 8:
        raise BadFrame("shorter than its count")
    count = int.from_bytes(frame[:8], "little")
    if not 6 <= count <= MAX_PARTS:
        raise BadFrame(f"{count} offsets")
    start = 8 * (count + 1)
    if len(frame) < start:
        raise BadFrame("shorter than its offsets")
    offsets = [int.from_bytes(frame[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    if offsets[0] != start or offsets[-1] != len(frame):
        raise BadFrame("offsets do not span the frame")
    if any(later < earlier for earlier, later in itertools.pairwise(offsets)):
        raise BadFrame("offsets run backwards")
    return [frame[a:b] for a, b in itertools.pairwise(offsets)]
