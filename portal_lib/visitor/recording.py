"""How a notebook's read gets on record: told to the portal's own service, which knows who is asking by the
token.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date
from http.client import HTTPException
from typing import Any

from portal_lib.visitor.exceptions import ReadNotRecorded

_PATIENCE = 30  # seconds


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for one address."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def record_at(url: str | None, token: str | None) -> Callable[[date, date, int, str], None]:
    """A recorder that POSTs ``{"first", "last", "points", "reason"}`` to an address and awaits a 2xx answer.

    The recorder raises :class:`ReadNotRecorded` for anything else, an address or a token that isn't there
    included. The token stands in no sentence.
    """

    def record(first: date, last: date, points: int, reason: str) -> None:
        if not url or not token:
            raise ReadNotRecorded(reason="PORTAL_READS_URL or JUPYTERHUB_API_TOKEN is not set")
        if not url.startswith(("http://", "https://")):
            raise ReadNotRecorded(reason="PORTAL_READS_URL is not a web address")
        body = {"first": first.isoformat(), "last": last.isoformat(), "points": points, "reason": reason}
        # No proxy either, whatever the environment says.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)
        try:
            request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
                url,
                data=json.dumps(body).encode(),
                headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
                method="POST",
            )
            with opener.open(request, timeout=_PATIENCE):
                pass  # a 2xx answer; everything else is raised
        except urllib.error.HTTPError as error:
            with error:
                raise ReadNotRecorded(reason=f"the portal answered {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:
            raise ReadNotRecorded(reason=f"the portal did not answer: {type(error).__name__}") from None

    return record
