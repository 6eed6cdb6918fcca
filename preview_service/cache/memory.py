"""A store in this process's memory: least recently used out first, bounded by bytes.

Expiry is looked at when a key is asked for, never in bulk: a mass expiry inside one `set` stops
the event loop (cachetools' TLRUCache with 1,000,000 entries: 12.8 s measured).
"""

import asyncio
import time
from collections.abc import Callable
from operator import attrgetter
from typing import Final

import msgspec
from cachetools import Cache, LRUCache

from preview_service.cache.key import is_own
from preview_service.cache.store import MAX_ENTRY_BYTES, Choice

# What an entry costs beyond its key's and value's bytes: two string headers, the record, and its
# places in the LRU's three dicts. Measured: 390 to 450 bytes of resident memory.
OVERHEAD_BYTES: Final = 450

# Entries that a purge looks at before others have their turn: some milliseconds.
PURGE_STEP: Final = 200


class _Kept(msgspec.Struct, frozen=True, gc=False):
    value: bytes
    expires_at: float
    size: int


class MemoryStore:
    """`Store` in memory; *clock* gives seconds that never run backwards."""

    def __init__(
        self,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_entry_bytes: int = MAX_ENTRY_BYTES,
    ) -> None:
        self._clock = clock
        self._max_entry_bytes = max_entry_bytes
        self._kept: LRUCache[str, _Kept] = LRUCache(max_bytes, getsizeof=attrgetter("size"))

    def __repr__(self) -> str:
        return (
            f"<MemoryStore {len(self._kept)} entries, "
            f"{self._kept.currsize} of {self._kept.maxsize} bytes>"
        )

    async def get(self, key: str) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.expires_at <= self._clock():
            del self._kept[key]
            return None
        return kept.value

    async def latest(self, key: str) -> bytes | None:
        return await self.get(key)

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        size = len(key) + len(value) + OVERHEAD_BYTES
        if len(value) > self._max_entry_bytes or size > self._kept.maxsize:
            self._kept.pop(key, None)
            return
        self._kept[key] = _Kept(value, self._clock() + ttl_s, size)

    async def delete(self, key: str) -> None:
        self._kept.pop(key, None)

    async def purge(self, choice: Choice) -> int:
        count = 0
        for seen, key in enumerate(list(self._kept), start=1):
            if choice.has_key(key) and choice.has_value(self._peek(key)):
                count += self._kept.pop(key, None) is not None and is_own(key)
            if seen % PURGE_STEP == 0:
                await asyncio.sleep(0)
        return count

    async def close(self) -> None:
        self._kept.clear()

    def _peek(self, key: str) -> bytes:
        """The value of *key*, which is not used by being looked at."""
        # LRUCache's own look-up would move it to the end of the line.
        return Cache.__getitem__(self._kept, key).value if key in self._kept else b""
