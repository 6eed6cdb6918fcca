"""A client's bytes that are no HTTP request → a problem like any other.

aiohttp answers them itself: as text, naming its version, with a traceback in the log that quotes
the request line. Pasted links are often secrets, and a scanner must not fill the log.
"""

import asyncio
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import InvalidURLError, LineTooLong

from preview_service.api import problems
from preview_service.api.middleware import request_id, stamp
from preview_service.errors import BadRequest

KEEPALIVE_S: Final = 30.0
# Room for a URL that is too long, with every character encoded, so that it can be told so.
MAX_LINE_BYTES: Final = 32 * 1024

REFUSALS: Final[dict[type, str]] = {
    InvalidURLError: "the address asked for holds a character that must be percent-encoded",
    LineTooLong: "a line of the request's head is too long",
}


class Connection(web.RequestHandler):
    """One client's connection to *server*."""

    __slots__ = ()

    def __init__(self, server: web.Server, *, loop: asyncio.AbstractEventLoop) -> None:
        options: dict[str, Any] = {
            "keepalive_timeout": KEEPALIVE_S,
            "max_line_size": MAX_LINE_BYTES,
            # A line of log costs more than a cached answer (telemetry/logs.py).
            "access_log": None,
            # A request is too small to gain by compression, which is a way to send a bomb.
            "auto_decompress": False,
        }
        super().__init__(server, loop=loop, **options)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        sentence = REFUSALS.get(type(exc), "the request is not valid HTTP")
        response = problems.response(BadRequest(sentence))
        response.force_close()
        return stamp(response, request_id(request))
