"""`GET /preview/events`: a URL and a channel → `pending` at once, then `complete`.

https://html.spec.whatwg.org/#server-sent-events; the data of each is the JSON of `/preview`.
"""

import asyncio
import time
from typing import Final

import msgspec
from aiohttp import web
from aiohttp_sse import EventSourceResponse

from preview_service.api.asking import encoded, final, look, question
from preview_service.api.middleware import request_id, stamp
from preview_service.api.requests import EventsRequest, PreviewRequest, from_query
from preview_service.image_proxy import NO_OFFER, Offer
from preview_service.previewer import PENDING, Sight
from preview_service.telemetry.logs import logger

HEARTBEAT_S: Final = 5.0
"""A comment that keeps proxies from closing the stream, and finds out whether anybody reads it."""

SEND_S: Final = 10.0


async def get_events(request: web.Request) -> web.StreamResponse:
    ask = from_query(request.rel_url.raw_query_string, EventsRequest)
    asked = question(request.app, PreviewRequest(**msgspec.structs.asdict(ask)))
    # What is wrong with it must be said before the stream begins.
    await look(request.app, asked, wait_s=0)

    def told(sight: Sight, pictures: Offer = NO_OFFER) -> str:
        payload = encoded(asked, sight, pictures).payload(sight.state, time.time(), "")
        return payload.body.decode()

    response = EventSourceResponse(ping_interval=HEARTBEAT_S, send_timeout=SEND_S)
    stamp(response, request_id(request))
    await response.prepare(request)
    looking = asyncio.create_task(final(request.app, asked))
    try:
        async with response:
            await response.send(told(Sight(outcome=PENDING)), event="pending")
            if await _is_first(looking, response):
                await response.send(told(*looking.result()), event="complete")
    except (ConnectionError, TimeoutError):
        pass  # nobody reads it any more
    except Exception:
        # Too late for a problem: the stream just ends.
        logger().exception("events_crashed", host=asked.url.host)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    return response


async def _is_first(
    looking: "asyncio.Task[tuple[Sight, Offer]]", response: EventSourceResponse
) -> bool:
    """Whether *looking* is over before the client has gone."""
    leaving = asyncio.create_task(response.wait())
    try:
        await asyncio.wait({looking, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    return looking.done()
