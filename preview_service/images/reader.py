"""An HTTP response → the `Facts` of the picture in it, or the picture whole, reading no further.

`fetch.base.Sink`s by shape; nothing here knows about fetching. Neither of them ends a fetch by an
error once the body has begun: what came is judged by `close`.
https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from preview_service.errors import BadStatus, NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.reading import PROBE_BYTES
from preview_service.images.probe import probe
from preview_service.page.lengths import content_length, content_range

PICTURE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    # Not by the names of newer formats: a server that has a choice shall send what all take.
    {"Accept": "image/*,*/*;q=0.5", "Accept-Encoding": "identity"}
)
"""What to ask with for what `WholeReader` takes."""

PROBE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {**PICTURE_HEADERS, "Range": f"bytes=0-{PROBE_BYTES - 1}"}
)
"""What to ask with for what `PictureReader` takes; whoever answers with more is cut off."""

MAX_BYTES: Final = 5_000_000
"""Of a picture that a copy is made of."""

_OK, _FIRST_REDIRECT, _PARTIAL = 200, 300, 206
_WITHOUT_BODY = frozenset({204, 205})

# The next look is at half as much again: a body that comes byte by byte takes no more time than
# three looks at all of it.
_FIRST_LOOK = 32


class PictureReader:
    """Takes the beginning of one response until `probe` answers; another may be begun then."""

    def __init__(self) -> None:
        self._size: int | None = None
        self._data = bytearray()
        self._next_look = _FIRST_LOOK
        self._found: Facts | NotAPicture | None = None

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Raise `BadStatus` for what is no answer, or not the beginning of one.

        What type the response says it has is not looked at.
        """
        self._size = _whole_size(status, headers)
        self._data = bytearray()
        self._next_look = _FIRST_LOOK
        self._found = None

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted."""
        self._data += chunk[: PROBE_BYTES - len(self._data)]
        if self._found is None and len(self._data) >= min(self._next_look, PROBE_BYTES):
            self._found = _look(bytes(self._data), is_whole=len(self._data) == self._size)
            self._next_look = len(self._data) * 3 // 2
        return self._found is not None or len(self._data) >= PROBE_BYTES

    def close(self) -> tuple[Facts, int | None]:
        """What the picture is, and the bytes that it has in all, as far as the server told.

        Raise `NotAPicture`; `late_header` is its reason where `PROBE_BYTES` do not tell. A body
        that broke off is read as far as it goes.
        """
        is_all = len(self._data) < PROBE_BYTES or len(self._data) == self._size
        found = self._found or _look(bytes(self._data), is_whole=is_all)
        if isinstance(found, NotAPicture):
            raise found
        if found is None:
            raise NotAPicture("late_header")
        return found, self._size


class WholeReader:
    """Takes all of one picture of at most *max_bytes*; what is none is not read to its end."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._size: int | None = None
        self._data = bytearray()
        self._beginning = PictureReader()
        self._refused: NotAPicture | None = None
        self._is_known = False

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Raise `BadStatus` for what is no answer, or none that is whole."""
        if status == _PARTIAL:
            raise BadStatus("the server gives a part of the picture", status=status)
        self._size = _whole_size(status, headers)
        self._data = bytearray()
        self._beginning.begin(url, status, headers)
        self._is_known = False
        is_larger = self._size is not None and self._size > self._max_bytes
        self._refused = NotAPicture("too_large") if is_larger else None

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted."""
        if self._refused is None:
            self._data += chunk[: self._max_bytes + 1 - len(self._data)]
            self._judge(chunk)
        return self._refused is not None

    def close(self) -> tuple[Facts, bytes]:
        """What the picture is, and all of it; raise `NotAPicture`.

        `too_large`: it has more than wanted. `broken`: less came than the server said.
        """
        data = bytes(self._data)
        found = self._refused or _look(data, is_whole=True)
        if isinstance(found, NotAPicture):
            raise found
        if found is None or (self._size is not None and len(data) < self._size):
            raise NotAPicture("broken")
        return found, data

    def _judge(self, chunk: bytes) -> None:
        if len(self._data) > self._max_bytes:
            self._refused = NotAPicture("too_large")
        elif not self._is_known and self._beginning.feed(chunk):
            self._is_known = True
            try:
                self._beginning.close()
            except NotAPicture as error:
                # Where it stands, it stands in the way of no decoder.
                self._refused = None if error.reason == "late_header" else error


def _look(data: bytes, *, is_whole: bool) -> Facts | NotAPicture | None:
    try:
        return probe(data, is_whole=is_whole)
    except NotAPicture as error:
        return error


def _whole_size(status: int, headers: Mapping[str, str]) -> int | None:
    """Bytes of the file that a response has all or the first of; raise `BadStatus` for others."""
    if not _OK <= status < _FIRST_REDIRECT or status in _WITHOUT_BODY:
        raise BadStatus(f"the server answered {status}", status=status)
    if status != _PARTIAL:
        return content_length(headers)
    found = content_range(headers)
    if found is None or found.first:
        raise BadStatus("the server gives another part of the picture", status=status)
    return found.size
