"""Whose turn it is, among nodes that share a server, or processes that share a file."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from preview_service.cache.flights import ALONE, Flights, LocalFlights, Turn
from preview_service.cache.memory import MemoryStore
from preview_service.cache.redis import RedisStore
from preview_service.cache.redis_ear import RedisEar
from preview_service.cache.redis_flights import RedisFlights
from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.sqlite_flights import SqliteFlights
from preview_service.cache.store import Store
from preview_service.cache.tiered import TieredStore

LONG_S = 10.0
"""As long as it takes: what is waited for comes at once."""


class Nodes:
    """Makes the flights of one node after the other, and its store; makes time pass for turns."""

    def __init__(self, make: Callable[[], tuple[Flights, Store]], pass_time: Any) -> None:
        self._make = make
        self._made: list[Flights] = []
        self.pass_time = pass_time

    def flights(self) -> Flights:
        return self.both()[0]

    def both(self) -> tuple[Flights, Store]:
        flights, store = self._make()
        self._made.append(flights)
        return flights, TieredStore(MemoryStore(1 << 20), store)

    async def close(self) -> None:
        for flights in self._made:
            await flights.close()


@pytest.fixture(params=["sqlite", "redis", "redis-cluster"])
def open_nodes(request: pytest.FixtureRequest) -> Nodes:
    kind = request.param
    clock = request.getfixturevalue("clock")
    if kind == "sqlite":
        path = request.getfixturevalue("tmp_path") / "cache.db"
        new_file = request.getfixturevalue("new_file")

        def make() -> tuple[Flights, Store]:
            file = new_file(path)
            return SqliteFlights(file, clock, look_s=0.001), SqliteStore(file, 1 << 24, clock)

        def pass_time(seconds: float) -> None:
            clock.now += seconds

        return Nodes(make, pass_time)
    server = request.getfixturevalue("redis_server" if kind == "redis" else "redis_cluster")
    scheme = "redis" if kind == "redis" else "redis+cluster"
    new_link = request.getfixturevalue("new_link")

    def make_for_redis() -> tuple[Flights, Store]:
        link = new_link(f"{scheme}://127.0.0.1:{server.port}")
        return RedisFlights(link, RedisEar(link), ask_again_s=0.02), RedisStore(link)

    return Nodes(make_for_redis, server.pass_time)


@pytest.fixture
async def nodes(open_nodes: Nodes) -> AsyncIterator[Nodes]:
    yield open_nodes
    await open_nodes.close()


async def test_the_turn_is_one_nodes_only(nodes: Nodes) -> None:
    first, second = nodes.flights(), nodes.flights()
    turn = await first.take("key", ttl_s=60, wait_s=0)
    assert turn.is_mine
    assert turn.token
    assert await second.take("key", ttl_s=60, wait_s=0) == Turn()
    assert (await second.take("other", ttl_s=60, wait_s=0)).is_mine


async def test_a_turn_that_is_given_back_is_anothers(nodes: Nodes) -> None:
    first, second = nodes.flights(), nodes.flights()
    turn = await first.take("key", ttl_s=60, wait_s=0)
    await first.give("key", turn.token)
    assert (await second.take("key", ttl_s=60, wait_s=0)).is_mine


async def test_whoever_waits_is_told_or_has_the_next_turn(nodes: Nodes) -> None:
    first, second = nodes.flights(), nodes.flights()
    turn = await first.take("key", ttl_s=60, wait_s=0)
    waiting = asyncio.create_task(second.take("key", ttl_s=60, wait_s=LONG_S))
    # Until the second has asked and is all ears.
    for _ in range(200):
        await asyncio.sleep(0.0005)
    await first.give("key", turn.token, b"made")
    found = await waiting
    assert found.is_mine or found.result == b"made"


async def test_without_a_result_one_of_those_who_wait_has_the_turn(nodes: Nodes) -> None:
    first = nodes.flights()
    turn = await first.take("key", ttl_s=60, wait_s=0)
    waiting = [
        asyncio.create_task(nodes.flights().take("key", ttl_s=60, wait_s=0.3)) for _ in range(3)
    ]
    await asyncio.sleep(0.01)
    await first.give("key", turn.token)
    found = await asyncio.gather(*waiting)
    assert [each.is_mine for each in found].count(True) == 1


async def test_the_time_to_wait_is_kept(nodes: Nodes) -> None:
    first, second = nodes.flights(), nodes.flights()
    await first.take("key", ttl_s=60, wait_s=0)
    assert await second.take("key", ttl_s=60, wait_s=0.01) == Turn()


async def test_a_strange_token_ends_nobodys_turn(nodes: Nodes) -> None:
    first, second = nodes.flights(), nodes.flights()
    await first.take("key", ttl_s=60, wait_s=0)
    for token in ("", "no-token"):
        await second.give("key", token)
    assert await second.take("key", ttl_s=60, wait_s=0) == Turn()


async def test_an_outlived_token_ends_nobodys_turn(nodes: Nodes) -> None:
    first, second, third = nodes.flights(), nodes.flights(), nodes.flights()
    late = await first.take("key", ttl_s=60, wait_s=0)
    nodes.pass_time(61)
    assert (await second.take("key", ttl_s=60, wait_s=0)).is_mine
    await first.give("key", late.token, b"late")
    assert await third.take("key", ttl_s=60, wait_s=0) == Turn()


async def test_the_turn_of_one_who_died_is_taken_over(nodes: Nodes) -> None:
    first, second = nodes.flights(), nodes.flights()
    await first.take("key", ttl_s=60, wait_s=0)
    waiting = asyncio.create_task(second.take("key", ttl_s=60, wait_s=LONG_S))
    await asyncio.sleep(0.01)
    nodes.pass_time(61)
    assert (await waiting).is_mine


async def test_one_who_leaves_while_he_asks_holds_nobody_up(nodes: Nodes) -> None:
    first, second = nodes.flights(), nodes.flights()
    for turns in range(25):
        leaving = asyncio.create_task(first.take("key", ttl_s=600, wait_s=LONG_S))
        for _ in range(turns):
            await asyncio.sleep(0)
        was_done = leaving.done()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        if was_done:
            await first.give("key", leaving.result().token)
        turn = await second.take("key", ttl_s=600, wait_s=LONG_S)
        assert turn.is_mine
        await second.give("key", turn.token)


async def test_one_who_leaves_while_he_waits_holds_nobody_up(nodes: Nodes) -> None:
    first, second, third = nodes.flights(), nodes.flights(), nodes.flights()
    turn = await first.take("key", ttl_s=600, wait_s=0)
    for turns in (0, 1, 3, 10, 30, 100):
        leaving = asyncio.create_task(second.take("key", ttl_s=600, wait_s=LONG_S))
        for _ in range(turns):
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    await first.give("key", turn.token, b"made")
    assert (await third.take("key", ttl_s=600, wait_s=LONG_S)).is_mine


async def get_or_make(flights: Flights, store: Store, make: Callable[[], Any]) -> bytes | None:
    """As the cache of previews uses both, in short."""
    turn = await flights.take("key", ttl_s=60, wait_s=LONG_S)
    if not turn.is_mine:
        return turn.result
    made = None
    try:
        made = await store.latest("key")
        if made is None:
            made = await make()
            await store.set("key", made, 60)
    finally:
        await flights.give("key", turn.token, made)
    return made


async def test_of_many_nodes_with_many_callers_one_makes_it(nodes: Nodes) -> None:
    made: list[int] = []

    async def make() -> bytes:
        made.append(1)
        await asyncio.sleep(0.02)
        return b"made"

    places = [nodes.both() for _ in range(3)]
    found = await asyncio.gather(
        *(get_or_make(flights, store, make) for flights, store in places for _ in range(66))
    )
    assert found == [b"made"] * 198
    assert made == [1]


async def test_whoever_shares_nothing_makes_it_himself() -> None:
    flights = LocalFlights()
    assert await flights.take("key", ttl_s=60, wait_s=0) == ALONE
    await flights.give("key", ALONE.token, b"made")
    assert await flights.take("key", ttl_s=60, wait_s=0) == ALONE
    await flights.close()
