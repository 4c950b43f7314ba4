"""Notebook pages in a real browser: drawn from what the page carries, in step with the kernel, safe, well described."""

import re

import pytest
from playwright.sync_api import expect

from tests.drawn import expect_bars

CELLS = "#rendered_cells"


def opened(window, pages, name):
    page = window.new_page()
    page.goto(pages.address + name)
    expect(page.locator("body.portal-drawn")).to_be_attached(timeout=30_000)
    return page


@pytest.mark.parametrize("name", ["parti", "aggiornamenti", "errori", "ostile", "cella_rotta"])
def test_a_page_fetches_little_and_nothing_from_elsewhere(window, pages, name):
    page = window.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url.replace("ws:", "http:")))
    page.goto(pages.address + name)
    expect(page.locator("body.portal-drawn")).to_be_attached(timeout=30_000)
    page.wait_for_timeout(1000)
    fetched = [url for url in asked if not url.startswith(("data:", "blob:"))]
    assert len(fetched) <= 6
    assert {re.match(r"http://[^/]+", url)[0] for url in fetched} == {pages.address.removesuffix("/services/portale/")}
    assert window.complaints == []


def test_the_chart_is_drawn_before_there_is_a_connection(window, pages):
    page = window.new_page()
    page.route_web_socket("**/*", lambda socket: None)  # opened, and never connected to the service
    page.goto(pages.address + "parti")
    expect_bars(page, 48)


def test_nothing_said_between_the_snapshot_and_the_connection_is_lost(window, pages):
    page = opened(window, pages, "aggiornamenti")
    expect(page.locator(".contatore")).to_have_text("120", timeout=30_000)
    expect(page.locator(".nati-dopo")).to_have_text(re.compile("nato a 40\\s*nato a 80\\s*nato a 120"))
    assert window.complaints == []


def test_nor_is_it_where_the_connection_comes_late(window, pages):
    page = window.new_page()
    held = []
    page.route_web_socket("**/*", lambda socket: socket.connect_to_server() if held else held.append(socket))
    page.goto(pages.address + "aggiornamenti")
    expect(page.locator("body.portal-drawn")).to_be_attached(timeout=30_000)
    page.wait_for_timeout(3500)  # by now the kernel has said everything, and nobody has heard it
    assert int(page.locator(".contatore").inner_text()) < 120
    held[0].close(code=4000)
    expect(page.locator(".contatore")).to_have_text("120", timeout=30_000)
    expect(page.locator(".nati-dopo")).to_have_text(re.compile("nato a 40\\s*nato a 80\\s*nato a 120"))


def test_a_control_moves_the_chart(window, pages):
    page = opened(window, pages, "parti")
    page.locator("select").select_option(label="due volte")
    expect(page.locator(".portale-sintesi")).to_contain_text("9400", timeout=20_000)
    expect(page.locator(".axis text").filter(has_text="9.000,0")).to_be_visible()


@pytest.mark.parametrize(("language", "tick"), [("it", "4.500,0"), ("en", "4,500.0")])
def test_numbers_on_the_axes_are_written_as_the_visitor_writes_them(window, pages, language, tick):
    window.add_cookies([{"name": "portale-lingua", "value": language, "url": pages.address}])
    page = opened(window, pages, "parti")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".axis text").filter(has_text=tick)).to_be_visible()


def test_a_figure_is_an_image_with_a_name_and_a_summary(window, pages):
    page = opened(window, pages, "parti")
    figure = page.get_by_role("img", name="Consumi per ora è così")
    expect(figure).to_be_visible()
    expect(figure).to_have_accessible_description("Il più alto è 4700.")
    page.locator("select").select_option(label="due volte")
    expect(figure).to_have_accessible_description("Il più alto è 9400.", timeout=20_000)


@pytest.mark.parametrize("form", ["SVG", "PNG"])
def test_a_chart_is_saved_as_a_picture_without_asking_the_kernel(window, pages, form, tmp_path):
    page = opened(window, pages, "parti")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Salva {form}").click()
    saved = download.value
    assert saved.suggested_filename == f"consumi-per-ora-e-cosi.{form.lower()}"
    saved.save_as(tmp_path / "saved")
    content = (tmp_path / "saved").read_bytes()
    if form == "PNG":
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20], "big") > 1000  # twice the screen's
    else:
        text = content.decode()
        assert [len(outline.split("M")) - 1 for outline in re.findall(r'<path[^>]*class="bars"[^>]*>', text)] == [48]
        assert "4.500,0" in text
        assert "var(--" not in text
    page.wait_for_timeout(500)
    expect(page.get_by_text("il kernel lo sa")).to_have_count(0)


def test_the_address_follows_the_choices_and_holds_nothing_else(window, pages):
    page = opened(window, pages, "parti")
    page.locator("select").select_option(label="due volte")
    expect(page).to_have_url(re.compile(r"/parti\?fattore=2&da=2025-09-01$"), timeout=20_000)


def test_hostile_values_stay_values(window, pages):
    page = opened(window, pages, "ostile")
    expect(page.get_by_text("</script>", exact=True)).to_be_visible()
    expect(page.locator("input[type=text]").last).to_have_value("<!-- \u2028 </script>")
    page.wait_for_timeout(500)
    assert page.title().startswith("OSTILE")


def frames(page):
    seen = []

    def keep(frame):
        seen.append(frame if isinstance(frame, bytes) else frame.encode())

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return seen


def test_a_failed_click_leaves_a_sentence_that_can_be_put_away(window, pages):
    page = window.new_page()
    seen = frames(page)
    page.goto(pages.address + "errori")
    page.get_by_role("button", name="Fallisci").click()
    notice = page.locator("#portal-notices [role=alert]")
    expect(notice).to_contain_text(re.compile(r"codice [A-Z2-7]{6}"), timeout=20_000)
    reference = re.search(r"codice ([A-Z2-7]{6})", notice.inner_text())[1]
    assert reference in pages.log
    assert not any(b"segreto" in frame or b"Traceback" in frame for frame in seen)
    notice.get_by_role("button", name="Chiudi").click()
    expect(notice).to_have_count(0)


def test_what_a_callback_displays_in_an_output_is_shown(window, pages):
    page = opened(window, pages, "errori")
    page.get_by_role("button", name="Mostra").click()
    expect(page.locator(".widget-output, .jupyter-widgets").filter(has_text="mostrato").first).to_be_visible(
        timeout=20_000
    )


def test_a_page_whose_cell_fails_ends_with_a_sentence(window, pages):
    page = opened(window, pages, "cella_rotta")
    expect(page.locator(f"{CELLS} [role=alert]")).to_contain_text(re.compile(r"codice [A-Z2-7]{6}"))
    expect(page.locator(CELLS)).not_to_contain_text("mai arrivato")
    assert "segreto" not in page.content()
    expect(page.locator("#portal-notices [role=alert]")).to_have_count(0)


def test_the_policy_lets_no_script_of_a_page_run_and_nothing_be_evaluated(window, pages):
    page = window.new_page()
    reply = page.goto(pages.address + "parti")
    rules = dict(rule.strip().split(" ", 1) for rule in reply.headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert "unsafe" not in rules["style-src-elem"]
    assert rules["frame-ancestors"] == "'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert "<script>" not in reply.text()
    ran = page.evaluate(
        """() => new Promise(done => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            setTimeout(() => done(window.ran === true), 100);
        })"""
    )
    assert not ran
    policies = [page.request.get(pages.address + "parti").headers["content-security-policy"] for _ in range(2)]
    assert re.search("nonce-[^']+", policies[0])[0] != re.search("nonce-[^']+", policies[1])[0]
