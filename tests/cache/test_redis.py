"""A Redis that is killed, paused, full or answers garbage costs misses, and nothing else."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from preview_service.cache.redis import RedisStore
from preview_service.cache.redis_link import RedisLink
from preview_service.cache.store import MAX_PICTURE_BYTES, Choice

NewLink = Callable[..., RedisLink]

SHORT_S = 0.05


async def misses(store: RedisStore) -> None:
    """Everything there is to ask."""
    assert await store.get("key") is None
    assert await store.latest("key") is None
    assert await store.get_all("key", "other") == [None, None]
    await store.set("key", b"value", 10)
    await store.delete("key")
    assert await store.purge(Choice(value=lambda value: True)) == 0


async def test_a_killed_server_is_a_miss_and_a_new_one_is_found(
    own_redis: Any, new_link: NewLink, clock: Any
) -> None:
    link = new_link(own_redis.url)
    store = RedisStore(link)
    await store.set("key", b"value", 100)
    own_redis.kill()
    with capture_logs() as logs:
        for _ in range(20):
            await misses(store)
    assert [line["event"] for line in logs] == ["redis_unavailable"]
    own_redis.start()
    with capture_logs() as logs:
        clock.now += 1
        await store.set("key", b"new", 100)
        assert await store.get("key") == b"new"
    assert [line["event"] for line in logs] == ["redis_back"]


async def test_a_paused_server_is_waited_for_once(
    own_redis: Any, new_link: NewLink, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = new_link(own_redis.url, timeout_s=SHORT_S)
    store = RedisStore(link)
    await store.set("a", b"of a", 100)
    await store.set("b", b"of b", 100)
    exchange, tries = RedisLink._exchange, []

    async def count(self: RedisLink, batch: list[Any]) -> list[Any]:
        tries.append(len(batch))
        return await exchange(self, batch)

    monkeypatch.setattr(RedisLink, "_exchange", count)
    own_redis.pause()
    found = await asyncio.gather(*(store.get("a") for _ in range(300)))
    assert found == [None] * 300
    for _ in range(100):
        await misses(store)
    assert len(tries) == 1
    clock.now += 1
    await misses(store)
    assert len(tries) == 2
    own_redis.resume()
    clock.now += 10
    # The answer to the question of before comes late; it is not the answer to this one.
    assert await store.get("b") == b"of b"
    assert await store.get("a") == b"of a"


async def test_a_full_server_refuses_what_is_new_and_serves_what_is_there(
    own_redis: Any, new_link: NewLink, clock: Any
) -> None:
    link = new_link(own_redis.url)
    store = RedisStore(link)
    await store.set("old", b"value", 100)
    with own_redis.admin as admin:
        admin.config_set("maxmemory-policy", "noeviction")
        admin.config_set("maxmemory", "1")
    with capture_logs() as logs:
        for number in range(20):
            await store.set(f"{number}", b"value", 100)
            assert await store.get(f"{number}") is None
            assert await store.get("old") == b"value"
    assert [(line["event"], line["error"]) for line in logs] == [
        ("redis_refuses", "OutOfMemoryError")
    ]
    assert not link.is_down
    assert await store.purge(Choice()) == 1


@asynccontextmanager
async def answering(
    script: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    tasks = set()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await script(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(run, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


GARBAGE = {
    "http": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "noise": bytes(range(256)) * 20,
    "zeros": bytes(5000),
    "a number": b":7\r\n",
    "a text": b"+OK\r\n",
    "a value of another": b"$5\r\nhello\r\n",
    "a list": b"*2\r\n$1\r\na\r\n$1\r\nb\r\n",
    "a list too short": b"*1\r\n$1\r\na\r\n",
    "an endless value": b"$2000000000\r\n" + bytes(70_000),
    "a negative length": b"$-9\r\n",
    "a deep list": b"*1\r\n" * 2000,
    "an error": b"-WRONGPASS invalid username-password pair\r\n",
    "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
    "moved": b"-MOVED 3999 203.0.113.1:6381\r\n",
    "more than asked for": b"+OK\r\n" * 50,
    "no utf-8": b"-\xff\xfe\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("ends", [True, False], ids=["closes", "stays"])
async def test_garbage_is_a_miss(
    garbage: str, ends: bool, new_link: NewLink, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(GARBAGE[garbage])
            await writer.drain()
            if ends:
                return

    async with answering(script) as url:
        link = new_link(url, timeout_s=0.02)
        store = RedisStore(link)
        for _ in range(3):
            await misses(store)
            clock.now += 20
        await link.close()
    del link, store
    gc.collect()
    assert not caplog.records  # such as "Task exception was never retrieved"


async def test_a_server_that_closes_at_once_is_a_miss(new_link: NewLink, clock: Any) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pass

    async with answering(script) as url:
        store = RedisStore(new_link(url, timeout_s=SHORT_S))
        for _ in range(3):
            await misses(store)
            clock.now += 20


async def test_pictures_and_previews_do_not_mix(redis_server: Any, new_link: NewLink) -> None:
    link = new_link(redis_server.url)
    previews = RedisStore(link)
    pictures = RedisStore(link, "pictures", max_entry_bytes=MAX_PICTURE_BYTES)
    await previews.set("key", b"preview", 10)
    await pictures.set("key", b"picture", 10)
    assert await previews.get("key") == b"preview"
    assert await pictures.purge(Choice()) == 1
    assert await previews.get("key") == b"preview"


async def test_a_purge_that_is_broken_off_says_what_it_did(
    own_redis: Any, new_link: NewLink, clock: Any
) -> None:
    store = RedisStore(new_link(own_redis.url))
    await asyncio.gather(*(store.set(f"{n}", b"x", 100) for n in range(500)))
    seen: list[str] = []

    def look(key: str) -> bool:
        seen.append(key)
        if len(seen) == 200:
            own_redis.kill()
        return True

    assert 0 < await store.purge(Choice(key=look)) < 500


async def test_repr_tells_whether_it_is_there(own_redis: Any, new_link: NewLink) -> None:
    store = RedisStore(new_link(own_redis.url))
    assert repr(store) == "<RedisStore preview:1:previews: up>"
    own_redis.kill()
    await store.get("key")
    assert repr(store) == "<RedisStore preview:1:previews: down>"
