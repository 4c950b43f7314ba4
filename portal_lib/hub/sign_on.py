"""Single sign-on for staff: OpenID Connect, authorization code with PKCE, by oauthenticator.

The provider's endpoints are discovered from its issuer when somebody first asks, so a Hub starts while the provider is
away. What comes back counts only after the ID token has been verified: signature by the provider's keys, issuer,
audience, life, and a nonce that only this browser's cookie can explain. Whom it stands for here is decided by
:mod:`portal_lib.accounts.staff_sign_on`, called by the one authenticator that every door asks.
"""

import asyncio
import hashlib
import json
import logging
from datetime import datetime, timedelta
from typing import Any

import jwt
from oauthenticator.generic import GenericOAuthenticator
from tornado.httpclient import HTTPClientError
from tornado.web import HTTPError

from portal_lib.accounts.exceptions.staff import SignOnAway, SignOnFailed
from portal_lib.accounts.staff_sign_on import SignedOn
from portal_lib.hub.wiring import Wiring

log = logging.getLogger(__name__)

CALLBACK = "personale/ritorno"

#: Signatures that the provider alone can make; never a shared secret, never none.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_KNOWN_FOR = timedelta(minutes=10)
_LEEWAY_SECONDS = 60
_TIMEOUT_SECONDS = 10.0


class SignOn(GenericOAuthenticator):
    """What oauthenticator does between the two redirects, for our one authenticator's use.

    It is never the Hub's authenticator itself: it finds out who somebody is, and lets nobody in.
    """

    def __init__(self, wiring: Wiring) -> None:
        settings = wiring.settings
        secret = settings.sign_on_client_secret
        super().__init__(
            client_id=settings.sign_on_client_id or "",
            client_secret=secret.get_secret_value() if secret is not None else "",
            oauth_callback_url=f"{settings.address}/hub/{CALLBACK}",
            enable_pkce=True,
            scope=["openid", "profile", "email"],
            http_request_kwargs={
                "connect_timeout": _TIMEOUT_SECONDS,
                "request_timeout": _TIMEOUT_SECONDS,
                "follow_redirects": False,
            },
        )
        self._wiring = wiring
        self._issuer = (settings.sign_on_issuer or "").rstrip("/")
        self._keys_url = ""
        self._known_until: datetime | None = None

    async def discover(self) -> None:
        """Learn the provider's endpoints; raises :class:`SignOnAway` or :class:`SignOnFailed`."""
        now = self._wiring.clock()
        if self._known_until is not None and now < self._known_until:
            return
        said = await self._ask(f"{self._issuer}/.well-known/openid-configuration")
        if not isinstance(said, dict) or str(said.get("issuer", "")).rstrip("/") != self._issuer:
            log.error("%s does not describe itself as the issuer that sign_on_issuer names.", self._issuer)
            raise SignOnFailed
        self.authorize_url = self._endpoint(said, "authorization_endpoint")
        self.token_url = self._endpoint(said, "token_endpoint")
        self.userdata_url = self._endpoint(said, "userinfo_endpoint") if said.get("userinfo_endpoint") else ""
        self._keys_url = self._endpoint(said, "jwks_uri")
        # Some providers give the groups only to who asks for them.
        self.scope = ["openid", "profile", "email"] + (
            ["groups"] if "groups" in _texts(said.get("scopes_supported")) else []
        )
        methods = _texts(said.get("token_endpoint_auth_methods_supported")) or {"client_secret_basic"}
        self.basic_auth = bool(self.client_secret) and "client_secret_post" not in methods
        self._known_until = now + _KNOWN_FOR

    async def who(self, handler: Any, code_verifier: str) -> SignedOn:
        """Who has come back with a code; ``code_verifier`` is what this browser's cookie kept.

        Raises :class:`SignOnAway` or :class:`SignOnFailed`; why stands in the log.
        """
        await self.discover()
        try:
            answer = await self.get_token_info(handler, self.build_access_tokens_request_params(handler))
            claims = await self._verified(str(answer.get("id_token", "")), nonce_of(code_verifier))
            more = await self.token_to_user(answer) if self.userdata_url else {}
        except SignOnAway:
            raise
        except (HTTPClientError, OSError) as error:
            if isinstance(error, HTTPClientError) and 400 <= error.code < 500:
                log.warning("The sign-on provider refused the code: %s", error)
                raise SignOnFailed from None
            log.warning("The sign-on provider does not answer: %s", error)
            raise SignOnAway from None
        except (HTTPError, jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("What the sign-on provider sent can't be believed: %s", type(error).__name__)
            raise SignOnFailed from None
        if not isinstance(more, dict) or (more and more.get("sub") != claims["sub"]):
            log.warning("The sign-on provider's ID token and userinfo are about different people.")
            raise SignOnFailed
        return self._signed_on({**more, **claims})

    def build_access_tokens_request_params(self, handler: Any, data: Any = None) -> dict[str, Any]:
        """As the specification has them: no empty fields."""
        params: dict[str, Any] = super().build_access_tokens_request_params(handler, data)
        return {name: value for name, value in params.items() if value}

    async def _verified(self, id_token: str, nonce: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(id_token)
        keys = jwt.PyJWKSet.from_dict(await self._ask(self._keys_url))
        wanted = [key for key in keys.keys if "kid" not in header or key.key_id == header["kid"]]
        if not wanted:
            raise jwt.InvalidKeyError("none of the provider's keys signed this")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            wanted[0],
            algorithms=[name for name in _ALGORITHMS if name == header.get("alg")],
            audience=self.client_id,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        if str(claims["iss"]).rstrip("/") != self._issuer:
            raise jwt.InvalidIssuerError("another issuer")
        if claims.get("nonce") != nonce:
            raise jwt.InvalidTokenError("another browser's sign-on")
        if claims.get("azp", self.client_id) != self.client_id:
            raise jwt.InvalidAudienceError("made for another client")
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise jwt.InvalidTokenError("without a subject")
        return claims

    def _signed_on(self, claims: dict[str, Any]) -> SignedOn:
        settings = self._wiring.settings
        return SignedOn(
            issuer=self._issuer,
            sub=claims["sub"],
            # «anna@example.it» is a login name at many providers: here it is the part before the sign.
            login=_text(_claim(claims, settings.sign_on_login_claim)).partition("@")[0].lower(),
            # Some providers write paths: «/analysts».
            groups=frozenset(name.removeprefix("/") for name in _texts(_claim(claims, settings.sign_on_groups_claim))),
            first_name=_text(claims.get("given_name")),
            last_name=_text(claims.get("family_name")),
            email=_text(claims.get("email")),
        )

    def _endpoint(self, said: dict[str, Any], name: str) -> str:
        address = _text(said.get(name))
        # A provider reached in clear (on this machine) may name clear addresses; no other may.
        schemes = ("https://",) if self._issuer.startswith("https://") else ("https://", "http://")
        if not address.startswith(schemes):
            log.error("%s names no usable %s.", self._issuer, name)
            raise SignOnFailed
        return address

    async def _ask(self, address: str) -> Any:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                return await self.httpfetch(address, label="asking the sign-on provider", method="GET")
        except (HTTPClientError, OSError, TimeoutError, json.JSONDecodeError) as error:
            log.warning("The sign-on provider does not answer at %s: %s", address, error)
            raise SignOnAway from None


def nonce_of(code_verifier: str) -> str:
    """The nonce that goes with a code verifier; it gives the verifier away to nobody."""
    return hashlib.sha256(f"nonce {code_verifier}".encode()).hexdigest()


def _claim(claims: dict[str, Any], name: str) -> Any:
    """A claim, or one inside another by a dotted name (``realm_access.roles``)."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.replace(",", " ").split())
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
