"""Ending a session reaches everything: the dashboard service is told, and ends the person's kernels and websockets."""

import json
import logging
import os

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

log = logging.getLogger(__name__)


async def end_pages(hub_name: str) -> None:
    """End every open page of this Hub user. Where the service does not answer, its pages are gone already."""
    service, token = os.environ.get("PORTALE_SERVICE_URL"), os.environ.get("PORTALE_SERVICE_TOKEN")
    if not service or not token:
        return
    try:
        await AsyncHTTPClient().fetch(
            f"{service}/services/portale/internal/end",
            method="POST",
            headers={"Authorization": f"token {token}"},
            body=json.dumps({"name": hub_name}),
            request_timeout=5,
        )
    except (HTTPClientError, OSError) as error:
        log.warning("The dashboard service was not told that %s's session ended: %s", hub_name, error)
