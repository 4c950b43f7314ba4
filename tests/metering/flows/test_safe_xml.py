"""Hostile files end in a sentence, quickly, whatever they hold."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering.exceptions import DamagedXml, FlowRefused, HostileXml
from portal_lib.metering.flows import safe_xml


class Seen:
    """Writes down what it is shown."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []

    def start(self, path: list[str], tag: str) -> None:
        self.events.append(("start", "/".join(path), *safe_xml.attributes(tag)))

    def end(self, path: list[str], text: str) -> None:
        self.events.append(("end", "/".join(path), text))


class Unending(io.RawIOBase):
    """A file without end that counts how much of it was asked for."""

    def __init__(self, head: bytes, more: bytes) -> None:
        self.head, self.more, self.given = head, more, 0

    def read(self, size: int = -1) -> bytes:
        piece = self.head or (self.more * size)[:size]
        self.head = b""
        self.given += len(piece)
        assert self.given < 1_000_000, "nobody stopped reading"
        return piece


def seen(content: bytes) -> list[tuple[str, ...]]:
    handler = Seen()
    safe_xml.parse(io.BytesIO(content), "flow.xml", handler)
    return handler.events


def test_elements_are_shown_with_path_attributes_in_order_and_text() -> None:
    assert seen(b'\xef\xbb\xbf<a z="1" b="2"> <c>x&amp;<!-- no -->y</c> tail </a>') == [
        ("start", "a", "z", "1", "b", "2"),
        ("start", "a/c"),
        ("end", "a/c", "x&y"),
        ("end", "a", "tail"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
)
def test_any_dtd_is_refused(content: bytes) -> None:
    with pytest.raises(HostileXml, match="DTD"):
        seen(content)


def test_twelve_levels_are_read_and_thirteen_refused() -> None:
    assert len(seen(b"<a>" * 12 + b"</a>" * 12)) == 24
    with pytest.raises(HostileXml, match="depth > 12"):
        seen(b"<a>" * 13 + b"</a>" * 13)


def test_endless_nesting_is_refused_at_once() -> None:
    file = Unending(b"<a>", b"<a>")
    with pytest.raises(HostileXml, match="depth > 12"):
        safe_xml.parse(file, "flow.xml", Seen())  # type: ignore[arg-type]
    assert file.given < 100_000


def test_text_of_4_kib_is_read_and_more_is_refused() -> None:
    assert seen(b"<a>" + b"x" * 4096 + b"</a>")[-1] == ("end", "a", "x" * 4096)
    with pytest.raises(HostileXml, match="text > 4 KiB"):
        seen(b"<a>" + b"x" * 4097 + b"</a>")


@pytest.mark.parametrize("head", [b"<a>", b"<a><![CDATA["])
def test_endless_text_is_refused_at_once(head: bytes) -> None:
    file = Unending(head, b"x")
    with pytest.raises(HostileXml, match="text > 4 KiB"):
        safe_xml.parse(file, "flow.xml", Seen())  # type: ignore[arg-type]
    assert file.given < 200_000


@pytest.mark.parametrize("head", [b'<a b="', b"<", b"<a ", b"<a><!--", b"<a><?pi ", b"<a></"])
def test_an_endless_tag_comment_or_instruction_is_refused_at_once(head: bytes) -> None:
    file = Unending(head, b"x")
    with pytest.raises(HostileXml, match="tag > 64 KiB"):
        safe_xml.parse(file, "flow.xml", Seen())  # type: ignore[arg-type]
    assert file.given < 300_000


@pytest.mark.parametrize("encoding", ["hex", "idna", "utf-7", "cp037", "no-such-thing"])
def test_an_encoding_that_no_flow_has_is_refused(encoding: str) -> None:
    with pytest.raises(HostileXml, match="encoding"):
        seen(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())


@pytest.mark.parametrize(
    "content",
    [b"", b"  ", b"<a>", b"<a></b>", b"<a/><b/>", b"plain text", b"<a>&nbsp;</a>", b'<a b="1" b="2"/>', b"<a>\xff</a>"],
)
def test_what_is_no_xml_is_refused_with_its_line(content: bytes) -> None:
    with pytest.raises(DamagedXml, match="damaged XML at line 1"):
        seen(content)


def test_an_empty_element_begins_and_ends() -> None:
    assert seen(b'<a><b c="/>"/><b  /></a >') == [
        ("start", "a"),
        ("start", "a/b", "c", "/>"),
        ("end", "a/b", ""),
        ("start", "a/b"),
        ("end", "a/b", ""),
        ("end", "a", ""),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "us-ascii"])
def test_an_encoding_that_flows_have_changes_nothing(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><a b="è">ù</a>'
    content = text.encode(encoding, errors="xmlcharrefreplace")
    assert seen(content) == [("start", "a", "b", "è"), ("end", "a", "ù")]


def test_what_contradicts_its_declared_encoding_is_refused() -> None:
    with pytest.raises(HostileXml, match="encoding"):
        seen('<?xml version="1.0" encoding="utf-8"?><a/>'.encode("utf-16"))
    with pytest.raises(DamagedXml):
        seen('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16") + b"x")
    with pytest.raises(FlowRefused):
        seen('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16-le"))


@pytest.mark.parametrize("inside", ["b='{}'", "<!--{}-->", "<?b {}?>"])
def test_a_tag_a_comment_an_instruction_of_64_kib_is_read_and_one_more_refused(inside: str) -> None:
    def content(size: int) -> bytes:
        filled = inside.format("x" * 70_000)
        around = f"<a {filled}/>" if inside.startswith("b") else f"<a>{filled}</a>"
        token = len(f"<a {filled}/>" if inside.startswith("b") else filled)
        return around.replace("x" * 70_000, "x" * (70_000 - token + size)).encode()

    assert seen(content(64 * 1024))[0][:2] == ("start", "a")
    with pytest.raises(HostileXml, match="tag > 64 KiB"):
        seen(content(64 * 1024 + 1))


@given(st.binary(max_size=300))
def test_no_bytes_at_all_end_in_anything_but_elements_or_a_refusal(content: bytes) -> None:
    try:
        seen(b"<a>" + content + b"</a>")
    except FlowRefused as refusal:
        assert "flow.xml" in refusal.say("it")
