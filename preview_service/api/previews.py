"""`GET` and `POST /preview`: a URL and a channel → the message to send."""

import time
from collections.abc import Mapping

from aiohttp import web
from msgspec import UNSET

from preview_service.api.answers import EncodedAnswer, Payload, encode
from preview_service.api.app_keys import ANSWERS, IMAGES, PARTNERS, PREVIEWER, WAIT_MS
from preview_service.api.requests import PreviewRequest, body_of, from_json, preview_from_query
from preview_service.api.schemas import Asked, answer, explanation
from preview_service.channels import select
from preview_service.channels.base import Channel
from preview_service.image_proxy import Offer
from preview_service.previewer import Sight
from preview_service.urls.normalize import Url, normalize


async def get_preview(request: web.Request) -> web.Response:
    ask = preview_from_query(request.rel_url.raw_query_string)
    known = _known(request, ask)
    return await _look(request, ask) if known is None else known


async def post_preview(request: web.Request) -> web.Response:
    ask = from_json(await body_of(request), PreviewRequest)
    known = _known(request, ask)
    return await _look(request, ask) if known is None else known


def _known(request: web.Request, ask: PreviewRequest) -> web.Response | None:
    """The answer that is kept for *ask*: the hot path, from here to the socket."""
    payload = request.app[ANSWERS].get(ask, time.time())
    return None if payload is None else _response(payload)


async def _look(request: web.Request, ask: PreviewRequest) -> web.Response:
    channels = select(ask.channel, ask.partner, request.app[PARTNERS])
    url = normalize(ask.url)
    wait_ms = request.app[WAIT_MS] if ask.wait_ms is None else ask.wait_ms
    started = time.perf_counter()
    sight = await request.app[PREVIEWER].look(url, wait_s=wait_ms / 1000)
    looked = time.perf_counter()
    left_s = wait_ms / 1000 - (looked - started)
    offer = await request.app[IMAGES].offer(sight.outcome, channels.values(), wait_s=left_s)
    drawn = time.perf_counter()
    encoded = _encoded(ask, channels, url, sight, offer)
    now = time.time()
    if sight.fresh_until and offer.is_complete and not ask.explain:
        request.app[ANSWERS].keep(ask, encoded, now)
    timing = (
        f"look;dur={(looked - started) * 1000:.1f}, "
        f"image;dur={(drawn - looked) * 1000:.1f}, "
        f"render;dur={(time.perf_counter() - drawn) * 1000:.1f}"
    )
    state = "hit" if sight.is_hit else "miss"
    return _response(encoded.payload(state, now, timing))


def _encoded(
    ask: PreviewRequest,
    channels: Mapping[str, Channel],
    url: Url,
    sight: Sight,
    offer: Offer,
) -> EncodedAnswer:
    # Nobody has the admin scope while there are no keys.
    asked = Asked(
        url=url.href,
        sent=url.sent,
        channel=ask.channel,
        channels=channels,
        way=ask.method,
        offer=offer,
    )
    explain = (
        explanation(
            sight.outcome,
            url.key,
            "hit" if sight.is_hit else "miss",
            is_admin=asked.is_admin,
        )
        if ask.explain
        else UNSET
    )
    whole = answer(sight.outcome, asked, explain)
    return encode(whole, sight.stored_at, sight.fresh_until)


def _response(payload: Payload) -> web.Response:
    return web.Response(body=payload.body, headers=payload.headers)
