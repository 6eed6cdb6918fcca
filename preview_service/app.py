"""Settings → the wired service; the only place that constructs parts."""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from types import ModuleType
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from preview_service.api.answers import AnswerCache
from preview_service.api.app_keys import (
    ANSWERS,
    DRAINING,
    IMAGES,
    NOTIFIER,
    PARTNERS,
    PREVIEWER,
    PURGER,
    UPGRADER,
    WAIT_MS,
    WARMER,
)
from preview_service.api.connection import Connection
from preview_service.api.routes import routes
from preview_service.cache import Stores, open_stores
from preview_service.cache.preview_cache import PreviewCache
from preview_service.cache.purge import Purger
from preview_service.channels import CHANNELS
from preview_service.channels.partners import NO_PARTNERS, Partners
from preview_service.channels.partners import parse as parse_partners
from preview_service.copies import GENERIC, Copier, spec_of
from preview_service.errors import BadSettings, PreviewError
from preview_service.fetch.base import Fetcher
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.guard import Guard
from preview_service.fetch.poster import Poster
from preview_service.fetch.recorded import RecordedFetcher
from preview_service.fetch.robots import Robots
from preview_service.gatherer import Gatherer
from preview_service.image_proxy import Addresses, ImageProxy
from preview_service.images.signing import Signer
from preview_service.images.spec import Spec
from preview_service.images.thumbnail import PRELOAD, WORKER_MEMORY_BYTES
from preview_service.model import Delivery
from preview_service.notifier import NO_WEBHOOKS, Notifier, Webhooks
from preview_service.notifier import parse as parse_webhooks
from preview_service.pictures import PictureFinder
from preview_service.previewer import Previewer
from preview_service.settings import PictureSettings, Settings
from preview_service.sources import providers, sites
from preview_service.telemetry.logs import logger
from preview_service.upgrader import Upgrader
from preview_service.warmer import Warmer
from preview_service.workers import Workers

# Room for the longest text an agent may have pasted, each of its characters escaped.
MAX_REQUEST_BYTES: Final = 512 * 1024
STOP_WITHIN_S: Final = 15.0
# Connections the kernel holds while the loop is busy.
BACKLOG: Final = 1024
TURN_RESERVE_S: Final = 2.0
"""A node that has the turn at a preview keeps it for so long beyond the work itself."""
RESTART_AFTER_S: Final = 0.5
# What a worker needs and the service itself does not.
LATE_MODULES: Final = ("bs4", "lxml.etree", "preview_service.page.body")


def fetcher(settings: Settings, guard: Guard, offline: Path | None) -> Fetcher:
    """The way to the outside: the network, or a folder of recorded pages."""
    if offline is None:
        return HttpFetcher(settings.fetch, guard)
    return RecordedFetcher(offline, settings.fetch, guard)


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """What makes previews and their pictures, and forgets them; its owner closes it."""

    previewer: Previewer
    images: ImageProxy
    stores: Stores
    warmer: Warmer
    purger: Purger

    async def close(self) -> None:
        for part in (self.warmer, self.previewer, self.images, self.stores):
            await part.close()


def pipeline(settings: Settings, offline: Path | None = None) -> Pipeline:
    """The pipeline on embedded parts."""
    site_rules = _with_rows_of(settings.sources.sites, sites)
    guard = Guard(settings.fetch, lambda url: site_rules.rule(url).never_fetch)
    fetching = fetcher(settings, guard, offline)
    stores = open_stores(settings.cache)
    copier = Copier(
        workers=Workers(memory_bytes=WORKER_MEMORY_BYTES, preload=PRELOAD),
        store=stores.pictures,
        specs=_specs(settings),
        max_bytes=settings.fetch.max_picture_bytes,
    )
    addresses = _addresses(settings.pictures)
    gatherer = Gatherer(
        fetcher=fetching,
        guard=guard,
        workers=Workers(preload=LATE_MODULES),
        providers=_with_rows_of(settings.sources.oembed_providers, providers),
        sites=site_rules,
        # Copies are made ahead only where there are addresses to have them by.
        pictures=PictureFinder(copier if addresses else None),
        settings=settings.page,
    )
    cache = PreviewCache(
        stores.previews,
        settings.cache,
        flights=stores.flights,
        turn_s=settings.preview.preview_timeout_s + TURN_RESERVE_S,
    )
    previewer = Previewer(gatherer=gatherer, guard=guard, cache=cache, settings=settings.preview)
    images = ImageProxy(fetcher=fetching, copier=copier, addresses=addresses)
    robots = Robots(fetching, settings.fetch)
    purger = Purger(stores.previews, stores.near, stores.bus)
    purger.watch(cache.purged)
    return Pipeline(
        previewer=previewer,
        images=images,
        stores=stores,
        warmer=Warmer(previewer, images, guard, robots, settings.preview),
        purger=purger,
    )


def check_shared(settings: Settings) -> None:
    """Raise `BadSettings` where one process would not know the pictures that another gave out."""
    if settings.pictures.public_url and not (
        settings.pictures.secret and urlsplit(settings.cache.cache_url).scheme != "memory"
    ):
        raise BadSettings(
            "public_url: several workers need a secret, and a cache_url that they share"
        )


def _addresses(settings: PictureSettings) -> Addresses | None:
    """The addresses of pictures, if the service is reached from outside."""
    if not settings.public_url:
        return None
    secrets = settings.secret
    if not secrets:
        secrets = (token_urlsafe(),)
        logger().warning("no_secret", says="addresses of pictures end with this process")
    return Addresses(settings.public_url.rstrip("/"), Signer(secrets))


def _specs(settings: Settings) -> tuple[Spec, ...]:
    """The copies to make of each picture: what all channels and partners take."""
    rules = (
        method.picture
        for channel in (*CHANNELS.values(), *partners(settings).channels(CHANNELS))
        for method in channel.methods
        if method.delivery is Delivery.CARD and method.picture is not None
    )
    specs = (spec_of(each) for each in rules)
    return tuple(dict.fromkeys((GENERIC, *(each for each in specs if each is not None))))


def partners(settings: Settings) -> Partners:
    """The profiles in the operator's file, if there is one."""
    file = settings.channels.partners
    return _read(file, parse_partners) if file else NO_PARTNERS


def webhooks(settings: Settings) -> Webhooks:
    """The receivers in the operator's file, if there is one."""
    file = settings.notify.webhooks
    return _read(file, parse_webhooks) if file else NO_WEBHOOKS


def _with_rows_of(file: str, table: ModuleType) -> Any:
    """Our own table of a kind, behind the rows of the operator's *file*."""
    return _read(file, table.parse).before(table.ours()) if file else table.ours()


def _read(file: str, parse: Callable[[bytes], Any]) -> Any:
    """What *file* says; raise `BadSettings` naming the file."""
    try:
        return parse(Path(file).read_bytes())
    except OSError as error:
        raise BadSettings(f"{file}: {error.strerror}") from error
    except BadSettings as error:
        raise BadSettings(f"{file}: {error}") from error


def application(settings: Settings, parts: Pipeline) -> web.Application:
    """The HTTP application over *parts*, which it closes; any aiohttp runner runs it."""
    app = web.Application(client_max_size=MAX_REQUEST_BYTES)
    app[PARTNERS] = partners(settings)
    app[NOTIFIER] = Notifier(webhooks(settings), Poster(settings.fetch))
    app[PREVIEWER] = parts.previewer
    app[IMAGES] = parts.images
    app[UPGRADER] = Upgrader(parts.previewer, parts.images)
    app[ANSWERS] = AnswerCache(settings.cache.answer_bytes)
    parts.previewer.watch(app[ANSWERS].forget)
    app[WARMER], app[PURGER] = parts.warmer, parts.purger
    parts.purger.watch(lambda _: app[ANSWERS].clear())
    app[WAIT_MS] = settings.preview.wait_ms
    app[DRAINING] = asyncio.Event()
    app.router.add_routes(routes())

    async def start(app: web.Application) -> None:
        await app[PURGER].start()

    async def close(app: web.Application) -> None:
        await app[NOTIFIER].close()
        await parts.close()

    app.on_startup.append(start)
    app.on_cleanup.append(close)
    return app


async def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    offline: Path | None = None,
    is_shared: bool = False,
    ready: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT; *ready* is told the address once requests are welcome.

    The kernel spreads connections over the processes that serve one port with *is_shared*.
    """
    stop = _stop()
    app = application(settings, pipeline(settings, offline))
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, shutdown_timeout=STOP_WITHIN_S)
    await runner.setup()
    try:
        connection = partial(Connection, cast(web.Server, runner.server), loop=loop)
        listener = await loop.create_server(
            connection, host, port, backlog=BACKLOG, reuse_port=is_shared or None
        )
        ready(_address(listener.sockets[0]))
        await stop.wait()
        app[DRAINING].set()
        listener.close()
    finally:
        await runner.cleanup()


async def supervise(
    command: Sequence[str], *, workers: int, host: str, port: int, ready: Callable[[str], None]
) -> None:
    """Run *command* in *workers* processes on one port until SIGTERM or SIGINT.

    *command* takes the port as its last argument and prints a line once it serves. A process that
    dies is replaced; *ready* is told the address once all of them serve.
    """
    stop = _stop()
    with _held(host, port) as held:
        given = (*command, str(held.getsockname()[1]))
        keepers = [
            asyncio.create_task(_keep(await _started(given), given, stop)) for _ in range(workers)
        ]
        ready(_address(held))
        await stop.wait()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers)


def _held(host: str, port: int) -> socket.socket:
    """A socket that keeps the port for the workers, without taking connections itself."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    held = socket.socket(family, kind, protocol)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(address)
    return held


async def _started(command: Sequence[str]) -> asyncio.subprocess.Process:
    process = await _spawned(command)
    if not await cast(asyncio.StreamReader, process.stdout).readline():
        raise PreviewError("a worker did not start")
    return process


async def _spawned(command: Sequence[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


async def _keep(
    process: asyncio.subprocess.Process, command: Sequence[str], stop: asyncio.Event
) -> None:
    """Replace *process* whenever it ends, until cancelled; then end it gracefully."""
    try:
        while True:
            code = await process.wait()
            if stop.is_set():
                return  # an interrupt from the terminal reaches every process by itself
            logger().error("worker_died", pid=process.pid, code=code)
            # One that cannot even start must not keep the machine busy.
            await asyncio.sleep(RESTART_AFTER_S)
            process = await _spawned(command)
    except asyncio.CancelledError:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _stop() -> asyncio.Event:
    """Set when the process is asked to end."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
