"""``/lingua``: the visitor's choice of language, kept in a cookie and, for who is logged in, with the account."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from portal_lib.accounts.people import set_language
from portal_lib.hub.pages import FormPage
from portal_lib.hub.wiring import Wiring
from portal_lib.language import COOKIE, language_of

_YEAR = 365


class LanguageChoice(FormPage):
    """POST ``lingua`` (it, en) leads back to the page whose footer was used."""

    async def get(self) -> None:
        self.redirect(self.hub.base_url)

    async def submitted(self) -> None:
        language = language_of(self.typed("lingua"))
        keep_language(self, language)
        if self.current_user is not None:
            await asyncio.to_thread(set_language, self.wiring.accounts, self.current_user.name, language)
        self.redirect(self._back(), status=303)

    async def went_stale(self) -> None:
        # Nothing that matters hangs on it: the choice is made as asked.
        await self.submitted()

    def _back(self) -> str:
        """The page that asked, named by path alone: a form may not lead to another site."""
        asked = urlsplit(self.typed("da"))
        path = asked.path if asked.path.startswith("/") and not asked.path.startswith("//") else self.hub.base_url
        if "\\" in path or not path.isprintable():
            path = self.hub.base_url
        return f"{path}?{asked.query}" if asked.query and asked.query.isprintable() else path


def keep_language(handler: Any, language: str) -> None:
    """Let the browser remember a language; every page of the portal reads this cookie, so it stands at the root."""
    handler.set_cookie(
        COOKIE,
        language,
        path="/",
        expires_days=_YEAR,
        httponly=True,
        samesite="lax",
        secure=handler.request.protocol == "https",
    )


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/lingua", LanguageChoice, {"wiring": wiring})]
