"""A real SMTP server for tests, which can be switched off and on."""

import email
import email.policy
from typing import Any

from aiosmtpd.controller import Controller

from tests.journeys.portal import free_port


class Inbox:
    """Keeps what it took."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[Any] = []
        self._server: Controller | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def on(self) -> None:
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    def off(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def to(self, recipient: str) -> list[str]:
        """The texts of the mails to one address."""
        found = [message for message in self.messages if message["To"] == recipient]
        return [str(message.get_body(("plain",)).get_content()) for message in found]
