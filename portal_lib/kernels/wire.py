"""What an owner and its zygote say to each other, over a pair of sockets that nobody else can have.

The owner makes the pair (``SOCK_SEQPACKET``: a message is a message) and hands one end to the zygote when it starts
it; there is no address to connect to. A request carries four descriptors: where to answer, and the kernel's stdin,
stdout and stderr. The zygote answers ``{"pid": …}`` with the child's pidfd as soon as it has forked, the child itself
:data:`BORN` once its sockets are bound; a closed answer without that means that it died.
"""

import array
import json
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from portal_lib.kernels.limits import Limits

BORN = b"born"

#: An environment is a few kilobytes; one that does not fit is launched the ordinary way.
LARGEST_MESSAGE = 512 * 1024


@dataclass(frozen=True)
class Request:
    """One kernel wanted: its connection file, whole environment, folder and limits."""

    connection_file: str
    environment: dict[str, str]
    folder: str
    limits: Limits = field(default_factory=Limits)

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode("utf-8", "surrogateescape")

    @classmethod
    def from_bytes(cls, told: bytes) -> "Request":
        values: dict[str, Any] = json.loads(told.decode("utf-8", "surrogateescape"))
        return cls(**(values | {"limits": Limits(**values["limits"])}))


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends; neither survives an exec unless it is passed on."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST_MESSAGE)
    return ends


def send(end: socket.socket, message: bytes, descriptors: Sequence[int] = (), flags: int = 0) -> None:
    """Send a message and copies of descriptors. OSError where it does not fit, or nobody is there."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    end.sendmsg([message], rights, flags | socket.MSG_NOSIGNAL)


def receive(end: socket.socket, most_descriptors: int = 0, flags: int = 0) -> tuple[bytes, list[int]]:
    """A message and the descriptors that came with it, closed on exec; an empty message is the end."""
    space = socket.CMSG_LEN(most_descriptors * array.array("i").itemsize) if most_descriptors else 0
    message, rights, _, _ = end.recvmsg(LARGEST_MESSAGE, space, flags | socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, data in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return message, list(descriptors)


def peer_of(end: socket.socket) -> tuple[int, int]:
    """Process and user id of who made the pair, as the system says it."""
    told = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    process, user, _ = array.array("i", told)
    return process, user


def close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
