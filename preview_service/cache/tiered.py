"""A store near at hand in front of one that lasts or is shared."""

from preview_service.cache.store import PROMOTED_S, Choice, Store


class TieredStore:
    """`Store` of two: what the *front* has not is asked of the *back*, and then kept in front."""

    def __init__(self, front: Store, back: Store, *, promoted_s: float = PROMOTED_S) -> None:
        self._front = front
        self._back = back
        self._promoted_s = promoted_s

    def __repr__(self) -> str:
        return f"<TieredStore {self._front!r} over {self._back!r}>"

    async def get(self, key: str) -> bytes | None:
        value = await self._front.get(key)
        return await self.latest(key) if value is None else value

    async def latest(self, key: str) -> bytes | None:
        value = await self._back.latest(key)
        if value is not None:
            await self._front.set(key, value, self._promoted_s)
        return value

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        # In this order, for the back may take its time, and who asks meanwhile shall find it.
        await self._front.set(key, value, ttl_s)
        await self._back.set(key, value, ttl_s)

    async def delete(self, key: str) -> None:
        # In this order, or what is read from the back meanwhile would stay in front.
        await self._back.delete(key)
        await self._front.delete(key)

    async def purge(self, choice: Choice) -> int:
        behind = await self._back.purge(choice)
        return max(behind, await self._front.purge(choice))

    async def close(self) -> None:
        await self._front.close()
        await self._back.close()
