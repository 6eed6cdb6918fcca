"""Commands from many callers → few round trips to one Redis, each within its time or not at all.

Commands that are asked while others are on their way go together in the next pipeline
(https://redis.io/docs/latest/develop/use/pipelining/), GETs as one MGET: with 64 callers a GET
costs 10 µs, each by itself 43 (benchmarks/stores.py). A server that does not answer in time is left
alone until the breaker lets one try pass.
"""

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import groupby
from typing import Any, Final

from redis.asyncio import RedisCluster

from preview_service.cache.breaker import Breaker, Unavailable
from preview_service.cache.redis_url import Client, close
from preview_service.telemetry.logs import logger

TIMEOUT_S: Final = 0.05
"""For a round trip; twice that when the connection has to be made first."""

HELD_UP_S: Final = 0.02
"""A time-out that comes later than this after its time tells of our own loop, not of Redis."""

BATCH: Final = 128
MAX_WAITING: Final = 2048
"""Commands that may wait for their turn; beyond that Redis is too slow to be asked."""

REFUSAL_EVERY_S: Final = 60.0
"""A full server refuses every write; the log needs to say so only once in a while."""

SCAN_COUNT: Final = 1000

Argument = str | bytes | int


class _Asked:
    __slots__ = ("command", "reply")

    def __init__(self, command: tuple[Argument, ...]) -> None:
        self.command = command
        self.reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class RedisLink:
    """One connection's worth of conversation with *client*, which it owns."""

    def __init__(
        self,
        client: Client,
        *,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        # The keys of an MGET must all be on one of its servers.
        self._is_cluster = isinstance(client, RedisCluster)
        self._timeout_s = timeout_s
        self._clock = clock
        self._breaker = Breaker(clock)
        self._waiting: deque[_Asked] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._is_connected = False
        self._tell_refusal_at = -REFUSAL_EVERY_S
        self._log = logger()

    @property
    def client(self) -> Client:
        return self._client

    @property
    def is_down(self) -> bool:
        return self._breaker.is_open

    async def run(self, *command: Argument) -> Any:
        """Redis' reply to *command*; raise `Unavailable`, at once while the breaker is open."""
        return await self._ask(command)[0]

    async def run_all(self, *commands: tuple[Argument, ...]) -> list[Any]:
        """Redis' replies to *commands*, which go together; raise `Unavailable` as `run` does."""
        return [await reply for reply in self._ask(*commands)]

    def tell(self, *command: Argument) -> None:
        """Have *command* carried out after those asked before, if it can be; wait for nothing."""
        with contextlib.suppress(Unavailable):
            self._ask(command)

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """The keys that begin with *prefix*, some perhaps twice; raise `Unavailable`."""
        pattern = re.sub(r"([*?\[\]\\^])", r"\\\1", prefix) + "*"
        found = self._client.scan_iter(match=pattern, count=SCAN_COUNT)
        while self._breaker.allows():
            try:
                async with asyncio.timeout(self._limit_s):
                    key = await anext(found)
            except StopAsyncIteration:
                return
            except Exception as error:
                self._failed(error)
                raise Unavailable from error
            yield key.decode(errors="replace")
        raise Unavailable

    async def close(self) -> None:
        """End the conversation; what is on its way is given its time."""
        if self._sending is not None:
            await asyncio.wait({self._sending}, timeout=self._limit_s)
            self._sending.cancel()
            await asyncio.wait({self._sending})
        try:
            async with asyncio.timeout(2 * self._timeout_s):
                await close(self._client)
        except Exception as error:
            self._log.warning("redis_not_closed", error=type(error).__name__)

    @property
    def _limit_s(self) -> float:
        return self._timeout_s if self._is_connected else 2 * self._timeout_s

    def _ask(self, *commands: tuple[Argument, ...]) -> list[asyncio.Future[Any]]:
        is_full = len(self._waiting) + len(commands) > MAX_WAITING
        if is_full or not self._breaker.allows():
            raise Unavailable
        asked = [_Asked(command) for command in commands]
        self._waiting.extend(asked)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return [each.reply for each in asked]

    async def _send(self) -> None:
        batch: list[_Asked] = []
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                due_at = asyncio.get_running_loop().time() + self._limit_s
                try:
                    async with asyncio.timeout_at(due_at):
                        replies = await self._exchange(batch)
                except Exception as error:
                    if not _is_held_up(error, due_at):
                        self._failed(error)
                    # Those who came later would wait for the same silence.
                    batch.extend(self._waiting)
                    self._waiting.clear()
                    _give_up(batch)
                else:
                    self._deliver(batch, replies)
        finally:
            _give_up([*batch, *self._waiting])
            self._waiting.clear()

    async def _exchange(self, batch: list[_Asked]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        runs = [[asked] for asked in batch] if self._is_cluster else _runs(batch)
        for run in runs:
            pipeline.execute_command(*_command(run))
        told = await pipeline.execute(raise_on_error=False)
        replies = [
            each for run, reply in zip(runs, told, strict=False) for each in _shares(run, reply)
        ]
        if len(replies) != len(batch):
            raise Unavailable
        return replies

    def _deliver(self, batch: list[_Asked], replies: list[Any]) -> None:
        self._is_connected = True
        if self._breaker.succeeded():
            self._log.info("redis_back")
        for asked, reply in zip(batch, replies, strict=True):
            if isinstance(reply, Exception):
                self._refused(reply)
                _give_up([asked])
            elif not asked.reply.done():
                asked.reply.set_result(reply)

    def _failed(self, error: Exception) -> None:
        self._is_connected = False
        if self._breaker.failed():
            # Not its words: they hold the address.
            self._log.warning("redis_unavailable", error=type(error).__name__)

    def _refused(self, error: Exception) -> None:
        if self._clock() >= self._tell_refusal_at:
            self._tell_refusal_at = self._clock() + REFUSAL_EVERY_S
            self._log.warning("redis_refuses", error=type(error).__name__)


def _runs(batch: list[_Asked]) -> list[list[_Asked]]:
    """*batch* in its order, the GETs that follow one another together."""
    runs: list[list[_Asked]] = []
    for is_get, grouped in groupby(batch, lambda asked: asked.command[0] == "GET"):
        run = list(grouped)
        runs += [run] if is_get else [[asked] for asked in run]
    return runs


def _command(run: list[_Asked]) -> tuple[Argument, ...]:
    """That of *run*: several GETs are one MGET."""
    return run[0].command if len(run) == 1 else ("MGET", *(asked.command[1] for asked in run))


def _shares(run: list[_Asked], reply: Any) -> list[Any]:
    """The replies to each of *run*; a refusal is everybody's."""
    is_shared = len(run) > 1 and isinstance(reply, list)
    return reply if is_shared else [reply] * len(run)


def _is_held_up(error: Exception, due_at: float) -> bool:
    is_late = asyncio.get_running_loop().time() > due_at + HELD_UP_S
    return is_late and isinstance(error, TimeoutError)


def _give_up(batch: list[_Asked]) -> None:
    for asked in batch:
        if not asked.reply.done():
            asked.reply.set_exception(Unavailable())
            # Nobody need be waiting for it: then asyncio would log that it was never retrieved.
            asked.reply.exception()
