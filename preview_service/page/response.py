"""An HTTP response as it arrives → `Page`, of a web page or of a file; declined if it is neither.

A `fetch.base.Sink` by shape; nothing here knows about fetching.
"""

from collections.abc import Mapping

from preview_service.errors import BadStatus
from preview_service.model import Page
from preview_service.page import content_type as mime
from preview_service.page.files import FileReader
from preview_service.page.reader import PageReader
from preview_service.settings import PageSettings

# 1xx and these have no document of their own (https://www.rfc-editor.org/rfc/rfc9110#section-15);
# a part of one (206) was not asked for.
_WITHOUT_DOCUMENT = frozenset({204, 205, 206, 304})
_FIRST_FINAL = 200
_FIRST_ERROR = 400


class ResponseReader:
    """Reads one response; another may be begun when it is over."""

    def __init__(self, settings: PageSettings | None = None) -> None:
        self._settings = settings or PageSettings()
        self._url = ""
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self._unsniffed: bytes | None = None
        self.page: PageReader | None = None
        self.file: FileReader | None = None

    @property
    def document(self) -> bytes:
        """The beginning of a web page as UTF-8, and nothing of a file."""
        return self.page.document if self.page else b""

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Judge a response by its head: raise `BadStatus` or `UnsupportedType` to decline it."""
        if status < _FIRST_FINAL or status in _WITHOUT_DOCUMENT:
            raise BadStatus(f"the server answered {status}, without a document", status=status)
        self._url, self._status, self._headers = url, status, headers
        self.page = self.file = self._unsniffed = None
        kind = mime.parse(headers.get("content-type"))
        if kind is None:
            self._unsniffed = b""
        elif kind.is_html:
            self._open_page(kind.charset)
        else:
            self._open_file()

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted.

        A body without a type may raise `UnsupportedType` as soon as it is seen what it is.
        """
        if self._unsniffed is not None:
            self._unsniffed += chunk
            known = mime.is_markup(self._unsniffed)
            if known is None:
                return False
            chunk, self._unsniffed = self._unsniffed, None
            if known:
                self._open_page(None)
            else:
                self._open_file()
        reader = self.page or self.file
        return reader is None or reader.feed(chunk)

    def close(self) -> Page:
        """What came; an empty page if nothing did."""
        if self.file is not None:
            return Page(url=self._url, base=self._url, charset="utf-8", file=self.file.close())
        if self.page is None:
            return Page(url=self._url, base=self._url, charset="utf-8")
        return self.page.close()

    def _open_page(self, charset: str | None) -> None:
        self.page = PageReader(self._url, charset, self._settings)

    def _open_file(self) -> None:
        if self._status >= _FIRST_ERROR:
            raise BadStatus(
                f"the server answered {self._status}",
                status=self._status,
                retry_after=self._headers.get("retry-after"),
            )
        self.file = FileReader()
        self.file.begin(self._url, self._status, self._headers)
