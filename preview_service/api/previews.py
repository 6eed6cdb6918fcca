"""`GET` and `POST /preview`: a URL and a channel → the message to send."""

import time
from datetime import UTC, datetime
from typing import Final

import msgspec
from aiohttp import hdrs, web
from msgspec import UNSET, UnsetType

from preview_service.api.answers import EncodedAnswer, Payload
from preview_service.api.app_keys import ANSWERS, NOTIFIER, PREVIEWER, SHELF, WAIT_MS
from preview_service.api.asking import Question, encoded, final, look, offer, question
from preview_service.api.gzipped import Gzipped, takes_gzip
from preview_service.api.late import is_early
from preview_service.api.ready import Ready
from preview_service.api.requests import PreviewRequest, body_of, from_json, preview_from_query
from preview_service.api.schemas import LateCard
from preview_service.api.shelf import Place
from preview_service.cache.key import key_of
from preview_service.cache.preview_cache import State
from preview_service.image_proxy import inline_specs
from preview_service.previewer import Sight

# What an answer 304 repeats (https://www.rfc-editor.org/rfc/rfc9110#name-304-not-modified).
REPEATED: Final = ("Cache-Status", "Server-Timing", "Vary")

EVENT: Final = "preview.completed"
"""The `type` of what is posted, as https://www.standardwebhooks.com has event types."""


async def get_preview(request: web.Request) -> web.StreamResponse:
    ask = preview_from_query(request.rel_url.raw_query_string)
    payload = _known(request, ask) or await _look(request, ask)
    if hdrs.IF_NONE_MATCH in request.headers and "ETag" in payload.headers:
        return _unchanged(request, payload) or _response(payload)
    return _response(payload)


async def post_preview(request: web.Request) -> web.StreamResponse:
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
    """The answer that is behind the memory, or one that is made now."""
    app = request.app
    asked = question(app, ask)
    if ask.notify is not None:
        app[NOTIFIER].check(ask.notify)
    era = app[ANSWERS].era
    started = time.perf_counter()
    place = await _place(app, asked)
    if place is None or place.answer is None:
        return await _make(request, asked, place, started, era)
    now = time.time()
    app[ANSWERS].keep(ask, place.answer, now, (place.key,), era)
    timing = f"look;dur={(time.perf_counter() - started) * 1000:.1f}"
    return _payload(request, place.answer, place.answer.state(now), now, timing)


async def _place(app: web.Application, asked: Question) -> Place | None:
    """Where the store has the answer, if it is one to be kept and there is such a store."""
    shelf, ask = app[SHELF], asked.ask
    if shelf is None or ask.explain or ask.refresh:
        return None
    app[PREVIEWER].check(asked.url)
    return await shelf.find(key_of(asked.url.key, asked.language), ask, time.time())


async def _make(
    request: web.Request, asked: Question, place: Place | None, started: float, era: int
) -> Payload:
    app, ask = request.app, asked.ask
    wait_s = (app[WAIT_MS] if ask.wait_ms is None else ask.wait_ms) / 1000
    left_s = max(0.0, wait_s - (time.perf_counter() - started))
    is_new = place is not None and place.is_new
    sight = await look(app, asked, wait_s=left_s, refresh=ask.refresh, is_new=is_new)
    looked = time.perf_counter()
    pictures = await offer(app, asked, sight, wait_s=wait_s - (looked - started))
    drawn = time.perf_counter()
    whole = encoded(asked, sight, pictures, _late_card(app, asked, sight))
    now = time.time()
    if pictures.is_complete and not ask.explain and not ask.refresh:
        app[ANSWERS].keep(ask, whole, now, sight.keys, era)
        _shelve(app, asked, place, sight, whole, now)
    timing = (
        f"look;dur={(looked - started) * 1000:.1f}, "
        f"image;dur={(drawn - looked) * 1000:.1f}, "
        f"render;dur={(time.perf_counter() - drawn) * 1000:.1f}"
    )
    return _payload(request, whole, sight.state, now, timing)


def _payload(
    request: web.Request, whole: EncodedAnswer, state: State, now: float, timing: str
) -> Payload:
    is_gzipped = whole.is_large and _takes_gzip(request)
    return whole.payload(state, now, timing, Gzipped(whole.head) if is_gzipped else None)


def _shelve(
    app: web.Application,
    asked: Question,
    place: Place | None,
    sight: Sight,
    whole: EncodedAnswer,
    now: float,
) -> None:
    """Keep an answer for others that is the same for all of them as long as its entry is."""
    shelf = app[SHELF]
    if shelf is None or place is None or not whole.is_good(now):
        return
    # What is known by an alias stands beside no entry; an early answer promises a late one to who
    # asked for it; a picture that could not be had for a message may be had in a minute.
    is_beside = sight.keys == (place.key,)
    if is_beside and not is_early(sight) and not inline_specs(asked.channels.values()):
        shelf.keep(place, whole, now)


def _late_card(app: web.Application, asked: Question, sight: Sight) -> LateCard | UnsetType:
    """The promise of the answer that follows, if this one is early and one is wanted."""
    ask = asked.ask
    if ask.notify is None or not is_early(sight):
        return UNSET

    async def make() -> bytes:
        late, pictures = await final(app, asked)
        now = time.time()
        answered = encoded(asked, late, pictures).payload(late.state, now, "").body
        kind = msgspec.json.encode({"type": EVENT, "timestamp": datetime.fromtimestamp(now, UTC)})
        # The standard has the event's members beside those of its data, or around them.
        return b"%b,%b" % (kind[:-1], answered[1:])

    card = (asked.url.href, ask.channel, ask.method, ask.partner or "-", asked.language or "-")
    name = " ".join((*card, str(ask.explain)))
    return LateCard(webhook=ask.notify, id=app[NOTIFIER].promise(ask.notify, name, make))


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


def _response(payload: Payload) -> Ready:
    return Ready(payload.head, payload.body)
