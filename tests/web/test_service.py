"""The service as a whole, real kernels and all: pages open, end and are refused as they should, and nothing is left."""

import asyncio
import json
import re
import signal
from datetime import date

import psutil
import pytest
from tornado.httpclient import AsyncHTTPClient

from portal_lib import db
from portal_lib.customers.tables import customer, holder, supply_point
from portal_lib.settings import Settings
from portal_lib.web.lost_pages import FAREWELL_SECONDS
from tests.awaiting import awaited
from tests.web.conftest import becomes, soon
from tests.web.open_page import ask, open_page
from tests.web.service import running

HOSPITAL = "10002003"


def is_there(service, page):
    return awaited(ask(service.address, page.token, f"api/kernels/{page.kernel_id}")).code == 200


def test_a_page_opens_and_each_click_is_answered(service):
    async def visit():
        page = await open_page(service.address, f"c-click.{HOSPITAL}")
        for _ in range(3):
            await page.click()
        page.close()
        return page

    page = awaited(visit())
    assert not page.notices and page.types_seen <= {"status", "comm_msg", "comm_open", "comm_close"}


@pytest.fixture(scope="module")
def left(service):
    """Pages whose tabs went in every way there is, all at the same time, and what became of each."""

    async def goodbye(page, token=None):
        path = f"pagine/{page.kernel_id}/chiusa"
        return (await ask(service.address, token or page.token, path, method="POST", body="")).code

    async def says_goodbye():
        page = await open_page(service.address, f"c-bye.{HOSPITAL}")
        page.close()
        return await goodbye(page), await soon(lambda: not page.is_running(), 30)

    async def comes_back():
        page = await open_page(service.address, f"c-back.{HOSPITAL}")
        page.close()
        await goodbye(page)
        await page.connect()
        return await clicks_later(page)

    async def said_by_others():
        page = await open_page(service.address, f"c-mine.{HOSPITAL}")
        nobody = await AsyncHTTPClient().fetch(
            f"{service.address}pagine/{page.kernel_id}/chiusa", method="POST", body="", raise_error=False,
            follow_redirects=False,
        )  # fmt: skip
        return await goodbye(page, f"c-other.{HOSPITAL}"), nobody.code, await clicks_later(page)

    async def clicks_later(page):
        await asyncio.sleep(FAREWELL_SECONDS + 2)
        seconds = await page.click()
        page.close()
        return seconds > 0

    async def vanishes(connect):
        page = await open_page(service.address, f"c-gone-{connect}.{HOSPITAL}", connect=connect)
        page.close()
        await asyncio.sleep(1)
        at_first = page.is_running()
        return at_first, await soon(lambda: not page.is_running(), 60)

    async def all_of_them():
        names = {"goodbye": says_goodbye(), "back": comes_back(), "others": said_by_others(),
                 "vanished": vanishes(True), "never": vanishes(False)}  # fmt: skip
        return dict(zip(names, await asyncio.gather(*names.values()), strict=True))

    return awaited(all_of_them())


def test_a_tab_that_says_goodbye_leaves_no_kernel(left):
    assert left["goodbye"] == (204, True)


def test_a_tab_that_comes_back_in_time_keeps_its_kernel(left):
    assert left["back"]


def test_nobody_says_goodbye_for_somebody_else(left):
    other, nobody, clicked = left["others"]
    assert (other, nobody) in [(404, 403), (404, 302)] and clicked


def test_a_page_whose_browser_vanished_ends_within_a_minute(left):
    """A tab that is killed says nothing; its websocket closes. Not at once: a lost connection may come back."""
    assert left["vanished"] == (True, True)


def test_a_page_that_no_browser_ever_connected_to_ends_as_well(left):
    assert left["never"] == (True, True)


def test_an_error_in_a_callback_becomes_one_sentence_with_the_logs_reference(service):
    async def visit(language):
        page = await open_page(service.address, f"c-error.{HOSPITAL}", connect=False)
        await page.connect(Cookie=f"portale-lingua={language}")
        fails = page.model("ToggleButtonModel", description="fails")
        await page.turn(fails, value=True)
        await page.turn(fails, value=False)
        await page.turn(page.model("ToggleButtonModel", description="prints"), value=True)
        await page.click()
        page.close()
        return page

    page = awaited(visit("it"))
    assert page.types_seen.isdisjoint({"error", "stream", "execute_input"})
    assert len(page.notices) == 2
    (first, second) = page.notices
    assert re.fullmatch("[A-Z2-7]{6}", first["reference"]) and first["reference"] != second["reference"]
    assert first["reference"] in first["text"] and "non è riuscita" in first["text"]
    logged = next(line for line in service.log.splitlines() if first["reference"] in line)
    assert "Traceback" in logged and "Traceback" not in json.dumps(page.notices)
    assert "did not work" in awaited(visit("en")).notices[0]["text"]


def test_a_kernel_that_dies_takes_its_page_with_it_and_says_so(service):
    async def visit():
        page = await open_page(service.address, f"c-dies.{HOSPITAL}")
        psutil.Process(page.pid).kill()
        with pytest.raises(ConnectionError):
            while True:
                await page.receive(20)
        return page

    page = awaited(visit())
    assert [notice["reference"] for notice in page.notices] and not is_there(service, page)
    assert page.notices[0]["reference"] in service.log


def test_when_a_session_ends_its_pages_end_at_once(service):
    mine = None

    async def visit():
        nonlocal mine
        mine = await open_page(service.address, f"c-ends.{HOSPITAL}")
        others = await open_page(service.address, f"c-stays.{HOSPITAL}")
        body = json.dumps({"name": "c-ends", "session": None})
        reply = await ask(service.address, service.token, "internal/end", method="POST", body=body)
        with pytest.raises(ConnectionError):
            while True:
                await mine.receive(5)
        await others.click()
        others.close()
        return json.loads(reply.body)

    assert awaited(visit()) == {"pages": 1}
    assert not mine.is_running()


def test_language_and_query_reach_the_kernel_and_choose_no_visitor(service):
    query = "da=2025-01-01&PORTAL_VISITOR=x"

    async def visit():
        return await open_page(
            service.address,
            f"c-asks.{HOSPITAL}",
            f"controls?{query}",
            connect=False,
            headers={"Cookie": "portale-lingua=en"},
        )

    environment = awaited(visit()).environment
    assert environment["QUERY_STRING"] == query and environment["PORTAL_LANGUAGE"] == "en"
    assert json.loads(environment["PORTAL_VISITOR"]) == {"name": "c-asks", "codes": [HOSPITAL]}
    assert not [name for name in environment if "TOKEN" in name or "ACCOUNTS" in name]


def test_a_full_portal_says_so_and_takes_the_visitor_when_there_is_room(service_var):
    async def visit(service):
        first = await open_page(service.address, f"c-1.{HOSPITAL}")
        full = await ask(service.address, f"c-2.{HOSPITAL}", "controls", headers={"Cookie": "portale-lingua=en"})
        italian = await ask(service.address, f"c-2.{HOSPITAL}", "controls")
        await ask(service.address, first.token, f"pagine/{first.kernel_id}/chiusa", method="POST", body="")
        first.close()
        second = await open_page(service.address, f"c-2.{HOSPITAL}")
        second.close()
        return full, italian

    with running(service_var, PORTAL_PAGES_IN_ALL="1") as service:
        full, italian = awaited(visit(service))
    assert full.code == 503 and int(full.headers["Retry-After"]) > 0 and full.headers["Refresh"]
    assert "tries again by itself" in full.body.decode() and "riprova da sola" in italian.body.decode()


def test_every_answer_carries_the_strict_headers(service):
    async def look():
        paths = ["", "controls", "nothing", "files/1", "health", "api/kernels/x", "internal/end",
                 "static/nothing.js", "voila/static/voila.js", "internal/metrics", "export/X.csv",
                 f"api/kernels/{'0' * 8}-0000-0000-0000-{'0' * 12}"]  # fmt: skip
        return {path: (await ask(service.address, f"c-looks.{HOSPITAL}", path)).headers for path in paths}

    for path, headers in awaited(look()).items():
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["Referrer-Policy"] and headers["Cross-Origin-Opener-Policy"] and headers["Permissions-Policy"]
        assert "Server" not in headers and "Strict-Transport-Security" not in headers, path
        assert "Last-Modified" in headers or "no-store" in headers["Cache-Control"], path


def test_health_looks_at_what_a_page_needs(service):
    reply = awaited(ask(service.address, "", "health"))
    assert reply.code == 200 and json.loads(reply.body) == {"database": "ok", "kernels": "ok", "hub": "ok"}


def test_health_says_what_fails_and_not_why(service_var, tmp_path):
    with running(service_var, PORTAL_DATA_URL=f"sqlite:///{tmp_path}/nothing/data.sqlite") as service:
        service.hub.stop()
        reply = awaited(ask(service.address, "", "health"))
        assert reply.code == 503
        assert json.loads(reply.body) == {"database": "fails", "kernels": "ok", "hub": "fails"}
        assert str(tmp_path) not in reply.body.decode() and "Health: database fails" in service.log


def test_metrics_are_for_this_machine_and_for_who_has_the_token(service):
    async def look():
        for headers, token in (
            ({}, ""),
            ({"X-Forwarded-For": "192.0.2.1"}, ""),
            ({"X-Forwarded-For": "127.0.0.1"}, f"c-1.{HOSPITAL}"),
            ({"X-Forwarded-For": "192.0.2.1"}, "of-the-tests-alone"),
        ):
            yield await ask(service.address, token, "internal/metrics", headers=headers)

    async def answers():
        return [reply async for reply in look()]

    here, forwarded, customer, token = awaited(answers())
    assert [here.code, forwarded.code, customer.code, token.code] == [200, 403, 403, 200]
    text = token.body.decode()
    for name in ("portale_pages_open", "portale_page_seconds_bucket", "portale_event_loop_delay_seconds_count"):
        assert name in text
    assert "c-click" not in text and HOSPITAL not in text


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_services_end_leaves_no_process_behind(service_var, how):
    async def visit(service):
        return [await open_page(service.address, f"c-{i}.{HOSPITAL}", connect=False) for i in range(3)]

    with running(service_var) as service:
        pages = awaited(visit(service))
        family = service.family()
        assert {page.pid for page in pages} <= {process.pid for process in family}
        service.end(how)
        assert becomes(lambda: not any(running_still(process) for process in family), 10), family


def running_still(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_browser_that_leaves_while_its_page_is_made_leaves_no_kernel(service):
    async def visit():
        await asyncio.sleep(1)
        before = {process.pid for process in service.family()}
        for seconds in (0.02, 0.1, 0.2, 0.4):
            asking = asyncio.create_task(ask(service.address, f"c-leaves.{HOSPITAL}", "controls"))
            await asyncio.sleep(seconds)
            asking.cancel()
        return await soon(lambda: {process.pid for process in service.family()} <= before, 40)

    assert awaited(visit())


def test_a_page_whose_cell_fails_says_so_and_stands_to_the_end(service):
    page = awaited(open_page(service.address, f"c-fails.{HOSPITAL}", "fails", connect=False))
    reference = re.search(r"comunicaci il codice ([A-Z2-7]{6})", page.html)[1]
    assert page.html.rstrip().endswith("</html>") and "secret" not in page.html and "Traceback" not in page.html
    assert [model["value"] for model in page.models.values() if "value" in model] == ["before"]
    assert reference in service.log and "a secret of the supplier" in service.log


def test_a_page_whose_kernel_dies_meanwhile_says_so_and_stands_to_the_end(service):
    async def visit():
        return await ask(service.address, f"c-dies.{HOSPITAL}", "dies")

    html = awaited(visit()).body.decode()
    assert re.search(r"comunicaci il codice [A-Z2-7]{6}", html) and html.rstrip().endswith("</html>")


def test_a_page_at_work_without_end_ends_with_a_sentence_and_stops_nobody_else(service_var):
    async def visit(service):
        mine = await open_page(service.address, f"c-works.{HOSPITAL}")
        others = await open_page(service.address, f"c-clicks.{HOSPITAL}")
        working = asyncio.create_task(mine.turn(mine.model("ToggleButtonModel", description="works"), value=True))
        for _ in range(5):
            await others.click()
        with pytest.raises(ConnectionError):
            await working
        await others.click()
        others.close()
        return mine

    with running(service_var, PORTAL_PAGE_CPU_SECONDS="10") as service:
        page = awaited(visit(service))
        assert "chiedeva troppo" in page.notices[0]["text"] and not page.is_running()


def test_a_page_that_draws_without_end_reaches_its_own_browser_alone(service):
    async def visit():
        mine = await open_page(service.address, f"c-floods.{HOSPITAL}")
        others = await open_page(service.address, f"c-calm.{HOSPITAL}")
        await mine.send(
            "comm_msg",
            {
                "comm_id": mine.model("IntTextModel", description="floods"),
                "data": {"method": "update", "state": {"value": 20_000}, "buffer_paths": []},
            },
        )
        for _ in range(5):
            await others.click()
        mine.close()
        others.close()

    awaited(visit())


def test_when_the_process_that_kernels_are_forked_from_is_killed_open_pages_stay_and_new_ones_come(service):
    async def visit():
        page = await open_page(service.address, f"c-before.{HOSPITAL}")
        above = {process.pid for process in psutil.Process(page.pid).parents()}
        (zygote,) = [process for process in service.family() if process.pid in above]
        zygote.kill()
        await page.click()
        later = await open_page(service.address, f"c-after.{HOSPITAL}")
        await later.click()
        await page.click()
        for opened in (page, later):
            opened.close()
            await ask(service.address, opened.token, f"pagine/{opened.kernel_id}/chiusa", method="POST", body="")
        return page, later

    pages = awaited(visit())
    assert becomes(lambda: not any(page.is_running() for page in pages), 20)


def test_a_lost_supply_point_ends_the_pages_that_showed_it(service_var):
    """Whoever took it away, in whatever process: here a program that writes to the database."""
    engine = db.open_engine(Settings(var=service_var).data_database)
    with engine.begin() as connection:
        connection.execute(customer.insert().values(code="20001", kind="organisation", name="Comune"))
        connection.execute(customer.insert().values(code="20002", kind="organisation", name="Scuola"))
        connection.execute(supply_point.insert().values(id=1, pod="IT999E00000001"))
        connection.execute(holder.insert().values(point_id=1, first_day=date(2024, 1, 1), customer_code="20001"))

    async def visit(service):
        loses = await open_page(service.address, "c-loses.20001")
        keeps = await open_page(service.address, "c-keeps.20002")
        await asyncio.sleep(12)  # what each holds has been looked up once
        with engine.begin() as connection:
            connection.execute(holder.delete())
        with pytest.raises(ConnectionError):
            while True:
                await loses.receive(30)
        await keeps.click()
        keeps.close()
        return loses

    with running(service_var) as service:
        assert not awaited(visit(service)).is_running()
    engine.dispose()
