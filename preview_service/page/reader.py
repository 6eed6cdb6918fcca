"""A page's bytes, as they arrive → `Page`, having read no further than it takes."""

from preview_service.model import Page
from preview_service.page.charset import Transcoder
from preview_service.page.head import HeadParser
from preview_service.settings import PageSettings
from preview_service.urls.normalize import resolve

MAX_DOCUMENT_BYTES = 256 * 1024
"""How much of a page is kept, for those that declare nothing and are read like a person would."""


class PageReader:
    """Reads the HTML that *url* answered with; *charset* is what the HTTP header calls it.

    Error pages are read too: it takes a look to tell a challenge from a fault.
    """

    def __init__(self, url: str, charset: str | None, settings: PageSettings) -> None:
        self._url = url
        self._transcoder = Transcoder(charset)
        self._parser = HeadParser(settings.body_bytes)
        self._pieces: list[bytes] = []
        self._room = MAX_DOCUMENT_BYTES

    @property
    def document(self) -> bytes:
        """What was read, as UTF-8, but no more than `MAX_DOCUMENT_BYTES`."""
        return b"".join(self._pieces)[:MAX_DOCUMENT_BYTES]

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted."""
        return self._parse(self._transcoder.feed(chunk))

    def close(self) -> Page:
        self._parse(self._transcoder.close())
        found = self._parser.close()
        return Page(
            url=self._url,
            base=(found.base and resolve(self._url, found.base)) or self._url,
            charset=self._transcoder.charset,
            title=found.title or None,
            lang=found.lang,
            metas=found.metas,
            links=found.links,
            json_ld=found.json_ld,
            bytes_to_metadata=self._parser.bytes_to_metadata,
            has_password=found.has_password,
        )

    def _parse(self, piece: bytes) -> bool:
        if self._room > 0:
            self._pieces.append(piece)
            self._room -= len(piece)
        return self._parser.feed(piece)
