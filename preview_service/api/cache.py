"""`DELETE /cache` and `POST /cache/purge`: a URL, a host, a prefix, a verdict → forgotten."""

import re
from typing import Final

import msgspec
from aiohttp import web

from preview_service.api.app_keys import PURGER
from preview_service.api.requests import ForgetRequest, PurgeRequest, body_of, from_json, from_query
from preview_service.cache.purge import Purge
from preview_service.errors import BadRequest, BadURL
from preview_service.urls.normalize import normalize

_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]|[^\s/?#\\@:\[\]]+")


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries there were, and whether every other process is sure to hear of it."""

    purged: int
    everywhere: bool


async def delete_cache(request: web.Request) -> web.Response:
    ask = from_query(request.rel_url.raw_query_string, ForgetRequest)
    return await _forget(request, Purge(url=normalize(ask.url).key))


async def post_purge(request: web.Request) -> web.Response:
    return await _forget(request, purge_of(from_json(await body_of(request), PurgeRequest)))


def purge_of(ask: PurgeRequest) -> Purge:
    """*ask* in the words that keys are written in; raise `CallerError`."""
    if ask == PurgeRequest():
        raise BadRequest("give a url, a host, a prefix or a verdict")
    return Purge(
        url="" if ask.url is None else normalize(ask.url).key,
        # A prefix ends where it ends: what looks like a tracking parameter may become another.
        prefix="" if ask.prefix is None else normalize(ask.prefix, keep_tracking=True).key,
        host="" if ask.host is None else _host(ask.host),
        verdict=ask.verdict,
    )


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise BadRequest("host must be a host's name or address, without a port")
    try:
        return normalize(f"http://{text}/").host
    except BadURL as error:
        raise BadRequest(f"host is not valid: {error}") from error


async def _forget(request: web.Request, purge: Purge) -> web.Response:
    count, everywhere = await request.app[PURGER].purge(purge)
    body = msgspec.json.encode(Purged(purged=count, everywhere=everywhere))
    return web.Response(body=body, content_type="application/json", charset="utf-8")
