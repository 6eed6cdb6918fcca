"""What is published on Redis' channels → those in this process who listen, over one connection.

Published is not kept: https://redis.io/docs/latest/develop/pubsub/ — who is cut off hears nothing
of what was said meanwhile, and is told when the connection is there again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from preview_service.cache.redis import PREFIX
from preview_service.cache.redis_link import RedisLink
from preview_service.telemetry.logs import logger

AGAIN_S: Final = 1.0
"""Between two tries to connect."""

IDLE_S: Final = 10.0
"""Silence after which the server is asked for a sign of life; after two it counts as gone."""

CONFIRM_S: Final = 0.1
CONNECT_S: Final = 1.0

STANDING: Final = f"{PREFIX}ear"
"""A channel of its own, on which nothing is said, keeps the connection while there is no other."""

Heard = asyncio.Queue[bytes]


class _Silent(Exception):
    """Nothing was heard, not even an answer to our own question."""


class RedisEar:
    """Subscriptions of this process; the connection is made for the first and then kept."""

    def __init__(self, link: RedisLink, *, again_s: float = AGAIN_S) -> None:
        self._link = link
        self._again_s = again_s
        self._connected: list[Callable[[], None]] = []
        self._heard: dict[str, set[Heard]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._pubsub: Any = None
        self._listening: asyncio.Task[None] | None = None

    def on_connected(self, callback: Callable[[], None]) -> None:
        """Have *callback* called whenever listening begins, for the first time or again."""
        self._connected.append(callback)

    @asynccontextmanager
    async def hearing(self, channel: str) -> AsyncIterator[Heard]:
        """What is published on *channel*, from the first moment inside if Redis is there."""
        heard: Heard = asyncio.Queue()
        self._heard.setdefault(channel, set()).add(heard)
        confirmed = self._confirmed.setdefault(channel, asyncio.Event())
        try:
            if self._listening is None:
                self._listening = asyncio.create_task(self._listen())
            elif not confirmed.is_set():
                await self._say("subscribe", channel)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONFIRM_S):
                    await confirmed.wait()
            yield heard
        finally:
            self._heard[channel].discard(heard)
            if not self._heard[channel]:
                del self._heard[channel], self._confirmed[channel]
                await self._say("unsubscribe", channel)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def _say(self, word: str, channel: str) -> None:
        """Tell the server, if it is there; who listens finds out if it is not."""
        if self._pubsub is None:
            return
        try:
            async with asyncio.timeout(CONFIRM_S):
                await getattr(self._pubsub, word)(channel)
        except Exception as error:
            logger().debug("redis_subscription", error=type(error).__name__)

    async def _listen(self) -> None:
        while True:
            pubsub = self._link.client.pubsub()
            try:
                await self._hear_all(pubsub)
            except Exception as error:
                logger().debug("redis_deaf", error=type(error).__name__)
            finally:
                self._pubsub = None
                for confirmed in self._confirmed.values():
                    confirmed.clear()
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(CONFIRM_S):
                        await pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(self._again_s)

    async def _hear_all(self, pubsub: Any) -> None:
        """Until the connection ends."""
        async with asyncio.timeout(CONNECT_S):
            await pubsub.subscribe(STANDING)
            # Those who come while this is under way are not among these.
            while new := [name for name in self._heard if name.encode() not in pubsub.channels]:
                await pubsub.subscribe(*new)
        self._pubsub = pubsub
        for callback in self._connected:
            callback()
        silences = 0
        while True:
            message = await pubsub.get_message(timeout=IDLE_S)
            silences = 0 if message else silences + 1
            if message:
                self._pass_on(message)
            elif silences > 1:
                raise _Silent
            else:
                await pubsub.ping()

    def _pass_on(self, message: dict[str, Any]) -> None:
        channel = (message["channel"] or b"").decode()
        if message["type"] == "subscribe" and channel in self._confirmed:
            self._confirmed[channel].set()
        elif message["type"] == "message":
            for heard in self._heard.get(channel, ()):
                heard.put_nowait(message["data"])
