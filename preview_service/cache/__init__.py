"""The family of stores, by the scheme of `PREVIEW_CACHE_URL`."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from preview_service.cache.memory import MemoryStore
from preview_service.cache.store import MAX_PICTURE_BYTES, Store
from preview_service.errors import BadSettings
from preview_service.settings import CacheSettings

STORES: Final[dict[str, Callable[[CacheSettings], Store]]] = {
    "memory": lambda settings: MemoryStore(settings.memory_bytes),
}


def open_store(settings: CacheSettings) -> Store:
    """The store *settings* name; raise `BadSettings` for a scheme nobody serves."""
    scheme = urlsplit(settings.cache_url).scheme
    if scheme not in STORES:
        known = ", ".join(f"{name}:" for name in STORES)
        raise BadSettings(f"cache_url: {settings.cache_url!r} is none of {known}")
    return STORES[scheme](settings)


def open_picture_store(settings: CacheSettings) -> Store:
    """The store of copies of pictures."""
    return MemoryStore(settings.picture_bytes, max_entry_bytes=MAX_PICTURE_BYTES)
