"""An answer's bytes → the response that sends them as they are.

aiohttp writes the head of each response anew from its headers. Of a kept answer only the id differs
from one request to the next, and writing all of it cost more than all else that is done for one:
35 µs an answer in `benchmarks/serve.py` where this takes 22, and a handler without any work 26.
"""

from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache

from aiohttp import HttpVersion10, web
from aiohttp.abc import AbstractStreamWriter


def http_head(headers: Mapping[str, str], size: int, now: float) -> bytes:
    """The head of a 200 with *headers* and a body of *size* bytes, but for the line that ends it.

    https://www.rfc-editor.org/rfc/rfc9112#name-message-format; *now*: Unix seconds, for `Date`.
    """
    return (
        f"HTTP/1.1 200 OK\r\n{_written(headers)}"
        f"Content-Length: {size}\r\nDate: {_date(int(now))}\r\n"
    ).encode("ascii")


# Many answers are made within a second.
@lru_cache(maxsize=1)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)


def _written(headers: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])


class Ready(web.StreamResponse):
    """Sends *head*, the `headers` that were added here, and *body*, in one piece.

    What else a response can have (another status, cookies, signals) it has not; and nobody looks
    through its headers for line ends, so none may be a caller's own text.
    """

    def __init__(self, head: bytes, body: bytes) -> None:
        super().__init__()
        self._head = head
        self._whole_body = body
        self._closes = False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open for the next request."""
        return not self._closes

    def force_close(self) -> None:
        self._closes = True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        self._closes = self._closes or not request.keep_alive
        if self._closes:
            self.headers["Connection"] = "close"
        elif request.version == HttpVersion10:
            self.headers["Connection"] = "keep-alive"
        added = _written(self.headers).encode("ascii")
        # The writer knows of no head and no length: it passes on what it gets.
        await request.writer.write_eof(b"%b%b\r\n%b" % (self._head, added, self._whole_body))
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to be sent."""
