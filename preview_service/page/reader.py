"""An HTTP response as it arrives → `Page`: declined by its type, read no further than needed.

A `fetch.base.Sink` by shape; nothing here knows about fetching.
"""

from collections.abc import Mapping
from types import TracebackType

from preview_service.errors import BadStatus, UnsupportedType
from preview_service.model import Page
from preview_service.page import content_type as mime
from preview_service.page.charset import Transcoder
from preview_service.page.head import HeadParser
from preview_service.settings import PageSettings
from preview_service.urls.normalize import resolve

# 1xx and these have no document of their own (https://www.rfc-editor.org/rfc/rfc9110#section-15);
# a part of one (206) was not asked for.
_WITHOUT_DOCUMENT = frozenset({204, 205, 206, 304})
_FIRST_FINAL = 200
_FIRST_ERROR = 400


class PageReader:
    """Reads one response; use it as a context manager, or `close` it whatever happens.

    Error pages in HTML are read too: it takes a look to tell a challenge from a fault.
    """

    def __init__(self, settings: PageSettings | None = None) -> None:
        self._settings = settings or PageSettings()
        self._url = ""
        self._page: Page | None = None
        self._parser: HeadParser | None = None
        self._transcoder = Transcoder()
        self._unsniffed: bytes | None = None

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Judge a response by its head: raise `BadStatus` or `UnsupportedType` to decline it."""
        if status < _FIRST_FINAL or status in _WITHOUT_DOCUMENT:
            raise BadStatus(f"the server answered {status}, without a document", status=status)
        kind = mime.parse(headers.get("content-type"))
        if kind is not None and not kind.is_html:
            if status >= _FIRST_ERROR:
                raise BadStatus(f"the server answered {status}", status=status)
            raise UnsupportedType("the address is not a web page", status=status)
        if self._parser is not None:
            self._finish()
        self._url, self._page = url, None
        self._unsniffed = b"" if kind is None else None
        self._transcoder = Transcoder(kind.charset if kind else None)
        self._parser = HeadParser(self._settings.body_bytes)

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted.

        A body without a type raises `UnsupportedType` as soon as it is seen not to be markup.
        """
        if self._parser is None:
            return True
        if self._unsniffed is not None:
            self._unsniffed += chunk
            known = mime.is_markup(self._unsniffed)
            if known is None:
                return False
            if not known:
                raise UnsupportedType("the address is not a web page")
            chunk, self._unsniffed = self._unsniffed, None
        return self._parser.feed(self._transcoder.feed(chunk))

    def close(self) -> Page:
        """What was read; asked again, the same."""
        if self._page is None:
            self._page = self._finish()
        return self._page

    def __enter__(self) -> "PageReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _finish(self) -> Page:
        parser, self._parser = self._parser, None
        if parser is None:
            return Page(url=self._url, base=self._url, charset=self._transcoder.charset)
        try:
            parser.feed(self._transcoder.close())
        finally:
            found = parser.close()
        return Page(
            url=self._url,
            base=(found.base and resolve(self._url, found.base)) or self._url,
            charset=self._transcoder.charset,
            title=found.title or None,
            lang=found.lang,
            metas=found.metas,
            links=found.links,
            json_ld=found.json_ld,
            bytes_to_metadata=parser.bytes_to_metadata,
        )
