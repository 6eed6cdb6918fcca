"""Probes: `/livez` says that the loop turns, `/readyz` that requests are welcome."""

from aiohttp import web

from preview_service.api.app_keys import DRAINING


async def get_livez(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def get_readyz(request: web.Request) -> web.Response:
    if request.app[DRAINING].is_set():
        return web.json_response({"status": "draining"}, status=503)
    return web.json_response({"status": "ok"})
