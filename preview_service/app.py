"""Settings → the wired service; the only place that constructs parts."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, cast

from aiohttp import web

from preview_service.api.answers import AnswerCache
from preview_service.api.app_keys import ANSWERS, DRAINING, PREVIEWER, WAIT_MS
from preview_service.api.connection import Connection
from preview_service.api.routes import routes
from preview_service.cache import open_store
from preview_service.cache.preview_cache import PreviewCache
from preview_service.fetch.base import Fetcher
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.guard import Guard
from preview_service.fetch.recorded import RecordedFetcher
from preview_service.previewer import Previewer
from preview_service.settings import Settings

# A request is a URL and a few words; a body of more is not one. A URL that is too long by a few
# characters, each of them escaped, is still told so.
MAX_REQUEST_BYTES: Final = 32 * 1024
STOP_WITHIN_S: Final = 15.0
# Connections the kernel holds while the loop is busy.
BACKLOG: Final = 1024


def fetcher(settings: Settings, guard: Guard, offline: Path | None) -> Fetcher:
    """The way to the outside: the network, or a folder of recorded pages."""
    if offline is None:
        return HttpFetcher(settings.fetch, guard)
    return RecordedFetcher(offline, settings.fetch, guard)


def previewer(settings: Settings, offline: Path | None = None) -> Previewer:
    """The pipeline on embedded parts; its owner closes it."""
    guard = Guard(settings.fetch)
    return Previewer(
        fetcher=fetcher(settings, guard, offline),
        guard=guard,
        cache=PreviewCache(open_store(settings.cache), fresh_s=settings.cache.fresh_s),
        page=settings.page,
        settings=settings.preview,
    )


def application(settings: Settings, pipeline: Previewer) -> web.Application:
    """The HTTP application over *pipeline*, which it closes; any aiohttp runner runs it."""
    app = web.Application(client_max_size=MAX_REQUEST_BYTES)
    app[PREVIEWER] = pipeline
    app[ANSWERS] = AnswerCache(settings.cache.answer_bytes)
    app[WAIT_MS] = settings.preview.wait_ms
    app[DRAINING] = asyncio.Event()
    app.router.add_routes(routes())
    app.on_cleanup.append(_close)
    return app


async def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    offline: Path | None = None,
    ready: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT; *ready* is told the address once requests are welcome."""
    app = application(settings, previewer(settings, offline))
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, shutdown_timeout=STOP_WITHIN_S)
    await runner.setup()
    try:
        connection = partial(Connection, cast(web.Server, runner.server), loop=loop)
        listener = await loop.create_server(connection, host, port, backlog=BACKLOG)
        ready(_address(listener))
        await _stopped()
        app[DRAINING].set()
        listener.close()
    finally:
        await runner.cleanup()


async def _close(app: web.Application) -> None:
    await app[PREVIEWER].close()


async def _stopped() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _address(listener: asyncio.Server) -> str:
    host, port = listener.sockets[0].getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
