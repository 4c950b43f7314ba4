"""What a customer can't reach, whatever they ask for: others' points, files, exports and kernels, servers, the API."""

import asyncio
import http.client
import json

import psutil
import pytest
import tornado.httpclient
import tornado.websocket

from tests.awaiting import awaited
from tests.drawn import expect_drawn
from tests.journeys.chart_page import ChartPage

HOSPITAL_POD = "IT999E00000301"
SERVICE = "/services/portale"


@pytest.fixture(scope="module")
def household(household, portal, browser):
    return household.back(browser, portal)


@pytest.fixture(scope="module")
def hospital(hospital, portal, browser):
    return hospital.back(browser, portal)


@pytest.fixture(scope="module")
def hospital_kernel(portal, browser, hospital):
    """The kernel behind a page that the hospital has open."""
    page = hospital.open(browser, portal).new_page()
    ChartPage(page).open()
    yield page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    page.context.close()


@pytest.fixture(scope="module")
def hospital_file(portal, hospital):
    portal.command("reports", "run", "--report", "R1", "--period", "2025-03", "--customer", hospital.code)
    status = json.loads(portal.command("reports", "status", "--json").stdout)
    assert any(row["customer"] == hospital.code for row in status)


@pytest.fixture
def asks(portal, browser, household):
    """Requests with the household's session, redirects not followed."""
    context = household.open(browser, portal)
    # With the Hub's token against forged forms, as its own pages send it: what is refused is refused for the person.
    xsrf = next(cookie["value"] for cookie in context.cookies(f"{portal.address}/hub/") if cookie["name"] == "_xsrf")

    def ask(path, method="GET", headers=None, **options):
        sent = {"X-XSRFToken": xsrf, **(headers or {})}
        return context.request.fetch(path, method=method, headers=sent, max_redirects=0, **options)

    yield ask
    context.close()


def test_its_own_export_is_there(asks):
    reply = asks(f"{SERVICE}/export/IT999E00000101.csv?dal=2024-09-01&al=2024-09-30&dettaglio=hour")
    assert reply.status == 200 and reply.text().count("\n") == 721


@pytest.mark.parametrize("pod", [HOSPITAL_POD, "IT999E99999999", "x", HOSPITAL_POD.lower()])
def test_anothers_export_and_one_that_never_was_are_equally_not_there(asks, pod):
    reply = asks(f"{SERVICE}/export/{pod}.csv?dal=2025-01-01&al=2025-01-31&dettaglio=day")
    assert reply.status == 404 and "kWh" not in reply.text()


def test_anothers_files_are_not_there(asks, hospital_file, portal, browser, hospital):
    page = hospital.open(browser, portal).new_page()
    page.goto(f"{SERVICE}/download")
    link = page.locator(".portal-file a").first
    address = link.evaluate("link => link.href", timeout=60_000)
    assert page.request.get(address).status == 200
    assert asks(address).status == 404
    assert asks(f"{SERVICE}/files/999999999").status == 404
    page.context.close()


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PATCH", "PUT"])
def test_anothers_kernel_answers_no_request(asks, hospital_kernel, method):
    reply = asks(f"{SERVICE}/api/kernels/{hospital_kernel}", method)
    assert reply.status in (403, 404, 405) and "execution_state" not in reply.text()


@pytest.mark.parametrize("what", ["", "/interrupt", "/restart"])
def test_not_even_its_owner_ends_a_kernel_through_the_api(portal, browser, hospital, hospital_kernel, what):
    context = hospital.open(browser, portal)
    method = "POST" if what else "DELETE"
    assert context.request.fetch(f"{SERVICE}/api/kernels/{hospital_kernel}{what}", method=method).status in (
        403,
        404,
        405,
    )
    assert context.request.get(f"{SERVICE}/api/kernels/{hospital_kernel}").status == 200


def test_anothers_kernel_cannot_be_shut_down(asks, portal, browser, hospital, hospital_kernel):
    assert asks(f"{SERVICE}/voila/api/shutdown/{hospital_kernel}", "POST").status in (403, 404)
    assert hospital.open(browser, portal).request.get(f"{SERVICE}/api/kernels/{hospital_kernel}").status == 200


def websocket_status(portal, person, kernel, protocol, origin=None):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in person.session["cookies"])
    request = tornado.httpclient.HTTPRequest(
        f"ws://127.0.0.1:{portal.port}{SERVICE}/api/kernels/{kernel}/channels?session_id=x",
        headers={"Cookie": cookies, "Origin": origin or portal.address},
    )

    async def connect():
        try:
            socket = await tornado.websocket.websocket_connect(request, subprotocols=[protocol] if protocol else None)
        except tornado.httpclient.HTTPClientError as error:
            return error.code
        socket.close()
        return 101

    return awaited(connect())


V1 = "v1.kernel.websocket.jupyter.org"


def test_a_websocket_opens_to_the_owner_alone_and_with_the_right_protocol_alone(
    portal, household, hospital, hospital_kernel
):
    assert websocket_status(portal, hospital, hospital_kernel, V1) == 101
    assert websocket_status(portal, household, hospital_kernel, V1) in (403, 404)
    assert websocket_status(portal, hospital, hospital_kernel, None) == 400
    assert websocket_status(portal, hospital, hospital_kernel, "other") == 400


def test_anothers_page_in_the_owners_browser_connects_to_nothing_and_says_no_goodbye(
    portal, browser, hospital, hospital_kernel
):
    assert websocket_status(portal, hospital, hospital_kernel, V1, origin="https://evil.example") == 403
    own = hospital.open(browser, portal).request
    forged = own.post(f"{SERVICE}/pagine/{hospital_kernel}/chiusa", max_redirects=0)
    assert forged.status == 403
    assert own.get(f"{SERVICE}/api/kernels/{hospital_kernel}").status == 200


def test_many_websockets_to_ones_own_kernel_leave_room_for_everybody_else(portal, household, hospital, hospital_kernel):
    """Each costs the server five sockets of its own; without a limit, some two hundred locked everybody out."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in hospital.session["cookies"])

    def request():  # one for each: tornado writes each connection's own key into it
        return tornado.httpclient.HTTPRequest(
            f"ws://127.0.0.1:{portal.port}{SERVICE}/api/kernels/{hospital_kernel}/channels",
            headers={"Cookie": cookies, "Origin": portal.address},
        )

    async def connect():
        sockets = await asyncio.gather(
            *(tornado.websocket.websocket_connect(request(), subprotocols=[V1]) for _ in range(10)),
            return_exceptions=True,
        )
        refused = [error.code for error in sockets if isinstance(error, tornado.httpclient.HTTPClientError)]
        for socket in sockets:
            if not isinstance(socket, Exception):
                socket.close()
        return refused

    refused = awaited(connect())
    assert 7 <= len(refused) < 10 and set(refused) == {429}


@pytest.mark.parametrize(
    "path",
    ["/voila/files/grafici_avanzati.ipynb", "/voila/files/", "/voila/tree", "/voila/tree/", "/voila/api/contents",
     "/voila/api/contents/", "/voila/render/grafici_avanzati.ipynb", "/voila/render/analisi/carico_del_parco.ipynb",
     "/voila/query/x", "/api/contents", "/api/kernels", "/api/kernelspecs", "/api/sessions", "/api/terminals", "/lab",
     "/tree", "/nbconvert", "/grafici_avanzati.ipynb", "/voila/static/../../../../etc/passwd",
     "/voila/static/..%2f..%2f..%2f..%2fetc/passwd", "/voila/templates/..%2f..%2f..%2fetc/passwd",
     "/voila/templates/lab/static/../../../../../etc/passwd", "/voila/templates/x",
     "/voila/labextensions/../../etc/passwd",
     "/voila/api/themes/../../../etc/passwd", "/static/../server.py", "/static/%2e%2e/server.py", "/files/../server.py",
     "/files/1%00", "/export/..%2f..%2fetc%2fpasswd.csv"],
)  # fmt: skip
def test_no_stock_address_of_voila_or_jupyter_answers_and_no_path_leads_out(portal, household, path):
    # Asked as written: a browser would take the dots out before asking.
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=30)
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in household.session["cookies"])
    connection.putrequest("GET", f"{SERVICE}{path}", skip_host=False)
    connection.putheader("Cookie", cookies)
    connection.endheaders()
    reply = connection.getresponse()
    text = reply.read().decode("utf-8", "replace")
    connection.close()
    if reply.status == 302:  # the proxy took the dots out: what is left is the Hub's to answer
        assert reply.getheader("Location").startswith("/hub/") and text == ""
    else:
        assert reply.status in (400, 403, 404), f"{path}: {reply.status}"
    assert "root:" not in text and "import" not in text


def test_the_query_cannot_choose_template_theme_or_visitor(portal, browser, household):
    page = household.open(browser, portal).new_page()
    page.goto(f"{SERVICE}/grafici-avanzati?template=classic&theme=dark&PORTAL_VISITOR=x&codes=10002003")
    expect_drawn(page)
    assert page.locator("header.portal-header").count() == 1
    assert HOSPITAL_POD not in page.content()
    page.context.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/hub/api/users"), ("GET", "/hub/api/groups"), ("GET", "/hub/api/services"), ("GET", "/hub/api/proxy"),
     ("GET", "/hub/api/info"), ("GET", "/hub/admin"), ("POST", "/hub/api/users/{me}/server"),
     ("POST", "/hub/api/users/{me}/tokens"), ("GET", "/hub/api/users/{me}/tokens"), ("POST", "/hub/api/shutdown"),
     ("POST", "/hub/api/groups/customer-10002003/users"), ("GET", "/hub/api/users/s-analista"),
     ("GET", "/hub/api/portale/people/s-analista")],
)  # fmt: skip
def test_the_hubs_api_gives_a_customer_nothing(asks, portal, household, method, path):
    me = asks("/hub/api/user").json()["name"]
    reply = asks(
        path.format(me=me),
        method,
        headers={"Content-Type": "application/json"},
        data="{}" if method == "POST" else None,
    )
    assert reply.status in (403, 404, 405), f"{path}: {reply.status} {reply.text()[:300]}"


@pytest.mark.parametrize(
    "path", ["/hub/home", "/hub/token", "/hub/spawn", "/hub/spawn/s-analista", "/user/s-analista/lab"]
)
def test_the_hubs_own_pages_lead_a_customer_nowhere(portal, browser, household, path):
    page = household.open(browser, portal).new_page()
    page.goto(path)
    assert "JupyterLab" not in page.title()
    # On the customer's own page the front end has a shell of its own, which appears a moment later.
    at_home = "/services/portale/" in page.url
    assert at_home or page.locator(".jp-LabShell, #start, form[action*=spawn]").count() == 0
    assert page.locator("html").get_attribute("lang") == "it"
    page.context.close()


def test_a_customer_has_no_server_and_no_lab(portal, browser, household):
    context = household.open(browser, portal)
    me = context.request.get("/hub/api/user").json()["name"]
    page = context.new_page()
    page.goto(f"/user/{me}/lab")
    assert page.locator(".jp-LabShell").count() == 0
    servers = [process.info["environ"] or {} for process in psutil.process_iter(["environ"])]
    assert not [environment for environment in servers if environment.get("JUPYTERHUB_USER") == me]
    context.close()


def test_the_body_credentials_door_gives_a_customer_no_more_than_the_page(portal, browser, household):
    """POST /hub/api/users/<name>/tokens takes a password in its body, without a cookie."""
    from tests.journeys.portal import PASSWORD

    request = browser.new_context(base_url=portal.address).request
    me = household.open(browser, portal).request.get("/hub/api/user").json()["name"]
    for password in ("wrong", PASSWORD):
        reply = request.post(
            f"/hub/api/users/{me}/tokens", data={"auth": {"username": household.username, "password": password}}
        )
        if reply.ok:
            token = reply.json()["token"]
            headers = {"Authorization": f"token {token}"}
            assert request.get("/hub/api/users", headers=headers).status in (403, 404)
            assert request.post(f"/hub/api/users/{me}/server", headers=headers).status in (403, 404)


@pytest.mark.parametrize("path", ["/services/portale/internal/end", "/services/portale/internal/reads"])
def test_the_internal_addresses_take_no_customers_session(asks, path):
    reply = asks(path, "POST", data=json.dumps({"name": "x", "first": "2024-01-01", "last": "2024-01-01", "points": 1}))
    assert reply.status == 403


def test_somebody_not_logged_in_gets_the_login_page_and_no_data(portal, browser):
    context = browser.new_context(base_url=portal.address)
    for path in (
        "/grafici-avanzati",
        "/download",
        "/files/1",
        f"/export/{HOSPITAL_POD}.csv?dal=2025-01-01&al=2025-01-31",
    ):
        reply = context.request.get(f"{SERVICE}{path}")
        assert "/hub/login" in reply.url and "kWh" not in reply.text()
    context.close()


def test_pages_carry_headers_against_framing_and_sniffing(asks):
    for path in (f"{SERVICE}/files/999999", f"{SERVICE}/nothing"):
        headers = asks(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
