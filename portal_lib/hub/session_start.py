"""A login starts a session of its own: a fresh id in the browser's cookie, and a row that says since when and where."""

import asyncio
import uuid
from typing import Any

from portal_lib.accounts import sessions
from portal_lib.hub.wiring import Wiring


class StartsSession:
    """For handlers through which people come in."""

    def set_login_cookie(self, user: Any) -> None:
        """Never with the session id that the browser brought: somebody else may know it."""
        self._session_id = uuid.uuid4().hex
        self.set_session_cookie()  # type: ignore[attr-defined]
        super().set_login_cookie(user)  # type: ignore[misc]

    async def login_user(self, data: Any = None) -> Any:
        user = await super().login_user(data)  # type: ignore[misc]
        if user is not None:
            await self._begin(user)
        return user

    async def start_session(self, user: Any) -> None:
        """Let this browser in anew, after every session of its user has ended."""
        self.set_login_cookie(user)
        await self._begin(user)

    async def _begin(self, user: Any) -> None:
        wiring = Wiring.shared()
        request = self.request  # type: ignore[attr-defined]
        await asyncio.to_thread(
            sessions.begin,
            wiring.accounts,
            wiring.clock,
            user.name,
            self._session_id,
            address=request.remote_ip,
            agent=request.headers.get("User-Agent", ""),
        )
