"""The bundle: built, named by its content, compressed beforehand, and handed out so that it is fetched once."""

import gzip
import hashlib
import http.client
import re
import subprocess

import pytest

from portal_lib.frontend.bundle import BUILT, NAME, BundleMissing, bundle
from tests.journeys.portal import CHECKOUT

NODE = ["sh", "deploy/node.sh", ".venv", "node"]
FILES = [bundle().script, bundle().style]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_by_the_hash_of_its_content(name):
    content = (BUILT / name).read_bytes()
    assert re.fullmatch(NAME, name)
    assert hashlib.sha256(content).hexdigest()[:16] in name


@pytest.mark.parametrize("name", FILES)
def test_the_compressed_files_hold_the_same(name):
    content = (BUILT / name).read_bytes()
    assert gzip.decompress((BUILT / f"{name}.gz").read_bytes()) == content
    script = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(process.argv[1])))"
    unpacked = subprocess.run(
        [*NODE, "-e", script, str(BUILT / f"{name}.br")], cwd=CHECKOUT, capture_output=True, check=True
    )
    assert unpacked.stdout == content


def test_the_bundle_stays_small():
    assert sum((BUILT / f"{name}.br").stat().st_size for name in FILES) < 400_000


def test_where_nothing_was_built_a_sentence_says_what_to_do(tmp_path):
    with pytest.raises(BundleMissing) as missing:
        bundle(tmp_path)
    assert "make setup" in missing.value.say("it")


def answer(pages, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", pages.port, timeout=30)
    connection.putrequest("GET", f"/services/portale/{path}", skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    reply = connection.getresponse()
    return reply, reply.read()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("BR", "br"),
        ("identity", None),
        ("", None),
    ],
)
def test_a_browser_gets_the_smallest_form_that_it_takes(pages, accepted, encoding):
    name = bundle().script
    reply, body = answer(pages, f"static/{name}", Accept_Encoding=accepted)
    ending = {"br": ".br", "gzip": ".gz", None: ""}[encoding]
    assert (reply.status, reply.getheader("Content-Encoding")) == (200, encoding)
    assert body == (BUILT / f"{name}{ending}").read_bytes()
    assert reply.getheader("Vary") == "Accept-Encoding"


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_kept_for_ever_and_is_what_it_says(pages, name):
    reply, _ = answer(pages, f"static/{name}")
    assert {"immutable", "max-age=31536000"} <= set(reply.getheader("Cache-Control").split(", "))
    assert reply.getheader("X-Content-Type-Options") == "nosniff"
    assert reply.getheader("Content-Type").startswith("text/javascript" if name.endswith("js") else "text/css")


@pytest.mark.parametrize(
    "path",
    ["static/manifest.json", "static/portale-0000000000000000.js", f"static/{FILES[0]}.br", "static/../bundle.py",
     "static/%2e%2e/build.mjs", "static/", "voila/static/voila.js", "voila/templates/lab/static/index.css",
     "voila/labextensions/bqplot/package.json", "voila/api/themes/x"],
)  # fmt: skip
def test_nothing_else_is_handed_out(pages, path):
    assert answer(pages, path)[0].status == 404


def test_the_libraries_fetch_nothing_from_outside():
    text = (BUILT / bundle().style).read_text()
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", text)
    assert not re.search(r"@import\s", text)
