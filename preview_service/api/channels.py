"""`GET /channels`: what each channel takes and shows, with the source of each limit."""

import msgspec
from aiohttp import web

from preview_service.api.app_keys import PARTNERS
from preview_service.api.requests import ChannelRequest, ChannelsRequest, from_query
from preview_service.channels import CHANNELS, channel
from preview_service.channels.describe import ChannelInfo, describe


class ChannelList(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel there is."""

    channels: tuple[ChannelInfo, ...]


async def get_channels(request: web.Request) -> web.Response:
    from_query(request.rel_url.raw_query_string, ChannelsRequest)
    return _json(ChannelList(channels=tuple(map(describe, CHANNELS.values()))))


async def get_channel(request: web.Request) -> web.Response:
    """The channel, or what a partner of it registers at Salesforce."""
    ask = from_query(request.rel_url.raw_query_string, ChannelRequest)
    found = channel(request.match_info["name"])
    if ask.partner is None:
        return _json(describe(found))
    partners = request.app[PARTNERS]
    partners.channel(found, ask.partner)  # the partner must be of that channel
    return _json(partners.registration(ask.partner))


def _json(value: object) -> web.Response:
    # A set would be told in another order by each process.
    body = msgspec.json.encode(value, order="deterministic")
    return web.Response(body=body, content_type="application/json", charset="utf-8")
