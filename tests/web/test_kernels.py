"""What a page's kernel is given: its visitor and the readings' address, and nothing that could be stolen."""

import asyncio
import json
from datetime import date

import pytest
from tornado.web import HTTPError

from portal_lib.settings import Settings
from portal_lib.visitor import Visitor
from portal_lib.web.kernels import AsyncMappingKernelManager, PageKernels, kernel_environment
from portal_lib.web.ownership import Owners
from portal_lib.web.visitors import Guest, Opening, opening_for
from tests.awaiting import awaited

SECRETS = (
    "JUPYTERHUB_API_TOKEN",
    "PORTAL_ACCOUNTS_URL",
    "PORTAL_SMTP_PASSWORD",
    "CONFIGPROXY_AUTH_TOKEN",
    "AWS_SECRET",
)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, "geheim")
    return Settings(var=tmp_path, october_4_is_holiday_from=date(2027, 1, 1))


def test_the_kernel_learns_its_visitor_from_the_server(settings):
    guest = Guest(Visitor(name="c-1", codes=frozenset({"10", "20"})), staff=False)
    environment = kernel_environment(settings, guest)
    assert json.loads(environment["PORTAL_VISITOR"]) == {"name": "c-1", "codes": ["10", "20"]}
    assert environment["PORTAL_DATA_URL"].endswith("data.sqlite")
    assert environment["PORTAL_OCTOBER_4_IS_HOLIDAY_FROM"] == "2027-01-01"


def test_no_secret_of_the_server_reaches_it(settings):
    environment = kernel_environment(settings, Guest(Visitor(name="c-1", codes=frozenset({"1"})), staff=False))
    assert "geheim" not in json.dumps(environment)
    assert "accounts" not in json.dumps(environment)


@pytest.fixture
def kernels(settings, monkeypatch):
    """A kernel manager whose kernels take a moment to start, and are not there."""

    async def start(self, *, kernel_id, **_):
        await asyncio.sleep(0.05)
        self._kernels[kernel_id] = None
        return kernel_id

    async def shutdown(self, kernel_id, *_, **__):
        await asyncio.sleep(0.01)
        self._kernels.pop(kernel_id)

    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", start)
    monkeypatch.setattr(AsyncMappingKernelManager, "shutdown_kernel", shutdown)
    kernels = PageKernels()
    kernels.portal_settings, kernels.owners = settings, Owners()
    yield kernels
    kernels._kernels.clear()


async def open_page(kernels, name):
    try:
        kernel_id = await kernels.make_room(Guest(Visitor(name=name, codes=frozenset({"1"})), staff=False))
    except HTTPError as refused:
        assert refused.status_code == 429
        return None
    opening_for.set(Opening(Guest(Visitor(name=name, codes=frozenset({"1"})), staff=False), kernel_id))
    try:
        return await kernels.start_kernel()
    finally:
        kernels.give_up_room(kernel_id)


def test_pages_asked_for_at_once_count_before_their_kernels_have_started(kernels):
    async def ask():
        return await asyncio.gather(*(open_page(kernels, "c-1") for _ in range(12)), open_page(kernels, "c-2"))

    *own, anothers = awaited(ask())
    assert len([page for page in own if page]) == kernels.portal_settings.pages_per_visitor == len(kernels._kernels) - 1
    assert anothers is not None


def test_a_page_that_no_browser_shows_makes_room_and_one_that_is_shown_does_not(kernels):
    async def ask():
        pages = [await open_page(kernels, "c-1") for _ in range(5)]
        for page in pages[1:]:
            assert kernels.attach(page, object())
        return pages, [await open_page(kernels, "c-1") for _ in range(2)]

    pages, (new, _) = awaited(ask())
    assert new is not None and pages[0] not in kernels and set(pages[1:]) <= set(kernels._kernels)


def test_a_page_that_could_not_be_opened_gives_its_room_up(kernels, monkeypatch):
    async def fail(self, **_):
        raise RuntimeError("no memory")

    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", fail)
    for _ in range(10):
        with pytest.raises(RuntimeError):
            awaited(open_page(kernels, "c-1"))
    assert kernels.owners.kernels_of("c-1") == []


def test_a_session_that_ends_takes_the_pages_with_it_that_are_still_being_opened(kernels):
    async def ask():
        opening = asyncio.create_task(open_page(kernels, "c-1"))
        await asyncio.sleep(0.02)
        await kernels.end_all("c-1")
        return await asyncio.gather(opening, return_exceptions=True)

    (reply,) = awaited(ask())
    assert isinstance(reply, HTTPError) and reply.status_code == 403
    assert not kernels._kernels and kernels.owners.kernels_of("c-1") == []


def test_a_page_has_few_websockets_and_makes_room_when_one_ends(kernels):
    sockets = [object() for _ in range(20)]
    taken = [socket for socket in sockets if kernels.attach("k-1", socket)]
    assert 2 <= len(taken) <= 4 and kernels.attach("k-2", sockets[0])
    kernels.detach("k-1", taken[0])
    assert kernels.attach("k-1", sockets[-1])
