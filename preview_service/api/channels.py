"""`GET /channels`: what each channel takes and shows, with the source of each limit."""

import msgspec
from aiohttp import web

from preview_service.channels import CHANNELS, channel
from preview_service.channels.describe import ChannelInfo, describe


class ChannelList(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel there is."""

    channels: tuple[ChannelInfo, ...]


async def get_channels(_request: web.Request) -> web.Response:
    return _json(ChannelList(channels=tuple(map(describe, CHANNELS.values()))))


async def get_channel(request: web.Request) -> web.Response:
    return _json(describe(channel(request.match_info["name"])))


def _json(value: object) -> web.Response:
    # A set would be told in another order by each process.
    body = msgspec.json.encode(value, order="deterministic")
    return web.Response(body=body, content_type="application/json", charset="utf-8")
