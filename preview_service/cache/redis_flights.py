"""Turns at a key by locks in Redis, and landings by its channels.

https://redis.io/docs/latest/commands/set/#patterns
"""

import asyncio
import secrets
from typing import Final

from preview_service.cache.breaker import Unavailable
from preview_service.cache.flights import ALONE, Turn
from preview_service.cache.redis import PREFIX
from preview_service.cache.redis_ear import Heard, RedisEar
from preview_service.cache.redis_link import RedisLink
from preview_service.cache.sealed import seal, unseal

ASK_AGAIN_S: Final = 0.5
"""Whoever had the turn may have died, or its word been lost."""

MOST_TRIES: Final = 24
"""Of giving a turn back: by then it has run out by itself."""

# https://redis.io/docs/latest/develop/programmability/eval-intro/
RELEASE: Final = "return redis.call('get',KEYS[1])==ARGV[1] and redis.call('del',KEYS[1]) or 0"


class RedisFlights:
    """`Flights` over a *link*; *ear* hears of landings, and is closed with it."""

    def __init__(self, link: RedisLink, ear: RedisEar, *, ask_again_s: float = ASK_AGAIN_S) -> None:
        self._link = link
        self._ear = ear
        self._ask_again_s = ask_again_s
        self._owed: set[asyncio.Task[None]] = set()

    async def take(self, key: str, *, ttl_s: float, wait_s: float) -> Turn:
        deadline = asyncio.get_running_loop().time() + wait_s
        turn = await self._try(key, ttl_s)
        if turn is not None or wait_s <= 0:
            return turn or Turn()
        async with self._ear.hearing(_channel(key)) as heard:
            while True:
                # Who landed before we were all ears is not heard, but its lock is gone.
                turn = await self._try(key, ttl_s) if heard.empty() else None
                left_s = deadline - asyncio.get_running_loop().time()
                if turn is not None or left_s <= 0:
                    return turn or Turn()
                result = await self._landing(key, heard, min(left_s, self._ask_again_s))
                if result is not None:
                    return Turn(result=result)

    async def give(self, key: str, token: str, result: bytes | None = None) -> None:
        if not token:
            return
        said = b"" if result is None else seal(key, result)
        if not await self._gave(key, token, said):
            # A server that was slow for once must not keep the others waiting for all of its time.
            owed = asyncio.create_task(self._insist(key, token, said))
            self._owed.add(owed)
            owed.add_done_callback(self._owed.discard)

    async def _gave(self, key: str, token: str, said: bytes) -> bool:
        answers = await asyncio.gather(
            self._link.run("EVAL", RELEASE, 1, _lock(key), token),
            self._link.run("PUBLISH", _channel(key), said),
            return_exceptions=True,
        )
        return not isinstance(answers[0], Unavailable)

    async def _insist(self, key: str, token: str, said: bytes) -> None:
        for _ in range(MOST_TRIES):
            await asyncio.sleep(self._ask_again_s)
            if await self._gave(key, token, said):
                return

    async def close(self) -> None:
        owed = list(self._owed)
        for each in owed:
            each.cancel()
        await asyncio.gather(*owed, return_exceptions=True)
        await self._ear.close()

    async def _try(self, key: str, ttl_s: float) -> Turn | None:
        """The turn, if nobody has it; our own, if nobody can be asked."""
        token = secrets.token_hex(16)
        lifetime_ms = max(1, round(ttl_s * 1000))
        try:
            is_mine = await self._link.run("SET", _lock(key), token, "NX", "PX", lifetime_ms)
        except Unavailable:
            return ALONE
        except asyncio.CancelledError:
            # The question may be out already, and nobody would give the turn back.
            self._link.tell("EVAL", RELEASE, 1, _lock(key), token)
            raise
        return Turn(is_mine=True, token=token) if is_mine else None

    async def _landing(self, key: str, heard: Heard, wait_s: float) -> bytes | None:
        try:
            async with asyncio.timeout(wait_s):
                return unseal(key, await heard.get())
        except TimeoutError:
            return None


def _lock(key: str) -> str:
    return f"{PREFIX}lock:{key}"


def _channel(key: str) -> str:
    return f"{PREFIX}landed:{key}"
