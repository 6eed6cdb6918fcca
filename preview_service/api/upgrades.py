"""`POST /upgrade`: an agent's text → the messages to send, its links as cards."""

import time

import msgspec
from aiohttp import web

from preview_service.api.app_keys import PARTNERS, UPGRADER, WAIT_MS
from preview_service.api.requests import UpgradeRequest, body_of, from_json
from preview_service.api.schemas import upgraded
from preview_service.channels import one


async def post_upgrade(request: web.Request) -> web.Response:
    ask = from_json(await body_of(request), UpgradeRequest)
    wait_ms = request.app[WAIT_MS] if ask.wait_ms is None else ask.wait_ms
    # One: a text is not sent to all.
    to = one(ask.channel, ask.partner, request.app[PARTNERS])
    parts = await request.app[UPGRADER].upgrade(ask.text, to, wait_s=wait_ms / 1000, way=ask.method)
    answer = upgraded(ask.text, ask.channel, parts, now=time.time())
    return web.Response(
        body=msgspec.json.encode(answer), content_type="application/json", charset="utf-8"
    )
