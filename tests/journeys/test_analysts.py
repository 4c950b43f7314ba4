"""An analyst's day: log in, land in JupyterLab, read the whole fleet on record, and reach nothing else."""

import json
import os
import sqlite3
import uuid

import nbformat
import pytest
import tornado.websocket
from playwright.sync_api import expect
from tornado.httpclient import HTTPRequest

from tests.awaiting import awaited
from tests.journeys.people import login


@pytest.fixture(scope="module")
def analyst(portal, browser):
    """A browser window in which the demo's analyst has JupyterLab open."""
    words = portal.text.split("Analysts log in as ")[1].split()
    name, password = words[0], words[words.index("password") + 1]
    context = browser.new_context(base_url=portal.address, locale="it-IT")
    page = context.new_page()
    login(page, name, password)
    page.wait_for_url("**/user/s-*/lab**", timeout=90_000)
    yield page
    context.close()


class Server:
    """The analyst's own Jupyter server, asked as JupyterLab asks it."""

    def __init__(self, page, portal):
        self.page, self.portal = page, portal
        self.base = "/user/s-analista"
        xsrf = next(
            c["value"] for c in page.context.cookies(portal.address + self.base + "/lab") if c["name"] == "_xsrf"
        )
        self.headers = {"X-XSRFToken": xsrf, "Content-Type": "application/json"}
        reply = page.request.post(
            f"{self.base}/api/kernels", headers=self.headers, data=json.dumps({"name": "python3"})
        )
        assert reply.ok, reply.text()
        self.kernel = reply.json()["id"]

    def run(self, code: str) -> str:
        """What a cell prints, or the name and value of its error."""
        cookies = self.page.context.cookies(f"{self.portal.address}{self.base}/")
        header = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)
        url = f"ws://127.0.0.1:{self.portal.port}{self.base}/api/kernels/{self.kernel}/channels"

        async def ask():
            socket = await tornado.websocket.websocket_connect(
                HTTPRequest(url, headers={"Cookie": header, "Origin": self.portal.address})
            )
            own = uuid.uuid4().hex
            message = {
                "header": {
                    "msg_id": own, "msg_type": "execute_request", "username": "", "session": own, "version": "5.3",
                },
                "parent_header": {}, "metadata": {}, "channel": "shell", "buffers": [],
                "content": {"code": code, "silent": False, "store_history": False, "allow_stdin": False},
            }  # fmt: skip
            await socket.write_message(json.dumps(message))
            printed = ""
            while True:
                reply = json.loads(await socket.read_message())
                if reply["parent_header"].get("msg_id") != own:
                    continue
                content = reply["content"]
                if reply["msg_type"] == "stream":
                    printed += content["text"]
                elif reply["msg_type"] == "error":
                    printed += f"{content['ename']}: {content['evalue']}"
                elif reply["msg_type"] == "status" and content["execution_state"] == "idle":
                    socket.close()
                    return printed

        return awaited(ask())


@pytest.fixture(scope="module")
def server(analyst, portal):
    return Server(analyst, portal)


def reads(portal):
    with sqlite3.connect(f"file:{portal.var}/data/data.sqlite?mode=ro", uri=True) as database:
        return database.execute("select reader, first_day, last_day, points, reason from staff_read").fetchall()


def test_an_analyst_lands_in_jupyterlab_with_the_notebook_to_start_from(analyst, server):
    expect(analyst.locator(".jp-LabShell")).to_be_visible(timeout=60_000)
    listing = analyst.request.get(f"{server.base}/api/contents/analisi").json()["content"]
    assert "carico_del_parco.ipynb" in [entry["name"] for entry in listing]


def test_the_notebook_reads_the_fleet_draws_it_and_leaves_a_record(analyst, server, portal):
    before = reads(portal)
    content = analyst.request.get(f"{server.base}/api/contents/analisi/carico_del_parco.ipynb").json()["content"]
    notebook = nbformat.from_dict(content)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    printed = server.run(
        f"{code}\nprint(fleet.pod.nunique(), round(fleet.kwh.sum()) > 0, len(axes.lines), len(plot.lines))"
    )
    assert printed.splitlines()[-1].startswith("10 True 1 7"), printed
    (new,) = reads(portal)[len(before) :]
    assert new[0] == "s-analista" and new[1:3] == ("2025-01-01", "2025-12-31") and new[3] >= 10 and new[4]


def test_without_a_record_nothing_is_read(server, portal):
    before = reads(portal)
    printed = server.run(
        "import os; from datetime import date; from portal_lib.visitor import StaffDoor\n"
        "kept = os.environ.pop('PORTAL_READS_URL')\n"
        "try:\n    print(StaffDoor.from_environment().fleet(date(2025, 1, 1), date(2025, 1, 2)))\n"
        "finally:\n    os.environ['PORTAL_READS_URL'] = kept"
    )
    assert "ReadNotRecorded" in printed and reads(portal) == before


def test_the_environment_holds_no_accounts_url_and_no_secret_of_the_portal(server):
    printed = server.run("import os, json; print(json.dumps(dict(os.environ)))")
    environment = json.loads(printed)
    text = printed.lower()
    assert "accounts" not in text and "smtp" not in text and "configproxy" not in text
    assert not [name for name in environment if name.startswith("PORTALE_")]
    assert {name for name in environment if name.startswith("PORTAL_")} <= {"PORTAL_DATA_URL", "PORTAL_READS_URL"}


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="without root an analyst is not isolated, as the portal says")


@as_root
def test_the_notebook_runs_under_a_user_id_of_its_own(server):
    uid, groups = server.run("import os; print(os.getuid()); print(os.getgroups())").splitlines()
    assert int(uid) > 64000 and "[0]" not in groups and groups in ("[]", "[64000]")


@as_root
@pytest.mark.parametrize(
    "path",
    ["accounts/accounts.sqlite", "hub/cookie_secret", "hub/jupyterhub.sqlite", "hub/demo-analyst-password", "outbox",
     "logs/hub.log", "deposit", "put-aside", "runs", "accounts", "hub"],
)  # fmt: skip
def test_the_portals_private_files_are_denied_by_the_system(server, portal, path):
    target = portal.var / path
    assert target.exists(), "the test must name something that is there"
    opener = f"os.listdir({str(target)!r})" if target.is_dir() else f"open({str(target)!r}, 'rb').read()"
    printed = server.run(f"import os; print({opener})")
    assert printed.startswith(("PermissionError", "FileNotFoundError")), printed


@as_root
def test_a_deposited_file_is_denied_by_the_system(server, portal):
    portal.command("reports", "run", "--report", "R1", "--period", "2025-02", "--customer", "10002002")
    deposited = next(path for path in (portal.var / "deposit").rglob("*.xlsx"))
    assert server.run(f"open({str(deposited)!r}, 'rb').read()").startswith(("PermissionError", "FileNotFoundError"))


@as_root
def test_the_data_database_can_be_read_and_not_written(server, portal):
    database = portal.var / "data" / "data.sqlite"
    printed = server.run(
        f"import sqlite3\nc = sqlite3.connect({str(database)!r})\n"
        "print(c.execute('select count(*) from supply_point').fetchone()[0])\n"
        "c.execute('delete from supply_point')"
    )
    assert printed.startswith("1") and "readonly" in printed


@as_root
def test_the_portals_processes_and_their_environments_are_denied(server, portal):
    printed = server.run(f"print(open('/proc/{portal.pid}/environ').read())")
    assert printed.startswith(("PermissionError", "FileNotFoundError"))
    assert server.run(f"import os; os.kill({portal.pid}, 15)").startswith(("PermissionError", "ProcessLookupError"))


@as_root
def test_the_portals_logs_are_denied_even_through_what_the_server_was_started_with(server, portal):
    printed = server.run("import os; print(os.readlink(f'/proc/{os.getppid()}/fd/1'))")
    assert printed.strip() == str(portal.var / "logs" / "s-analista.log")
    for number in (1, 2):
        assert server.run(f"import os; open(f'/proc/{{os.getppid()}}/fd/{number}').read()").startswith(
            "PermissionError"
        )


def test_an_analysts_page_of_the_portal_says_that_it_shows_customers(analyst, portal):
    page = analyst.context.new_page()
    page.goto("/services/portale/grafici-avanzati")
    expect(page.locator("main")).to_contain_text("personale")
    page.close()


def test_the_terminal_says_whether_analysts_are_isolated(portal):
    assert ("are not isolated" in portal.text) is (os.geteuid() != 0)


@as_root
def test_links_in_the_analysts_folder_give_nothing_away_when_the_server_starts_again(analyst, server, portal):
    link = "os.path.expanduser('~/analisi')"
    planted = server.run(f"import os, shutil; shutil.rmtree({link}); os.symlink('../../accounts', {link})")
    assert planted == ""
    xsrf = next(c["value"] for c in analyst.context.cookies(f"{portal.address}/hub/") if c["name"] == "_xsrf")
    for method in ("DELETE", "POST"):
        reply = analyst.request.fetch(
            "/hub/api/users/s-analista/server", method=method, headers={"X-XSRFToken": xsrf}, timeout=90_000
        )
        assert reply.ok, reply.text()
    assert {path.stat().st_uid for path in (portal.var / "accounts", *(portal.var / "accounts").iterdir())} == {0}
