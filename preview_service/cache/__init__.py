"""The family of stores, by the scheme of `PREVIEW_CACHE_URL`."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from preview_service.cache.bus import Bus, LocalBus
from preview_service.cache.flights import Flights, LocalFlights
from preview_service.cache.memory import MemoryStore
from preview_service.cache.store import MAX_PICTURE_BYTES, BackStore, Store
from preview_service.cache.tiered import TieredStore
from preview_service.errors import BadSettings
from preview_service.settings import CacheSettings


class Stores(msgspec.Struct, frozen=True, kw_only=True):
    """What processes with the same `PREVIEW_CACHE_URL` share, and what each has near at hand.

    `near` and `near_pictures` are the stores in memory, in front of the others; `back` is the one
    behind `near`, if there is one.
    """

    previews: Store
    pictures: Store
    near: Store
    near_pictures: Store
    back: BackStore | None = None
    flights: Flights
    bus: Bus

    async def close(self) -> None:
        await self.bus.close()
        await self.flights.close()
        await self.previews.close()
        await self.pictures.close()


def open_stores(settings: CacheSettings) -> Stores:
    """The stores that *settings* name; raise `BadSettings` for a URL nobody serves.

    Nothing is opened or connected yet, so nothing that fails later keeps the service from starting.
    """
    scheme = urlsplit(settings.cache_url).scheme
    if scheme not in STORES:
        known = ", ".join(f"{name}:" for name in STORES)
        # Not the URL: there may be a password in it.
        raise BadSettings(f"cache_url: {scheme or 'nothing'}: is none of {known}")
    return STORES[scheme](settings)


def open_store(settings: CacheSettings) -> Store:
    """The store of previews alone."""
    return open_stores(settings).previews


def _memory(settings: CacheSettings) -> Stores:
    near, near_pictures = _near(settings)
    return Stores(
        previews=near,
        pictures=near_pictures,
        near=near,
        near_pictures=near_pictures,
        flights=LocalFlights(),
        bus=LocalBus(),
    )


def _sqlite(settings: CacheSettings) -> Stores:
    from preview_service.cache.sqlite import SqliteStore
    from preview_service.cache.sqlite_bus import SqliteBus
    from preview_service.cache.sqlite_file import SqliteFile, refuse_foreign
    from preview_service.cache.sqlite_flights import SqliteFlights

    path = Path(settings.cache_url.partition(":")[2].removeprefix("//"))
    # A file of its own: the bound is on the pages of a file.
    beside = path.with_name(f"{path.stem}-pictures{path.suffix}") if path.name else path
    for each in (path, beside):
        refuse_foreign(each)
    file, pictures = SqliteFile(path), SqliteFile(beside)
    near, near_pictures = _near(settings)
    back = SqliteStore(file, settings.disk_bytes)
    return Stores(
        previews=TieredStore(near, back),
        pictures=TieredStore(
            near_pictures,
            SqliteStore(pictures, settings.picture_disk_bytes, max_entry_bytes=MAX_PICTURE_BYTES),
        ),
        near=near,
        near_pictures=near_pictures,
        back=back,
        flights=SqliteFlights(file),
        bus=SqliteBus(file),
    )


def _redis(settings: CacheSettings) -> Stores:
    if find_spec("redis") is None:
        raise BadSettings("cache_url: Redis needs the extra: pip install 'preview-service[redis]'")
    from preview_service.cache.redis import RedisStore
    from preview_service.cache.redis_bus import RedisBus
    from preview_service.cache.redis_ear import RedisEar
    from preview_service.cache.redis_flights import RedisFlights
    from preview_service.cache.redis_link import RedisLink
    from preview_service.cache.redis_url import client_of

    # Two, for a preview must not wait its turn behind pictures.
    link, pictures = (
        RedisLink(client_of(settings.cache_url), timeout_s=settings.redis_timeout_s)
        for _ in range(2)
    )
    near, near_pictures = _near(settings)
    ear = RedisEar(link)
    back = RedisStore(link)
    return Stores(
        previews=TieredStore(near, back),
        pictures=TieredStore(
            near_pictures, RedisStore(pictures, "pictures", max_entry_bytes=MAX_PICTURE_BYTES)
        ),
        near=near,
        near_pictures=near_pictures,
        back=back,
        flights=RedisFlights(link, ear),
        bus=RedisBus(link, ear),
    )


def _near(settings: CacheSettings) -> tuple[MemoryStore, MemoryStore]:
    return (
        MemoryStore(settings.memory_bytes),
        MemoryStore(settings.picture_bytes, max_entry_bytes=MAX_PICTURE_BYTES),
    )


STORES: Final[dict[str, Callable[[CacheSettings], Stores]]] = {
    "memory": _memory,
    "sqlite": _sqlite,
    **dict.fromkeys(
        (
            "redis",
            "rediss",
            "unix",
            "redis+sentinel",
            "rediss+sentinel",
            "redis+cluster",
            "rediss+cluster",
        ),
        _redis,
    ),
}
