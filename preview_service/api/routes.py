"""THE ROUTE TABLE: method, path, handler."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from aiohttp import web

from preview_service.api import problems
from preview_service.api.cache import delete_cache, post_purge
from preview_service.api.channels import get_channel, get_channels
from preview_service.api.events import get_events
from preview_service.api.health import get_livez, get_readyz
from preview_service.api.images import get_image
from preview_service.api.middleware import Handler, edge
from preview_service.api.previews import get_preview, post_preview
from preview_service.api.upgrades import post_upgrade
from preview_service.api.warm import post_warm
from preview_service.errors import MethodNotAllowed, NotFound

ROUTES: Final = (
    web.delete("/cache", delete_cache),
    web.post("/cache/purge", post_purge),
    web.get("/channels", get_channels, allow_head=False),
    web.get("/channels/{name}", get_channel, allow_head=False),
    web.get("/images/{token}", get_image),
    web.get("/livez", get_livez, allow_head=False),
    web.get("/preview", get_preview, allow_head=False),
    web.post("/preview", post_preview),
    web.get("/preview/events", get_events, allow_head=False),
    web.get("/readyz", get_readyz, allow_head=False),
    web.post("/upgrade", post_upgrade),
    web.post("/warm", post_warm),
)


def routes() -> Iterator[web.RouteDef]:
    """The table with what surrounds it: every answer, even to a wrong question, is of one form."""
    for path, same_path in groupby(ROUTES, attrgetter("path")):
        methods = []
        for route in same_path:
            yield web.route(route.method, path, edge(route.handler), **route.kwargs)
            methods.append(route.method)
        yield web.route("*", path, edge(_refuse_method(", ".join(methods))))
    yield web.route("*", "/{path:(?s:.*)}", edge(_find_nothing))


def _refuse_method(allowed: str) -> Handler:
    async def refuse(request: web.Request) -> web.Response:
        error = MethodNotAllowed(f"{request.path} answers {allowed}")
        response = problems.response(error)
        response.headers["Allow"] = allowed
        return response

    return refuse


async def _find_nothing(request: web.Request) -> web.Response:
    raise NotFound(f"there is nothing at {request.path}")
