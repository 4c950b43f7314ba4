"""A client that knows when its kernel is ready: as soon as an answer has come on each channel that it listens to.

jupyter_client's own waits, after that, until nothing has come for a fifth of a second: four times what a forked kernel
takes to start, for messages that nbclient passes over anyhow because they answer no cell of its.
"""

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient

#: How long an answer may take before the kernel is asked again, and what is published about it after the reply.
_REPLY_SECONDS, _IDLE_SECONDS = 1.0, 0.2


class ForkedKernelClient(AsyncKernelClient):  # type: ignore[misc]
    """For whoever starts a kernel and has it work at once."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and what it publishes is heard.

        :class:`RuntimeError`, as jupyter_client says it, where it has died or ``timeout`` seconds have passed.
        """
        until = time.monotonic() + timeout if timeout is not None else float("inf")
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    async def _answers(self) -> bool:
        """Whether one question is replied to on the one channel, and told the end of on the other.

        What a kernel publishes before the subscription has reached it is lost: then it is asked once more.
        """
        asked = self.kernel_info()
        try:
            while not _is_about(asked, await self.get_shell_msg(timeout=_REPLY_SECONDS)):
                pass
            while True:
                told = await self.get_iopub_msg(timeout=_IDLE_SECONDS)
                if _is_about(asked, told) and told["content"].get("execution_state") == "idle":
                    return True
        except Empty:
            return False


def _is_about(asked: str, told: dict[str, Any]) -> bool:
    return bool(told["parent_header"].get("msg_id") == asked)
