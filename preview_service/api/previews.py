"""`GET` and `POST /preview`: a URL and a channel → the message to send."""

import asyncio
import time
from typing import Final

from aiohttp import web
from msgspec import UNSET

from preview_service.api.answers import EncodedAnswer, Payload, encode
from preview_service.api.app_keys import ANSWERS, PREVIEWER, WAIT_MS
from preview_service.api.schemas import (
    PreviewRequest,
    answer,
    check_channel,
    explanation,
    request_from_json,
    request_from_query,
)
from preview_service.errors import BadRequest
from preview_service.previewer import Sight
from preview_service.urls.normalize import Url, normalize

# A body of some kilobytes takes no longer, and a server that stops must not wait for one.
BODY_WITHIN_S: Final = 10.0


async def get_preview(request: web.Request) -> web.Response:
    ask = request_from_query(request.rel_url.raw_query_string)
    known = _known(request, ask)
    return await _look(request, ask) if known is None else known


async def post_preview(request: web.Request) -> web.Response:
    ask = request_from_json(await _body(request))
    known = _known(request, ask)
    return await _look(request, ask) if known is None else known


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await request.read()
    except TimeoutError as error:
        raise BadRequest(f"the body did not arrive within {BODY_WITHIN_S:g} s") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise BadRequest("the body broke off or is malformed") from error


def _known(request: web.Request, ask: PreviewRequest) -> web.Response | None:
    """The answer that is kept for *ask*: the hot path, from here to the socket."""
    payload = request.app[ANSWERS].get(ask, time.time())
    return None if payload is None else _response(payload)


async def _look(request: web.Request, ask: PreviewRequest) -> web.Response:
    check_channel(ask.channel)
    url = normalize(ask.url)
    wait_ms = request.app[WAIT_MS] if ask.wait_ms is None else ask.wait_ms
    started = time.perf_counter()
    sight = await request.app[PREVIEWER].look(url, wait_s=wait_ms / 1000)
    looked = time.perf_counter()
    encoded = _encoded(ask, url, sight)
    now = time.time()
    if sight.fresh_until and not ask.explain:
        request.app[ANSWERS].keep(ask, encoded, now)
    timing = (
        f"look;dur={(looked - started) * 1000:.1f}, "
        f"render;dur={(time.perf_counter() - looked) * 1000:.1f}"
    )
    state = "hit" if sight.is_hit else "miss"
    return _response(encoded.payload(state, now, timing))


def _encoded(ask: PreviewRequest, url: Url, sight: Sight) -> EncodedAnswer:
    outcome = sight.outcome
    # Nobody has the admin scope while there are no keys.
    is_admin = False
    explain = (
        explanation(outcome, url.key, "hit" if sight.is_hit else "miss", is_admin=is_admin)
        if ask.explain
        else UNSET
    )
    whole = answer(
        outcome,
        name=ask.channel,
        url=url.href,
        sent=url.sent,
        is_admin=is_admin,
        explain=explain,
    )
    return encode(whole, sight.stored_at, sight.fresh_until)


def _response(payload: Payload) -> web.Response:
    return web.Response(body=payload.body, headers=payload.headers)
