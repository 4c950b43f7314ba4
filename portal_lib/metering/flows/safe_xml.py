"""XML from outside, read a piece at a time with an upper bound on everything that a hostile file could make
large.

Refused before they cost anything: any DTD (so there are no entities to expand and nothing to fetch), more
than 12 levels, more than 4 KiB of text in an element, a tag or comment of more than 64 KiB. The largest true
element, an October day of a curve, has 100 attributes in about 2 KiB, and the deepest stands at level 4.

A handler gets each start tag as it stands in the file, checked by expat to be well formed. Taking a tag apart into
names and values costs more than all else in reading a flow, so it is left to whoever needs it: :func:`attributes`
for any tag, ``quarters`` for many days of quarter hours at once.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Protocol
from xml.parsers import expat

from portal_lib.metering.exceptions import DamagedXml, HostileXml

_DEEPEST = 12
_LONGEST_TEXT = 4 * 1024
_LONGEST_TAG = 64 * 1024
_PIECE = 64 * 1024

#: What a file may say of its encoding. Others would be looked up by the name that the file gives.
_AS_IT_IS = {"utf-8", "us-ascii"}
_RECODED = {"iso-8859-1"}  # and UTF-16, told by its first two bytes

_TOLD = re.compile(rb"""\A\s*<\?xml[^>]{0,80}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_NAME = re.compile(r"<([^ \t\r\n/>]+)")


class Handler(Protocol):
    """What a flow's reader does with elements. ``path`` is the open ones, outermost first."""

    def start(self, path: list[str], tag: str) -> None:
        """An element begins; ``tag`` is its start tag, from ``<`` to ``>``."""

    def end(self, path: list[str], text: str) -> None:
        """The innermost element of ``path`` ends; ``text`` is what stands in it since the last tag."""


def parse(file: BinaryIO, name: str, handler: Handler) -> None:
    """Show every element of a file to a handler.

    ``name`` is what sentences call the file. Raises :class:`DamagedXml` where it is not XML,
    :class:`HostileXml` where it is over a limit, and whatever the handler raises.
    """
    # expat hands markup on whole only where it need not recode it: everything reaches it as UTF-8.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    pieces = _Pieces(file)
    path: list[str] = []
    texts: list[str] = []

    def hostile(reason: str) -> HostileXml:
        return HostileXml(file=name, line=parser.CurrentLineNumber, reason=reason)

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in (pieces.recoded or _AS_IT_IS):
            raise hostile(f"encoding {encoding[:40]}")

    def doctype(*_: object) -> None:
        raise hostile("DTD")

    def markup(token: str) -> None:
        if len(token) > _LONGEST_TAG:
            raise hostile("tag > 64 KiB")
        if token[0] != "<":  # blanks around the root, the end of a CDATA section
            return
        kind = token[1]
        if kind == "/":
            handler.end(path, "".join(texts).strip())
            texts.clear()
            path.pop()
        elif kind not in "!?":
            if len(path) >= _DEEPEST:
                raise hostile(f"depth > {_DEEPEST}")
            found = _NAME.match(token)
            assert found is not None  # expat has read it as a tag
            path.append(found[1])
            texts.clear()
            handler.start(path, token)
            if token[-2] == "/":
                handler.end(path, "")
                path.pop()

    def text(piece: str) -> None:
        texts.append(piece)
        if sum(map(len, texts)) > _LONGEST_TEXT:
            raise hostile("text > 4 KiB")

    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = doctype
    parser.DefaultHandler = markup
    parser.CharacterDataHandler = text

    fed = 0
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            fed += len(piece)
            # What expat could not finish yet, it keeps: an unending attribute would grow without end.
            if fed - parser.CurrentByteIndex > _LONGEST_TAG:
                raise hostile("tag > 64 KiB")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DamagedXml(file=name, line=error.lineno, reason=expat.ErrorString(error.code)) from None
    except UnicodeDecodeError as error:
        raise DamagedXml(file=name, line=parser.CurrentLineNumber, reason=error.reason) from None


def attributes(tag: str) -> list[str]:
    """Name, value, name, value … of a start tag that :func:`parse` has shown, in the file's order."""
    found: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.StartElementHandler = lambda _name, pairs: found.extend(pairs)
    parser.Parse(tag.encode(), False)
    return found


class _Pieces:
    """A file in pieces of UTF-8, whatever it was written in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        #: What the declaration may then say; empty where the bytes go on as they are.
        self.recoded: set[str] = set()

    def __iter__(self) -> Iterator[bytes]:
        piece = self._file.read(_PIECE)
        encoding = _encoding(piece)
        if encoding is None:
            while piece:
                yield piece
                piece = self._file.read(_PIECE)
            return
        self.recoded = {encoding}
        decoder = codecs.getincrementaldecoder(encoding)()
        while piece:
            yield decoder.decode(piece).encode()
            piece = self._file.read(_PIECE)
        yield decoder.decode(b"", True).encode()


def _encoding(head: bytes) -> str | None:
    """What must be recoded, by the first bytes of a file."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    told = _TOLD.match(head)
    encoding = told[1].decode().lower() if told is not None else ""
    return encoding if encoding in _RECODED else None
