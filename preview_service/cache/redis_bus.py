"""Messages to all nodes by a stream in Redis, whose channel says that there is news.

A channel alone would not reach a node whose connection is being made again; the stream keeps what
it missed. https://redis.io/docs/latest/develop/data-types/streams/
"""

import asyncio
import contextlib
from typing import Final

from preview_service.cache.breaker import Unavailable
from preview_service.cache.bus import MAX_KEPT, Listener
from preview_service.cache.redis import PREFIX
from preview_service.cache.redis_ear import AGAIN_S, RedisEar
from preview_service.cache.redis_link import RedisLink
from preview_service.telemetry.logs import logger

STREAM: Final = f"{PREFIX}news"
CHANNEL: Final = f"{PREFIX}news-is-there"
STEP: Final = 100
LOOK_S: Final = 30.0
"""Looked for news at the latest, should the word of it be lost."""


class RedisBus:
    """`Bus` over a *link*; *ear* hears that there is news."""

    def __init__(
        self,
        link: RedisLink,
        ear: RedisEar,
        *,
        look_s: float = LOOK_S,
        again_s: float = AGAIN_S,
    ) -> None:
        self._link = link
        self._ear = ear
        self._look_s = look_s
        self._again_s = again_s
        self._news = asyncio.Event()
        ear.on_connected(self._news.set)
        self._last: bytes | None = None
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def send(self, message: bytes) -> bool:
        try:
            await self._link.run("XADD", STREAM, "MAXLEN", "~", MAX_KEPT, "*", "m", message)
            await self._link.run("PUBLISH", CHANNEL, b"")
        except Unavailable:
            return False
        return True

    async def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)
        if not self._tasks:
            with contextlib.suppress(Unavailable):
                await self._begin()
            self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._tell())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _begin(self) -> None:
        """What was sent before is not ours to hear."""
        newest = await self._link.run("XREVRANGE", STREAM, "+", "-", "COUNT", 1)
        self._last = newest[0][0] if newest else b"0-0"

    async def _hear(self) -> None:
        async with self._ear.hearing(CHANNEL) as heard:
            while True:
                await heard.get()
                self._news.set()

    async def _tell(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_s):
                    await self._news.wait()
            self._news.clear()
            try:
                await self._catch_up()
            except Unavailable:
                # Asking in the background also spares those who would find out otherwise.
                await asyncio.sleep(self._again_s)
                self._news.set()
            except Exception:
                logger().exception("bus_listener_crashed")

    async def _catch_up(self) -> None:
        if self._last is None:
            await self._begin()
            return
        while True:
            # From the last one on: exclusive ranges came with Redis 6.2 only.
            found = await self._link.run("XRANGE", STREAM, self._last, "+", "COUNT", STEP)
            new = [entry for entry in found if entry[0] != self._last]
            if not new:
                return
            for identifier, fields in new:
                self._last = identifier
                for listener in self._listeners:
                    await listener(fields[b"m"])
