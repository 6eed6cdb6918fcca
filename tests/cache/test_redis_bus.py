import asyncio
from collections.abc import Callable
from typing import Any

from structlog.testing import capture_logs

from preview_service.cache.redis_bus import CHANNEL, STREAM, RedisBus
from preview_service.cache.redis_ear import RedisEar
from preview_service.cache.redis_link import RedisLink

NewLink = Callable[..., RedisLink]


class Node:
    """A bus with its ear, and what it hears."""

    def __init__(self, link: RedisLink, look_s: float = 60.0) -> None:
        self.ear = RedisEar(link, again_s=0.001)
        self.bus = RedisBus(link, self.ear, look_s=look_s, again_s=0.001)
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def start(self) -> "Node":
        await self.bus.listen(self.heard.put)
        return self

    async def close(self) -> None:
        await self.bus.close()
        await self.ear.close()


async def test_one_who_was_cut_off_hears_it_later(
    redis_server: Any, new_link: NewLink, until: Any
) -> None:
    node = await Node(new_link(redis_server.url)).start()
    sender = RedisBus(new_link(redis_server.url), node.ear)
    with redis_server.admin as admin:
        await until(lambda: admin.pubsub_numsub(CHANNEL)[0][1])
        admin.client_kill_filter(_type="pubsub")
        assert await sender.send(b"meanwhile")
        assert await node.heard.get() == b"meanwhile"
    await node.close()


async def test_word_that_is_lost_is_made_up_for(redis_server: Any, new_link: NewLink) -> None:
    node = await Node(new_link(redis_server.url), look_s=0.005).start()
    with redis_server.admin as admin:
        admin.xadd(STREAM, {"m": b"and nobody said so"})
    assert await node.heard.get() == b"and nobody said so"
    await node.close()


async def test_a_new_server_is_listened_to(
    own_redis: Any, new_link: NewLink, clock: Any, until: Any
) -> None:
    link = new_link(own_redis.url)
    node = await Node(link).start()
    assert await node.bus.send(b"one")
    assert await node.heard.get() == b"one"
    own_redis.kill()
    assert not await node.bus.send(b"lost")
    own_redis.start()
    clock.now += 60
    assert await node.bus.send(b"two")
    await until(lambda: clock.passes(1) and not node.heard.empty())
    assert await node.heard.get() == b"two"
    await node.close()


async def test_a_node_that_starts_without_a_server_hears_when_there_is_one(
    own_redis: Any, new_link: NewLink, clock: Any, until: Any
) -> None:
    own_redis.kill()
    node = await Node(new_link(own_redis.url)).start()
    own_redis.start()
    with own_redis.admin as admin:
        await until(lambda: admin.pubsub_numsub(CHANNEL)[0][1])
    await until(lambda: clock.passes(60) and node.bus._last is not None)
    assert await node.bus.send(b"hello")
    assert await node.heard.get() == b"hello"
    await node.close()


async def test_a_listener_that_crashes_is_said_and_ends_nothing(
    redis_server: Any, new_link: NewLink
) -> None:
    node = Node(new_link(redis_server.url))

    async def crash(message: bytes) -> None:
        if message == b"bad":
            raise ZeroDivisionError

    await node.bus.listen(crash)
    await node.start()
    with capture_logs() as logs:
        await node.bus.send(b"bad")
        await node.bus.send(b"good")
        assert await node.heard.get() == b"good"
    assert "bus_listener_crashed" in [line["event"] for line in logs]
    await node.close()


async def test_the_stream_stays_short(redis_server: Any, new_link: NewLink) -> None:
    bus = Node(new_link(redis_server.url)).bus
    await asyncio.gather(*(bus.send(b"x") for _ in range(1500)))
    with redis_server.admin as admin:
        assert 1000 <= admin.xlen(STREAM) < 1200
