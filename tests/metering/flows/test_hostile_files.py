"""Files that mean harm end in one sentence, and in little memory: each is read in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from portal_lib.metering.exceptions import BadFlowName
from portal_lib.metering.flows.file_names import parse_name
from tests.metering.files import MARCH

#: The interpreter with numpy and the readers takes about 60 MB of it.
MOST_MEGABYTES = 200

READ = """
import json, re, sys
from pathlib import Path
from portal_lib.metering.exceptions import FlowRefused
from portal_lib.metering.flows.formats import reader_for
from portal_lib.metering.flows.reader import Known
from portal_lib.metering.gathering import Gathered

path, name = Path(sys.argv[1]), sys.argv[2]
sentences = None
try:
    with path.open("rb") as file:
        reader_for(Path(name)).read(file, name, Known(), Gathered())
except FlowRefused as refusal:
    sentences = [type(refusal).__name__, refusal.say("en"), refusal.say("it")]
# Not ru_maxrss, which begins with what the parent had at the fork.
peak = int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([sentences, peak]))
"""

HEAD = MARCH.read_bytes()[: MARCH.read_bytes().index(b"<DatiPod>")]
ROOT = b'<FlussoMisure CodFlusso="PDO">'
MILLION = 1_000_000


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("k"))
)
CURVE = b"<DatiPod><Pod>IT001E00000001</Pod><MeseAnno>03/2025</MeseAnno><Curva>"

#: Contents by what they are (made when they are wanted), with the sentence that each must end in.
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "an entity bomb": (lambda: ENTITIES + b"]><FlussoMisure>&j;</FlussoMisure>", "DTD"),
    "an external DTD": (lambda: b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + ROOT, "DTD"),
    "an external entity": (lambda: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + ROOT + b"&e;", "DTD"),
    "two million attributes": (
        lambda: HEAD + b"<DatiPod " + b" ".join(b'a%d="1"' % number for number in range(2 * MILLION)) + b"/>",
        "tag > 64 KiB",
    ),
    "two million levels": (lambda: HEAD + b"<a>" * 2 * MILLION, "depth > 12"),
    "an attribute of 50 MB": (lambda: HEAD + b'<DatiPod a="' + b"x" * 50 * MILLION + b'"/>', "tag > 64 KiB"),
    "a text of 50 MB": (lambda: HEAD + b"<DatiPod><Pod>" + b"x" * 50 * MILLION, "text > 4 KiB"),
    "a comment of 50 MB": (lambda: HEAD + b"<!--" + b"x" * 50 * MILLION + b"-->", "tag > 64 KiB"),
    "a name of 50 MB": (lambda: HEAD + b"<" + b"x" * 50 * MILLION + b"/>", "tag > 64 KiB"),
    "an instruction of 50 MB": (lambda: HEAD + b"<?x " + b"x" * 50 * MILLION + b"?>", "tag > 64 KiB"),
    "a curve without end": (lambda: HEAD + CURVE + b'<Ea Dst="0" E1="0,001">01</Ea>' * MILLION, "> 128 Ea"),
    "zeros": (lambda: b"\0" * 50 * MILLION, "damaged XML"),
    "UTF-16 of 50 MB": (lambda: b"\xff\xfe" + ("<a " + "x" * 25 * MILLION).encode("utf-16-le"), "tag > 64 KiB"),
}


def told(path: Path, name: str) -> tuple[list[str], float]:
    run = subprocess.run(
        [sys.executable, "-c", READ, str(path), name], capture_output=True, text=True, timeout=120, check=True
    )
    sentences, peak = json.loads(run.stdout)
    return sentences, peak


@pytest.mark.parametrize("kind", sorted(BOMBS))
def test_a_hostile_flow_ends_in_one_sentence_and_little_memory(kind: str, tmp_path: Path) -> None:
    content, reason = BOMBS[kind]
    path = tmp_path / "bomb"
    path.write_bytes(content())
    sentences, peak = told(path, MARCH.name)
    assert sentences is not None, "it was taken"
    assert reason in sentences[1]
    assert all(MARCH.name in sentence and len(sentence) < 600 for sentence in sentences[1:])
    assert peak < MOST_MEGABYTES


def test_a_hostile_export_ends_in_one_sentence_and_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    for content in (b"x" * 50 * MILLION, b"Giorno" + b";x" * 25 * MILLION, b'"' + b"\n" * 50 * MILLION):
        path.write_bytes(content)
        sentences, peak = told(path, "export.csv")
        assert sentences[0] == "BadCsv"
        assert peak < MOST_MEGABYTES


def test_a_large_true_file_takes_little_memory(tmp_path: Path) -> None:
    content = MARCH.read_bytes()
    point = content[content.index(b"<DatiPod>") : content.index(b"</FlussoMisure>")]
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(HEAD)
        for _ in range(1400):  # 100 MB
            file.write(point)
        file.write(b"</FlussoMisure>")
    script = READ.replace("Gathered())", "Nothing())").replace(
        "path, name =",
        "class Nothing:\n    def day(self, curve): pass\n    register = cancel = day\n\npath, name =",
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(path), MARCH.name], capture_output=True, text=True, timeout=120, check=True
    )
    sentences, peak = json.loads(run.stdout)
    assert sentences is None
    assert peak < MOST_MEGABYTES


@pytest.mark.parametrize(
    "name", ["../" + MARCH.name, "..\\" + MARCH.name, "/etc/" + MARCH.name, MARCH.name + "\0.xml", MARCH.name + "\n"]
)
def test_a_name_that_leads_elsewhere_is_no_name_of_a_flow(name: str) -> None:
    with pytest.raises(BadFlowName):
        parse_name(name)
