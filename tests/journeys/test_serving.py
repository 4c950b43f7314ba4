"""Starting, stopping and starting again: everything ends with Ctrl-C, nothing is lost."""

import signal
import urllib.request

import psutil
import pytest

from tests.journeys.chart_page import ChartPage
from tests.journeys.portal import Portal


def of_this_portal(portal):
    """Every process that has this portal's folder in its environment or command, and what they have started.

    A forked kernel shows what its zygote was started with, and that has no folder.
    """
    found = set()
    for process in psutil.process_iter():
        try:
            text = " ".join([*process.cmdline(), *process.environ().values()])
        except psutil.Error:
            continue
        if str(portal.var) in text and process.pid != psutil.Process().pid:
            found |= {process, *process.children(recursive=True)}
    return [process for process in found if process.is_running()]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_end_leaves_no_process_and_the_next_start_has_lost_nothing(portal, browser, household, ending):
    context = household.open(browser, portal)
    charts = ChartPage(context.new_page()).open()
    before = charts.rows()
    running = of_this_portal(portal)
    commands = [" ".join(process.cmdline()) for process in running]
    assert len([command for command in commands if "portal_lib.kernels.zygote" in command]) >= 2, "zygote and kernel"
    assert portal.stop(ending) in (0, 130)
    assert [process for process in running if process.is_running()] == of_this_portal(portal) == []
    assert "Unknown child process" not in portal.text and "Traceback" not in portal.text
    portal.start()
    assert ChartPage(context.new_page()).open().rows() == before, "the session and the readings outlive the stop"
    context.close()


def test_a_second_portal_on_the_same_address_is_told_so(portal):
    second = Portal(portal.var.with_name("taken"))
    second.port = portal.port
    run = second.command("run")
    assert run.returncode == 1
    assert f"127.0.0.1:{portal.port} is already in use" in run.stderr and "Traceback" not in run.stderr


def test_a_second_portal_on_the_same_folder_is_told_so(portal):
    second = Portal(portal.var)
    run = second.command("run")
    assert run.returncode == 1
    assert f"Another portal is running on {portal.var}" in run.stderr and "Traceback" not in run.stderr


def test_a_page_stays_open_while_the_hub_starts_again(portal, browser, household):
    context = household.open(browser, portal)
    charts = ChartPage(context.new_page()).open()
    hub = next(process for process in of_this_portal(portal) if "portal_lib.hub" in " ".join(process.cmdline()))
    hub.kill()
    charts.choose_detail("Giorno")
    assert len(charts.rows()) == 30
    charts.expect_bars_as_tabled()
    for _ in range(100):
        try:
            if urllib.request.urlopen(f"{portal.address}/hub/login", timeout=5).status == 200:
                break
        except OSError:
            charts.page.wait_for_timeout(200)
    assert ChartPage(context.new_page()).open().total() > 0
    assert "the Hub ended with signal SIGKILL; starting it again" in portal.text
    context.close()
