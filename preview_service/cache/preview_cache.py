"""A key and a way to make its outcome → the outcome, made once for all who ask at the same time."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from preview_service.cache.entry import DOUBLING_LIMIT_S, Entry, entry
from preview_service.cache.store import Store
from preview_service.outcome import Outcome

Make = Callable[[], Awaitable[Outcome]]

# Kept past its freshness, so that a failure that repeats is known to repeat.
MEMORY_OF_FAILURE_S: Final = DOUBLING_LIMIT_S


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An entry and whether it was there before it was asked for."""

    entry: Entry
    is_hit: bool


class PreviewCache:
    """Single flight over any `Store`.

    A flight belongs to the cache, not to the caller who happened to start it: callers come and go
    with their own deadlines, the flight ends in the store.
    """

    def __init__(
        self,
        store: Store,
        *,
        fresh_s: float,
        clock: Callable[[], float] = time.time,
        spread: Callable[[], float] = lambda: random.uniform(-1, 1),  # noqa: S311 - jitter only
    ) -> None:
        self._store = store
        self._fresh_s = fresh_s
        self._clock = clock
        self._spread = spread
        self._flights: dict[str, asyncio.Task[Entry]] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Entry).decode

    def __repr__(self) -> str:
        return f"<PreviewCache {len(self._flights)} in flight over {self._store!r}>"

    async def get_or_make(self, key: str, make: Make, *, wait_s: float) -> Found | None:
        """The fresh entry of *key*, or one made now; None if that takes more than *wait_s*."""
        before = await self._read(key)
        if before is not None and before.is_fresh(self._clock()):
            return Found(entry=before, is_hit=True)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fly(key, make, before))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        done, _ = await asyncio.wait({flight}, timeout=wait_s)
        return Found(entry=flight.result(), is_hit=False) if done else None

    async def settle(self) -> None:
        """Wait until everything in flight has landed in the store."""
        while self._flights:
            await asyncio.wait(set(self._flights.values()))

    async def close(self) -> None:
        """Give up what is in flight and let the store go."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        await self._store.close()

    async def _fly(self, key: str, make: Make, before: Entry | None) -> Entry:
        outcome = await make()
        made = entry(
            outcome,
            now=self._clock(),
            fresh_s=self._fresh_s,
            spread=self._spread(),
            before=before,
        )
        ttl_s = made.fresh_until - made.stored_at + MEMORY_OF_FAILURE_S
        await self._store.set(key, self._encode(made), ttl_s)
        return made

    async def _read(self, key: str) -> Entry | None:
        kept = await self._store.get(key)
        if kept is None:
            return None
        try:
            return self._decode(kept)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Written by another version, or damaged: as good as never kept.
            return None
