"""XML from outside, read a piece at a time with an upper bound on everything that a hostile file could make
large.

Refused before they cost anything: any DTD (so there are no entities to expand and nothing to fetch), more
than 12 levels, more than 4 KiB of text in an element, a tag or comment of more than 64 KiB. The largest true
element, an October day of a curve, has 100 attributes in about 2 KiB, and the deepest stands at level 4.
"""

from typing import BinaryIO, Protocol
from xml.parsers import expat

from portal_lib.metering.exceptions import DamagedXml, HostileXml

_DEEPEST = 12
_LONGEST_TEXT = 4 * 1024
_LONGEST_TAG = 64 * 1024
_PIECE = 64 * 1024

#: Encodings that expat reads by itself. Others would be looked up by the name that the file gives.
_ENCODINGS = {"utf-8", "iso-8859-1", "us-ascii", "utf-16"}


class Handler(Protocol):
    """What a flow's reader does with elements. ``path`` is the open ones, outermost first."""

    def start(self, path: list[str], attributes: list[str]) -> None:
        """An element begins; ``attributes`` are name, value, name, value … in the file's order."""

    def end(self, path: list[str], text: str) -> None:
        """The innermost element of ``path`` ends; ``text`` is what stands in it since the last tag."""


def parse(file: BinaryIO, name: str, handler: Handler) -> None:
    """Show every element of a file to a handler.

    ``name`` is what sentences call the file. Raises :class:`DamagedXml` where it is not XML,
    :class:`HostileXml` where it is over a limit, and whatever the handler raises.
    """
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    path: list[str] = []
    texts: list[str] = []

    def hostile(reason: str) -> HostileXml:
        return HostileXml(file=name, line=parser.CurrentLineNumber, reason=reason)

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise hostile(f"encoding {encoding[:40]}")

    def doctype(*_: object) -> None:
        raise hostile("DTD")

    def start(tag: str, attributes: list[str]) -> None:
        if len(path) >= _DEEPEST:
            raise hostile(f"depth > {_DEEPEST}")
        path.append(tag)
        texts.clear()
        handler.start(path, attributes)

    def end(_tag: str) -> None:
        handler.end(path, "".join(texts).strip())
        texts.clear()
        path.pop()

    def text(piece: str) -> None:
        texts.append(piece)
        if sum(map(len, texts)) > _LONGEST_TEXT:
            raise hostile("text > 4 KiB")

    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text

    fed = 0
    try:
        while piece := file.read(_PIECE):
            parser.Parse(piece, False)
            fed += len(piece)
            # What expat could not finish yet, it keeps: an unending attribute would grow without end.
            if fed - parser.CurrentByteIndex > _LONGEST_TAG:
                raise hostile("tag > 64 KiB")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DamagedXml(file=name, line=error.lineno, reason=expat.ErrorString(error.code)) from None
