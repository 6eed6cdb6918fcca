"""`POST /warm`: lines with URLs → a line about each as soon as it is done, a summary at the end.

Lines are read as there is room for them and told as they come, so that neither side's list is ever
held here. Who sends all before reading anything is held up by a list longer than connections hold.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final

import msgspec
from aiohttp import hdrs, web

from preview_service.api.app_keys import DRAINING, WARMER
from preview_service.api.middleware import request_id, stamp
from preview_service.api.schemas import public
from preview_service.model import Reason
from preview_service.telemetry.logs import logger
from preview_service.warmer import Line, Summary, Tally, Warmed, lines_of

LOOK_S: Final = 1.0
"""Between looks whether the client is still there."""

READ_S: Final = 60.0
"""A client that sends no byte for so long has broken off; so has one whose body is malformed."""

SEND_S: Final = 60.0
"""A client that takes no byte for so long is gone."""

# nginx would hold the lines back: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
HEADERS: Final = {
    hdrs.CONTENT_TYPE: "application/x-ndjson",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",
}


async def post_warm(request: web.Request) -> web.StreamResponse:
    response = stamp(web.StreamResponse(headers=HEADERS), request_id(request))
    await response.prepare(request)
    telling = asyncio.create_task(_tell(request, response))
    try:
        while not telling.done() and request.transport is not None:
            await asyncio.wait({telling}, timeout=LOOK_S)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    return response


async def _tell(request: web.Request, response: web.StreamResponse) -> None:
    given, tally = _Given(request), Tally()
    try:
        async with aclosing(request.app[WARMER].warm(given.lines())) as results:
            async for result in results:
                tally.add(result)
                await _send(response, _told(result))
        await _send(response, tally.summary(is_whole=given.is_whole))
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        # Nobody reads it any more.
        if request.transport is not None:
            request.transport.abort()
    except Exception:
        # Too late for a problem: the stream just ends, without its summary.
        logger().exception("warm_crashed")


async def _send(response: web.StreamResponse, told: Warmed | Summary) -> None:
    async with asyncio.timeout(SEND_S):
        await response.write(msgspec.json.encode(told) + b"\n")


def _told(result: Warmed) -> Warmed:
    """*result* as this caller may know it."""
    if result.reason not in set(Reason):
        return result
    reason = public(Reason(result.reason), is_admin=False)
    if reason == result.reason:
        return result
    return msgspec.structs.replace(result, reason=reason, detail=msgspec.UNSET)


class _Given:
    """The lines of a *request*, until its body ends or breaks off, or the service is to stop."""

    def __init__(self, request: web.Request) -> None:
        self._content = request.content
        self._draining = request.app[DRAINING]
        self.is_whole = False

    async def lines(self) -> AsyncIterator[Line]:
        async for line in lines_of(self._chunks()):
            yield line
            if self._draining.is_set():
                self.is_whole = False
                return

    async def _chunks(self) -> AsyncIterator[bytes]:
        stopping = asyncio.create_task(self._draining.wait())
        try:
            while chunk := await self._chunk(stopping):
                yield chunk
        finally:
            stopping.cancel()

    async def _chunk(self, stopping: "asyncio.Task[bool]") -> bytes:
        reading = asyncio.create_task(self._content.readany())
        try:
            await asyncio.wait(
                {reading, stopping}, timeout=READ_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not reading.done():
                return b""
            chunk = reading.result()
        except (web.RequestPayloadError, ConnectionError):
            return b""
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        self.is_whole = not chunk
        return chunk
