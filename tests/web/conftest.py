"""One dashboard service for all tests of this room."""

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.web.service import empty, running


@pytest.fixture(scope="session")
def service_var(tmp_path_factory):
    """A folder with an empty data database."""
    return empty(tmp_path_factory.mktemp("service"))


@pytest.fixture(scope="session")
def service(service_var):
    with running(service_var, PORTAL_METRICS_TOKEN="of-the-tests-alone", PORTAL_PAGE_LOST_SECONDS="20") as service:
        yield service


def becomes(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.2)
    return bool(true())


async def soon(true: Callable[[], bool], seconds: float = 60) -> bool:
    """The same, for asynchronous tests."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not true():
        await asyncio.sleep(0.2)
    return bool(true())
