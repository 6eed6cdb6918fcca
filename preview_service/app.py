"""Settings → the wired service; the only place that constructs parts."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe
from types import ModuleType
from typing import Any, Final
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
    SHELF,
    UPGRADER,
    WAIT_MS,
    WARMER,
)
from preview_service.api.routes import routes
from preview_service.api.shelf import Shelf, maker
from preview_service.cache import Stores, open_stores
from preview_service.cache.preview_cache import PreviewCache
from preview_service.cache.purge import Purger
from preview_service.channels import CHANNELS
from preview_service.channels.partners import NO_PARTNERS, Partners
from preview_service.channels.partners import parse as parse_partners
from preview_service.copies import GENERIC, Copier, spec_of
from preview_service.errors import BadSettings
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
from preview_service.processes import Stop, listen
from preview_service.settings import PictureSettings, Settings
from preview_service.sources import providers, sites
from preview_service.telemetry.logs import logger
from preview_service.upgrader import Upgrader
from preview_service.warmer import Warmer
from preview_service.workers import Workers

# Room for the longest text an agent may have pasted, each of its characters escaped.
MAX_REQUEST_BYTES: Final = 512 * 1024
TURN_RESERVE_S: Final = 2.0
"""A node that has the turn at a preview keeps it for so long beyond the work itself."""
# What a worker needs and the service itself does not.
LATE_MODULES: Final = ("preview_service.page.body",)


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


def _shelf(settings: Settings, stores: Stores) -> Shelf | None:
    """The answers that are shared, if there is a store to share them in.

    None that hold addresses of our own: these are signed for one process where there is no secret,
    and each answer with one has the picture's place remembered.
    """
    if stores.back is None or settings.pictures.public_url:
        return None
    file = settings.channels.partners
    return Shelf(stores.near, stores.back, maker(Path(file).read_bytes() if file else b""))


def check_shared(settings: Settings) -> None:
    """Raise `BadSettings` where one process would not know the pictures that another gave out."""
    is_apart = urlsplit(settings.cache.cache_url).scheme == "memory"
    if settings.pictures.public_url and is_apart:
        raise BadSettings("public_url: several workers need a cache_url that they share")


def signing(settings: PictureSettings) -> PictureSettings:
    """*settings* with a secret, if addresses of pictures are given out: one of our own for lack."""
    if not settings.public_url or settings.secret:
        return settings
    logger().warning("no_secret", says="addresses of pictures end with this service")
    return msgspec.structs.replace(settings, secret=(token_urlsafe(),))


def _addresses(settings: PictureSettings) -> Addresses | None:
    """The addresses of pictures, if the service is reached from outside."""
    if not settings.public_url:
        return None
    return Addresses(settings.public_url.rstrip("/"), Signer(signing(settings).secret))


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
    shelf = app[SHELF] = _shelf(settings, parts.stores)
    app[WARMER], app[PURGER] = parts.warmer, parts.purger
    parts.purger.watch(lambda _: app[ANSWERS].clear())
    app[WAIT_MS] = settings.preview.wait_ms
    app[DRAINING] = asyncio.Event()
    app.router.add_routes(routes())

    async def start(app: web.Application) -> None:
        await app[PURGER].start()

    async def close(app: web.Application) -> None:
        await app[NOTIFIER].close()
        if shelf is not None:
            await shelf.close()
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

    With *is_shared* other processes serve the same port, and the end of standard input ends this.
    """
    stop = Stop()
    if is_shared:
        stop.when_closed(sys.stdin.fileno())
    await listen(
        application(settings, pipeline(settings, offline)),
        stop,
        host=host,
        port=port,
        is_shared=is_shared,
        drain_s=settings.serve.drain_s,
        ready=ready,
    )
