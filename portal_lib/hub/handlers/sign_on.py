"""``/personale/accedi`` leads staff to the identity provider, ``/personale/ritorno`` takes them back."""

import logging
from typing import Any

from oauthenticator.oauth2 import (
    STATE_COOKIE_NAME,
    OAuthCallbackHandler,
    OAuthLoginHandler,
    _deserialize_state,
    _serialize_state,
)
from tornado.web import HTTPError

from portal_lib.accounts.exceptions.staff import SignOnDenied, SignOnFailed, SignOnInterrupted
from portal_lib.hub.login_refused import LoginRefused
from portal_lib.hub.pages import StrictHeaders
from portal_lib.hub.session_start import StartsSession
from portal_lib.hub.sign_on import CALLBACK, SignOn, nonce_of
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken
from portal_lib.refused import Refused

log = logging.getLogger(__name__)

DOOR = "personale/accedi"

#: Between leaving for the provider and coming back.
_MINUTES = 15


class _SignOnPage(StrictHeaders):
    def initialize(self, sign_on: SignOn) -> None:
        self.sign_on = sign_on

    async def refuse(self, refusal: Refused, status: int) -> None:
        """Say why, with a way to try again."""
        page: Any = self
        page.set_status(status)
        page.finish(await page.render_template("accesso_personale.html", sentence=refusal.say(spoken()), again=DOOR))


class SignOnDoor(_SignOnPage, OAuthLoginHandler):
    """The way to the provider: state, nonce and code verifier stay in a signed cookie of this browser."""

    @property
    def _OAUTH_AUTHORIZE_URL(self) -> str:  # noqa: N802 - tornado's name
        return str(self.sign_on.authorize_url)

    async def get(self) -> None:
        try:
            await self.sign_on.discover()
        except Refused as refusal:
            await self.refuse(refusal, 503)
            return
        state_id = self._generate_state_id()
        verifier, challenge = self._generate_pkce_params()
        self._set_cookie(
            STATE_COOKIE_NAME,
            _serialize_state({"state_id": state_id, "next_url": self._get_next_url(), "code_verifier": verifier}),
            expires_days=_MINUTES / (24 * 60),
            path=self.hub.base_url,
            samesite="Lax",
        )
        self.authorize_redirect(
            redirect_uri=self.sign_on.get_callback_url(),
            client_id=self.sign_on.client_id,
            scope=self.sign_on.scope,
            response_type="code",
            extra_params={
                "state": _serialize_state({"state_id": state_id}),
                "nonce": nonce_of(verifier),
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            },
        )


class SignOnReturn(_SignOnPage, StartsSession, OAuthCallbackHandler):
    """The way back: only what this browser asked for counts, and only once."""

    _state_cookie: str | None = None

    def get_state_cookie(self) -> str:
        if self._state_cookie is None:
            kept = self.get_secure_cookie(STATE_COOKIE_NAME, max_age_days=_MINUTES / (24 * 60))
            self._state_cookie = (kept or b"").decode("utf8", "replace")
            self.clear_cookie(STATE_COOKIE_NAME, path=self.hub.base_url)
        return str(self._state_cookie)

    async def get(self) -> None:
        try:
            self.check_state()
        except HTTPError:
            await self.refuse(SignOnInterrupted(), 400)
            return
        if self.get_query_argument("error", ""):
            log.info("The sign-on provider sent an error: %r", self.get_query_argument("error", "")[:64])
            await self.refuse(SignOnDenied(), 403)
            return
        if not self.get_query_argument("code", ""):
            await self.refuse(SignOnFailed(), 400)
            return
        try:
            verifier = str(_deserialize_state(self.get_state_cookie()).get("code_verifier", ""))
            user = await self.login_user(await self.sign_on.who(self, verifier))
        except LoginRefused as refused:
            await self.refuse(refused.refusal, 403)
            return
        except Refused as refusal:
            await self.refuse(refusal, 502)
            return
        if user is None:  # blocked by the Hub's own configuration
            await self.refuse(SignOnFailed(), 403)
            return
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))

    def get_state_url(self) -> str:
        return str(self.get_query_argument("state", ""))

    def check_state(self) -> None:
        # What isn't of our making can be anything.
        try:
            super().check_state()
        except (ValueError, AttributeError, TypeError):
            raise HTTPError(400) from None
        if not _deserialize_state(self.get_state_cookie()).get("state_id"):
            raise HTTPError(400)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    if wiring.settings.sign_on_issuer is None:
        return []
    ours = {"sign_on": SignOn(wiring)}
    return [(rf"/{DOOR}", SignOnDoor, ours), (rf"/{CALLBACK}", SignOnReturn, ours)]
