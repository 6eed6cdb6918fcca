"""A store in Redis or Valkey, shared by all nodes. https://redis.io/docs/latest/commands/set/

How much is kept and what goes first is the server's affair (maxmemory, allkeys-lru); a full one
that refuses to keep more costs misses.
"""

import contextlib
from collections.abc import Sequence
from typing import Any, Final

from preview_service.cache.breaker import Unavailable
from preview_service.cache.key import is_own
from preview_service.cache.redis_link import RedisLink
from preview_service.cache.sealed import VERSION, seal, unseal
from preview_service.cache.store import MAX_ENTRY_BYTES, Choice

PREFIX: Final = f"preview:{VERSION}:"
PURGE_STEP: Final = 64


class RedisStore:
    """`Store` of what stands under *name* on a server; the *link* is closed with it."""

    def __init__(
        self, link: RedisLink, name: str = "previews", *, max_entry_bytes: int = MAX_ENTRY_BYTES
    ) -> None:
        self._link = link
        self._prefix = f"{PREFIX}{name}:"
        self._max_entry_bytes = max_entry_bytes

    def __repr__(self) -> str:
        return f"<RedisStore {self._prefix} {'down' if self._link.is_down else 'up'}>"

    async def get(self, key: str) -> bytes | None:
        return (await self.get_all(key))[0]

    async def get_all(self, *keys: str) -> list[bytes | None]:
        try:
            sealed = await self._run_all("GET", keys)
        except Unavailable:
            return [None] * len(keys)
        return [unseal(key, each) for key, each in zip(keys, sealed, strict=True)]

    async def latest(self, key: str) -> bytes | None:
        return await self.get(key)

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        if len(value) > self._max_entry_bytes:
            await self.delete(key)
            return
        lifetime_ms = max(1, round(ttl_s * 1000))
        with contextlib.suppress(Unavailable):
            await self._link.run("SET", self._prefix + key, seal(key, value), "PX", lifetime_ms)

    async def delete(self, key: str) -> None:
        with contextlib.suppress(Unavailable):
            await self._link.run("DEL", self._prefix + key)

    async def purge(self, choice: Choice) -> int:
        count = 0
        chosen: list[str] = []
        try:
            async for full_key in self._link.keys(self._prefix + choice.prefix):
                key = full_key.removeprefix(self._prefix)
                if choice.has_key(key):
                    chosen.append(key)
                if len(chosen) == PURGE_STEP:
                    count += await self._forget(chosen, choice)
                    chosen.clear()
            return count + await self._forget(chosen, choice)
        except Unavailable:
            return count

    async def close(self) -> None:
        await self._link.close()

    async def _forget(self, keys: list[str], choice: Choice) -> int:
        if choice.value is not None:
            sealed = await self._run_all("GET", keys)
            values = (unseal(key, each) for key, each in zip(keys, sealed, strict=True))
            # What is damaged serves nobody, whatever is asked of it.
            keys = [
                key
                for key, value in zip(keys, values, strict=True)
                if value is None or choice.has_value(value)
            ]
        gone = await self._run_all("UNLINK", keys)
        return sum(each for key, each in zip(keys, gone, strict=True) if is_own(key))

    async def _run_all(self, command: str, keys: Sequence[str]) -> list[Any]:
        return await self._link.run_all(*((command, self._prefix + key) for key in keys))
