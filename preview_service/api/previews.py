"""`GET` and `POST /preview`: a URL and a channel → the message to send."""

import time
from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web
from msgspec import UNSET

from preview_service.api.answers import EncodedAnswer, Payload, encode
from preview_service.api.app_keys import ANSWERS, IMAGES, PARTNERS, PREVIEWER, WAIT_MS
from preview_service.api.gzipped import Gzipped, takes_gzip
from preview_service.api.requests import PreviewRequest, body_of, from_json, preview_from_query
from preview_service.api.schemas import Asked, answer, explanation
from preview_service.cache.key import bucket
from preview_service.channels import select
from preview_service.channels.base import Channel
from preview_service.image_proxy import Offer
from preview_service.previewer import Sight
from preview_service.urls.normalize import Url, normalize

# What an answer 304 repeats (https://www.rfc-editor.org/rfc/rfc9110#name-304-not-modified).
REPEATED: Final = ("Cache-Status", "Server-Timing", "Vary")


async def get_preview(request: web.Request) -> web.Response:
    ask = preview_from_query(request.rel_url.raw_query_string)
    payload = _known(request, ask) or await _look(request, ask)
    if payload.tag and hdrs.IF_NONE_MATCH in request.headers:
        return _unchanged(request, payload) or _response(payload)
    return _response(payload)


async def post_preview(request: web.Request) -> web.Response:
    ask = from_json(await body_of(request), PreviewRequest)
    return _response(_known(request, ask) or await _look(request, ask))


def _known(request: web.Request, ask: PreviewRequest) -> Payload | None:
    """The answer that is kept for *ask*: the hot path, from here to the socket."""
    if ask.refresh:
        return None
    now = time.time()
    payload = request.app[ANSWERS].get(ask, now)
    if payload is not None and payload.is_large and _takes_gzip(request):
        return request.app[ANSWERS].get(ask, now, is_gzipped=True)
    return payload


async def _look(request: web.Request, ask: PreviewRequest) -> Payload:
    channels = select(ask.channel, ask.partner, request.app[PARTNERS])
    url = normalize(ask.url)
    wait_ms = request.app[WAIT_MS] if ask.wait_ms is None else ask.wait_ms
    started = time.perf_counter()
    sight = await request.app[PREVIEWER].look(
        url, wait_s=wait_ms / 1000, language=bucket(ask.lang), refresh=ask.refresh
    )
    looked = time.perf_counter()
    left_s = wait_ms / 1000 - (looked - started)
    offer = await request.app[IMAGES].offer(sight.outcome, channels.values(), wait_s=left_s)
    drawn = time.perf_counter()
    encoded = _encoded(ask, channels, url, sight, offer)
    now = time.time()
    if offer.is_complete and not ask.explain and not ask.refresh:
        request.app[ANSWERS].keep(ask, encoded, now, sight.keys)
    timing = (
        f"look;dur={(looked - started) * 1000:.1f}, "
        f"image;dur={(drawn - looked) * 1000:.1f}, "
        f"render;dur={(time.perf_counter() - drawn) * 1000:.1f}"
    )
    is_gzipped = encoded.is_large and _takes_gzip(request)
    gzipped = Gzipped(encoded.head) if is_gzipped else None
    return encoded.payload(sight.state, now, timing, gzipped)


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
            sight.keys[-1] if sight.keys else url.key,
            sight.state,
            is_admin=asked.is_admin,
        )
        if ask.explain
        else UNSET
    )
    return encode(
        answer(sight.outcome, asked, explain),
        sight.stored_at,
        sight.fresh_until,
        same_until=0.0 if ask.explain else sight.same_until,
        note=sight.note,
    )


def _takes_gzip(request: web.Request) -> bool:
    return takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, ""))


def _unchanged(request: web.Request, payload: Payload) -> web.Response | None:
    """304 if the client has this answer, were it with another age; else None.

    It goes with the tag that the client has: what it holds stays what that tag stands for.
    """
    for tag in request.if_none_match or ():
        if tag.value == "*" or tag.value.startswith(payload.tag):
            own = payload.headers["ETag"] if tag.value == "*" else f'"{tag.value}"'
            headers = {name: payload.headers[name] for name in REPEATED if name in payload.headers}
            return web.Response(status=304, headers={**headers, "ETag": own})
    return None


def _response(payload: Payload) -> web.Response:
    return web.Response(body=payload.body, headers=payload.headers)
