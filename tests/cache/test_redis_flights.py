import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from preview_service.cache.flights import ALONE
from preview_service.cache.redis_ear import RedisEar
from preview_service.cache.redis_flights import RedisFlights
from preview_service.cache.redis_link import RedisLink
from preview_service.cache.redis_url import client_of

NewLink = Callable[..., RedisLink]


def flights(link: RedisLink) -> RedisFlights:
    # What is not heard is not found out by asking again within a test.
    return RedisFlights(link, RedisEar(link), ask_again_s=60)


@pytest.fixture
def have_tried(until: Any) -> Callable[[Any, int], Awaitable[None]]:
    """Wait for the *times* that a lock was asked for: once to know, and once more when all ears."""

    async def wait(server: Any, times: int) -> None:
        with server.admin as admin:
            await until(lambda: tries(admin) >= times)

    return wait


def tries(admin: Any) -> int:
    return int(admin.info("commandstats").get("cmdstat_set", {}).get("calls", 0))


async def test_who_waits_hears_the_result(
    redis_server: Any, new_link: NewLink, have_tried: Any
) -> None:
    first, second, third = (flights(new_link(redis_server.url)) for _ in range(3))
    turn = await first.take("key", ttl_s=60, wait_s=0)
    waiting = [
        asyncio.create_task(each.take("key", ttl_s=60, wait_s=60))
        for each in (second, second, third)
    ]
    await have_tried(redis_server, 7)
    await first.give("key", turn.token, b"made")
    assert [found.result for found in await asyncio.gather(*waiting)] == [b"made"] * 3
    for each in (first, second, third):
        await each.close()


async def test_a_forged_result_is_no_result(
    redis_server: Any, new_link: NewLink, have_tried: Any
) -> None:
    first, second = (flights(new_link(redis_server.url)) for _ in range(2))
    turn = await first.take("key", ttl_s=60, wait_s=0)
    waiting = asyncio.create_task(second.take("key", ttl_s=60, wait_s=60))
    await have_tried(redis_server, 3)
    with redis_server.admin as admin:
        admin.publish("preview:1:landed:key", b"anything")
    await first.give("key", turn.token, b"made")
    assert (await waiting).result in (b"made", None)
    await second.close()


async def test_without_redis_everyone_is_alone(own_redis: Any, new_link: NewLink) -> None:
    link = new_link(own_redis.url)
    alone = flights(link)
    turn = await alone.take("key", ttl_s=60, wait_s=60)
    own_redis.kill()
    await alone.give("key", turn.token, b"made")
    assert await alone.take("key", ttl_s=60, wait_s=60) == ALONE
    await alone.close()


async def test_a_turn_that_could_not_be_given_back_is_given_later(
    own_redis: Any, new_link: NewLink, until: Any
) -> None:
    link = RedisLink(client_of(own_redis.url))  # with the time-out of a service
    first = RedisFlights(link, RedisEar(link), ask_again_s=0.02)
    turn = await first.take("key", ttl_s=600, wait_s=0)
    assert turn.token
    own_redis.pause()
    await first.give("key", turn.token, b"made")
    own_redis.resume()
    with own_redis.admin as admin:
        await until(lambda: not admin.exists("preview:1:lock:key"))
    await first.close()


async def test_who_waits_when_redis_dies_makes_it_himself(
    own_redis: Any, new_link: NewLink, have_tried: Any
) -> None:
    link = new_link(own_redis.url)
    first = flights(new_link(own_redis.url))
    second = RedisFlights(link, RedisEar(link), ask_again_s=0.02)
    await first.take("key", ttl_s=60, wait_s=0)
    waiting = asyncio.create_task(second.take("key", ttl_s=60, wait_s=60))
    await have_tried(own_redis, 3)
    own_redis.kill()
    assert await waiting == ALONE
    await second.close()


async def test_a_full_redis_leaves_everyone_alone(own_redis: Any, new_link: NewLink) -> None:
    with own_redis.admin as admin:
        admin.config_set("maxmemory", "1")
    alone = flights(new_link(own_redis.url))
    assert await alone.take("key", ttl_s=60, wait_s=60) == ALONE
