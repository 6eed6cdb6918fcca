"""An HTTP response that is no web page → `File`: read no further than a card of it takes.

`fetch.base.Sink`s by shape, like `page.reader`; nothing here knows about fetching.
https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from preview_service.errors import BadStatus, UnsupportedType
from preview_service.model import File, Kind
from preview_service.page import content_type as mime
from preview_service.page.charset import Transcoder
from preview_service.page.feed import ENTRY_BYTES, FEED_BYTES, has_entry, read_feed
from preview_service.page.file_name import extension, file_name, is_attachment
from preview_service.page.file_types import SNIFFED_BYTES, identify, kind_of, kind_of_type
from preview_service.page.lengths import content_length, content_range
from preview_service.page.pdf import HEAD_BYTES, TAIL_BYTES, PdfFacts
from preview_service.page.plain_text import TEXT_BYTES, read_text

TAIL_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    # Of a compressed answer it would be a range of something else.
    {"Range": f"bytes=-{TAIL_BYTES}", "Accept-Encoding": "identity"}
)
"""What to ask with for what `TailReader` takes."""

_PDF = "application/pdf"
_PROSE = frozenset({"text/plain", "text/markdown"})
_MARKDOWN = frozenset({"md", "markdown"})

_FIRST_OK, _FIRST_REDIRECT = 200, 300
_PARTIAL = 206
_WITHOUT_DOCUMENT = frozenset({204, 205, _PARTIAL})


class FileReader:
    """Reads the beginning of one response; then `close` says what it is.

    `pdf_head` is what `page.pdf` wants of a PDF: that work is for where it can be ended.
    """

    def __init__(self) -> None:
        self._type: mime.ContentType | None = None
        self._name = ""
        self._is_attached = False
        self._has_ranges = True
        self._bytes: int | None = None
        self._essence: str | None = None
        self._is_feed = False
        self._wanted = 0
        self._head = bytearray()
        self._looked = 0  # of a feed's head, searched for its first entry

    @property
    def pdf_head(self) -> bytes:
        """The first bytes of a PDF; empty if the file is none."""
        return bytes(self._head) if self._essence == _PDF else b""

    @property
    def wants_tail(self) -> bool:
        """Whether a second request for the last bytes may tell more."""
        is_cut = len(self._head) >= HEAD_BYTES and self._bytes != len(self._head)
        return self._essence == _PDF and is_cut and self._has_ranges

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Judge a response by its head: raise `BadStatus` or `UnsupportedType` to decline it.

        One without a type is judged by its first bytes.
        """
        if not _FIRST_OK <= status < _FIRST_REDIRECT or status in _WITHOUT_DOCUMENT:
            raise BadStatus(f"the server answered {status}", status=status)
        disposition = headers.get("content-disposition")
        self._type = mime.parse(headers.get("content-type"))
        if self._type and kind_of(self._type, url, disposition) is None:
            raise UnsupportedType("the address is neither a web page nor a file", status=status)
        self._name = file_name(url, disposition)
        self._is_attached = is_attachment(disposition)
        self._has_ranges = headers.get("accept-ranges", "").strip().lower() != "none"
        self._bytes = content_length(headers)
        self._head, self._looked, self._wanted = bytearray(), 0, SNIFFED_BYTES
        self._essence, self._is_feed = None, False

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted.

        Raise `UnsupportedType` when they are not what the response's head promised.
        """
        self._head += chunk
        if self._essence is None and len(self._head) >= self._wanted > 0:
            self._recognise()
        return len(self._head) >= self._wanted or (self._is_feed and self._has_entry())

    def close(self) -> File:
        """What the file is; raise `UnsupportedType` if too little came to believe what it says."""
        essence = self._essence or self._recognise()
        file = File(
            kind=kind_of_type(essence) or Kind.DOCUMENT,
            media_type=essence,
            name=self._name,
            bytes=self._bytes,
        )
        if self._is_feed:
            found = read_feed(self._text())
            return msgspec.structs.replace(file, **msgspec.structs.asdict(found))
        if essence in _PROSE:
            is_markdown = essence == "text/markdown" or extension(self._name) in _MARKDOWN
            prose = read_text(self._text(), is_markdown=is_markdown)
            return msgspec.structs.replace(file, **msgspec.structs.asdict(prose))
        return file

    def _has_entry(self) -> bool:
        start = max(0, self._looked - ENTRY_BYTES)
        self._looked = len(self._head)
        return has_entry(self._head, start)

    def _recognise(self) -> str:
        essence = identify(
            self._type.essence if self._type else None,
            self._name,
            bytes(self._head[:SNIFFED_BYTES]),
            is_attached=self._is_attached,
        )
        if essence is None:
            raise UnsupportedType("the file is not what it is said to be")
        self._essence, self._wanted = essence, _bytes_wanted(essence)
        self._is_feed = kind_of_type(essence) is Kind.FEED
        return essence

    def _text(self) -> str:
        transcoder = Transcoder(self._type.charset if self._type else None)
        text = transcoder.feed(bytes(self._head[: self._wanted])) + transcoder.close()
        # Of the last character, half may be missing.
        return text.decode("utf-8", "replace").rstrip("\N{REPLACEMENT CHARACTER}")


class TailReader:
    """Takes the last bytes of a file, if a server answers with these and no others.

    *size* is the whole file's as far as it is known; `size` and `tail` are there when all has come.
    """

    def __init__(self, size: int | None) -> None:
        self.size = size
        self._wanted = 0
        self._tail = bytearray()

    @property
    def tail(self) -> bytes:
        return bytes(self._tail) if len(self._tail) == self._wanted else b""

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Raise `BadStatus` for any answer but the range, before anything of it is read."""
        found = content_range(headers)
        if status != _PARTIAL or found is None or found.size is None:
            raise BadStatus("the server does not give parts of the file", status=status)
        first, last, size = found.first, found.last, found.size
        is_changed = self.size is not None and self.size != size
        if is_changed or last != size - 1 or not 0 < size - first <= TAIL_BYTES:
            raise BadStatus("the server gives another part of the file", status=status)
        self.size, self._wanted = size, size - first

    def feed(self, chunk: bytes) -> bool:
        """Take bytes of the range; True when that was all of it."""
        self._tail += chunk[: self._wanted - len(self._tail)]
        return len(self._tail) >= self._wanted


def with_pdf(file: File, facts: PdfFacts) -> File:
    """*file* with what was read in it."""
    return msgspec.structs.replace(file, title=facts.title, author=facts.author, pages=facts.pages)


def _bytes_wanted(essence: str) -> int:
    if essence == _PDF:
        return HEAD_BYTES
    if kind_of_type(essence) is Kind.FEED:
        return FEED_BYTES
    return TEXT_BYTES if essence in _PROSE else 0
