"""The log holds what an operator needs, and no line for every beat of a kernel."""

import asyncio
import logging

import jupyter_client.restarter
import jupyter_server.services.kernels.kernelmanager as stock
import pytest

from portal_lib.web import kernels
from portal_lib.web.log_lines import WhatOperatorsNeed
from tests.awaiting import awaited
from tests.web.open_page import ask, open_page


@pytest.mark.parametrize(
    ("module", "level", "kept"),
    [
        (stock, logging.INFO, False),
        (stock, logging.WARNING, True),
        (kernels, logging.INFO, True),
        (jupyter_client.restarter, logging.WARNING, False),
        (jupyter_client.restarter, logging.ERROR, True),
    ],
)
def test_what_warns_and_what_we_say_is_kept(module, level, kept):
    record = logging.LogRecord("x", level, module.__file__, 1, "something happened", (), None)
    assert WhatOperatorsNeed().filter(record) is kept


def test_a_visit_leaves_no_line_in_the_services_log(service):
    async def visit():
        page = await open_page(service.address, "c-quiet.10002003")
        await page.click()
        page.close()
        await ask(service.address, page.token, f"pagine/{page.kernel_id}/chiusa", method="POST", body="")
        await asyncio.sleep(6)
        return page

    before = len(service.log)
    page = awaited(visit())
    assert page.kernel_id not in service.log[before:]
