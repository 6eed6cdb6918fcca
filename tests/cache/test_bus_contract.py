"""What every bus carries, whichever it is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from preview_service.cache.bus import Bus, LocalBus
from preview_service.cache.redis_bus import RedisBus
from preview_service.cache.redis_ear import RedisEar
from preview_service.cache.sqlite_bus import SqliteBus

NewBus = Callable[[], Bus]


@pytest.fixture(params=["sqlite", "redis", "redis-cluster", "local"])
def open_bus(request: pytest.FixtureRequest) -> Callable[[], list[Any]]:
    """What makes up the bus of one more node, the bus last; of those that share nothing is one."""
    get, kind = request.getfixturevalue, request.param
    if kind == "local":
        local = LocalBus()
        return lambda: [local]
    if kind == "sqlite":
        new_file, path = get("new_file"), get("tmp_path") / "cache.db"
        return lambda: [SqliteBus(new_file(path), look_s=0.001)]
    new_link = get("new_link")
    server = get("redis_server" if kind == "redis" else "redis_cluster")
    scheme = "redis" if kind == "redis" else "redis+cluster"

    def make() -> list[Any]:
        link = new_link(f"{scheme}://127.0.0.1:{server.port}")
        ear = RedisEar(link, again_s=0.001)
        return [ear, RedisBus(link, ear, again_s=0.001)]

    return make


@pytest.fixture
async def new_bus(open_bus: Callable[[], list[Any]]) -> AsyncIterator[NewBus]:
    parts: list[Any] = []

    def make() -> Bus:
        parts.extend(open_bus())
        bus: Bus = parts[-1]
        return bus

    yield make
    for part in reversed(parts):
        await part.close()


class Listening:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def __call__(self, message: bytes) -> None:
        self.queue.put_nowait(message)

    async def hears(self, count: int) -> list[bytes]:
        return [await self.queue.get() for _ in range(count)]


async def test_all_hear_all_in_order_and_the_sender_too(new_bus: NewBus) -> None:
    first, second = new_bus(), new_bus()
    here, there = Listening(), Listening()
    await first.listen(here)
    await second.listen(there)
    messages = [b"%d" % number for number in range(250)]
    for message in messages:
        assert await first.send(message)
    assert await here.hears(250) == messages
    assert await there.hears(250) == messages


async def test_what_was_sent_before_is_not_heard(new_bus: NewBus) -> None:
    first, second = new_bus(), new_bus()
    assert await first.send(b"before")
    listening = Listening()
    await second.listen(listening)
    assert await first.send(b"after")
    assert await listening.hears(1) == [b"after"]


async def test_two_may_listen_in_one_place(new_bus: NewBus) -> None:
    bus, one, two = new_bus(), Listening(), Listening()
    await bus.listen(one)
    await bus.listen(two)
    await bus.send(b"\x00\xff")
    assert (await one.hears(1), await two.hears(1)) == ([b"\x00\xff"], [b"\x00\xff"])


async def test_closing_an_unused_one_is_no_error(new_bus: NewBus) -> None:
    await new_bus().close()
