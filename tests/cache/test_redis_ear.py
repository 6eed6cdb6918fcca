import asyncio
from collections.abc import Callable
from typing import Any

from preview_service.cache.redis_ear import RedisEar
from preview_service.cache.redis_link import RedisLink

NewLink = Callable[..., RedisLink]


async def test_what_is_said_on_a_channel_is_heard_by_all_who_listen_to_it(
    redis_server: Any, new_link: NewLink
) -> None:
    ear = RedisEar(new_link(redis_server.url))
    with redis_server.admin as admin:
        async with ear.hearing("a") as one, ear.hearing("a") as two, ear.hearing("b") as other:
            admin.publish("a", b"to a")
            admin.publish("b", b"to b")
            assert [await one.get(), await two.get(), await other.get()] == [
                b"to a",
                b"to a",
                b"to b",
            ]
            assert len(admin.client_list(_type="pubsub")) == 1
        # One asks and one answers, in order: the server has heard the goodbye by then.
        async with ear.hearing("c"):
            assert b"a" not in admin.pubsub_channels()
    await ear.close()


async def test_it_listens_again_after_the_connection_was_lost(
    redis_server: Any, new_link: NewLink, until: Any
) -> None:
    ear = RedisEar(new_link(redis_server.url), again_s=0.001)
    connected: list[int] = []
    ear.on_connected(lambda: connected.append(1))
    with redis_server.admin as admin:
        async with ear.hearing("a") as heard:
            admin.client_kill_filter(_type="pubsub")
            await until(lambda: len(connected) == 2 and admin.publish("a", b"again"))
            assert await heard.get() == b"again"
    await ear.close()


async def test_without_a_server_nothing_is_heard_until_there_is_one(
    own_redis: Any, new_link: NewLink, until: Any
) -> None:
    own_redis.kill()
    ear = RedisEar(new_link(own_redis.url), again_s=0.001)
    async with ear.hearing("a") as heard:
        own_redis.start()
        with own_redis.admin as admin:
            await until(lambda: admin.publish("a", b"hello"))
        assert await heard.get() == b"hello"
    await ear.close()


async def test_listeners_that_come_and_go_leave_nothing(
    redis_server: Any, new_link: NewLink
) -> None:
    ear = RedisEar(new_link(redis_server.url))

    async def listen(turns: int) -> None:
        async with ear.hearing("a"):
            for _ in range(turns):
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(listen(turns)) for turns in range(60)]
    for task in tasks[::3]:
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (ear._heard, ear._confirmed) == ({}, {})
    with redis_server.admin as admin:
        async with ear.hearing("a") as heard:
            admin.publish("a", b"still here")
            assert await heard.get() == b"still here"
    await ear.close()
