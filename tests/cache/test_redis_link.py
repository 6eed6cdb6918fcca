import asyncio
import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

from preview_service.cache import redis_link
from preview_service.cache.breaker import Unavailable
from preview_service.cache.redis_link import RedisLink

NewLink = Callable[..., RedisLink]


async def test_what_is_asked_together_goes_together(redis_server: Any, new_link: NewLink) -> None:
    link = new_link(redis_server.url)
    await link.run("SET", "n", 0)
    with redis_server.admin as admin:
        before = admin.info("stats")["total_reads_processed"]
        replies = await asyncio.gather(*(link.run("INCR", "n") for _ in range(256)))
        after = admin.info("stats")["total_reads_processed"]
    assert replies == list(range(1, 257))
    assert after - before < 20


async def test_gets_in_a_row_are_one_command(redis_server: Any, new_link: NewLink) -> None:
    link = new_link(redis_server.url)
    asked = [("SET", "a", "1"), ("GET", "a"), ("GET", "none"), ("SET", "a", "2"), ("GET", "a")]
    with redis_server.admin as admin:
        await link.run("PING")
        before = admin.info("commandstats")
        assert await link.run_all(*asked) == [True, b"1", None, True, b"2"]
        after = admin.info("commandstats")

    def calls(command: str) -> int:
        return int(
            after.get(f"cmdstat_{command}", {}).get("calls", 0)
            - before.get(f"cmdstat_{command}", {}).get("calls", 0)
        )

    assert (calls("mget"), calls("get"), calls("set")) == (1, 1, 2)


async def test_a_command_that_is_refused_is_refused_alone(
    redis_server: Any, new_link: NewLink
) -> None:
    link = new_link(redis_server.url)
    replies = await asyncio.gather(
        link.run("SET", "n", "text"),
        link.run("INCR", "n"),
        link.run("NO-SUCH-COMMAND"),
        link.run("GET", "n"),
        return_exceptions=True,
    )
    assert [type(reply).__name__ for reply in replies] == [
        "bool",
        "Unavailable",
        "Unavailable",
        "bytes",
    ]
    assert not link.is_down


async def test_what_is_told_is_carried_out_in_its_turn(
    redis_server: Any, new_link: NewLink
) -> None:
    link = new_link(redis_server.url)
    link.tell("SET", "key", "first")
    link.tell("NO-SUCH-COMMAND")
    link.tell("APPEND", "key", " then")
    assert await link.run("GET", "key") == b"first then"


async def test_more_than_may_wait_is_refused(
    redis_server: Any, new_link: NewLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_link, "MAX_WAITING", 10)
    link = new_link(redis_server.url)
    asked = (link.run("PING") for _ in range(15))
    replies = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(reply, Unavailable) for reply in replies] == [False] * 10 + [True] * 5


async def test_commands_that_go_together_come_back_together_or_not_at_all(
    own_redis: Any, new_link: NewLink, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    link = new_link(own_redis.url)
    assert await link.run_all(("SET", "key", "x"), ("GET", "key"), ("GET", "none")) == [
        True,
        b"x",
        None,
    ]
    monkeypatch.setattr(redis_link, "MAX_WAITING", 2)
    with pytest.raises(Unavailable):
        await link.run_all(*[("PING",)] * 3)
    own_redis.kill()
    for _ in range(3):  # the last, or those before, with an open breaker
        with pytest.raises(Unavailable):
            await link.run_all(("PING",), ("PING",))
    await link.close()
    del link
    gc.collect()
    assert not caplog.records  # such as "Future exception was never retrieved"


async def test_one_who_leaves_takes_no_answer_with_him(
    redis_server: Any, new_link: NewLink
) -> None:
    link = new_link(redis_server.url)
    for turns in range(12):
        await link.run("SET", "n", 0)
        leaving = asyncio.create_task(link.run("INCR", "n"))
        staying = asyncio.create_task(link.run("GET", "other"))
        for _ in range(turns):
            await asyncio.sleep(0)
        leaving.cancel()
        assert await staying is None
        assert await link.run("GET", "n") in (b"0", b"1")


async def test_closing_ends_what_waits(own_redis: Any, new_link: NewLink) -> None:
    link = new_link(own_redis.url, timeout_s=0.02)
    await link.run("PING")
    own_redis.pause()
    waiting = [asyncio.create_task(link.run("PING")) for _ in range(5)]
    await asyncio.sleep(0)
    await link.close()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in found)


async def test_keys_are_found_by_their_beginning_and_nothing_in_it_is_a_pattern(
    redis_server: Any, new_link: NewLink
) -> None:
    link = new_link(redis_server.url)
    for key in ("a*b", "a*c", "axb", "a[x]", "a\\*", "a?"):
        await link.run("SET", key, 1)
    for prefix, count in (("a*", 2), ("a[", 1), ("a\\", 1), ("a?", 1), ("a", 6), ("b", 0)):
        assert len({key async for key in link.keys(prefix)}) == count


async def test_a_loop_that_was_held_up_is_not_the_servers_fault(
    redis_server: Any, new_link: NewLink
) -> None:
    link = new_link(redis_server.url, timeout_s=0.01)
    await link.run("PING")
    asking = asyncio.create_task(link.run("PING"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    time.sleep(0.05)  # noqa: ASYNC251 - this is what holds it up
    await asyncio.gather(asking, return_exceptions=True)
    assert not link.is_down
    assert await link.run("PING")
