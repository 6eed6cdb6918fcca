from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from preview_service.cache.bus import LocalBus
from preview_service.cache.entry import Entry
from preview_service.cache.key import beside
from preview_service.cache.memory import MemoryStore
from preview_service.cache.purge import Purge, Purger
from preview_service.cache.redis import RedisStore
from preview_service.cache.redis_bus import RedisBus
from preview_service.cache.redis_ear import RedisEar
from preview_service.cache.redis_link import RedisLink
from preview_service.cache.tiered import TieredStore
from preview_service.model import Preview, Reason, Status, Verdict
from preview_service.outcome import Outcome

KEYS = (
    "https://shop.example/p/4",
    "https://shop.example/p/4#de",
    "https://shop.example/p/42",
    "http://shop.example:8080/p/4",
    "https://notshop.example/p/4",
    "https://a.shop.example/p/4",
    "https://[2001:db8::1]/p/4",
    "not a url://[",
)


def entry(verdict: Verdict | None) -> bytes:
    preview = Preview(url="u", host="h", verdict=verdict) if verdict else None
    outcome = Outcome(status=Status.COMPLETE, preview=preview, reason=Reason.DNS)
    return msgspec.msgpack.encode(Entry(outcome=outcome, stored_at=1, fresh_until=2))


@pytest.mark.parametrize(
    ("purge", "chosen"),
    [
        (Purge(), range(8)),
        (Purge(url="https://shop.example/p/4"), (0, 1)),
        (Purge(prefix="https://shop.example/p/"), (0, 1, 2)),
        (Purge(prefix="https://shop.example/p/4?"), ()),
        (Purge(host="shop.example"), (0, 1, 2, 3)),
        (Purge(host="2001:db8::1"), (6,)),
        (Purge(host="shop.example", prefix="http://"), (3,)),
        (Purge(host="nobody.example"), ()),
    ],
)
def test_keys_are_chosen_by_url_host_and_prefix(purge: Purge, chosen: Any) -> None:
    choice = purge.choice()
    assert [n for n, key in enumerate(KEYS) if choice.has_key(key)] == list(chosen)
    besides = [beside(key, "name") for key in KEYS]
    assert [n for n, key in enumerate(besides) if choice.has_key(key)] == list(chosen)


@pytest.mark.parametrize("verdict", [*Verdict, None])
def test_values_are_chosen_by_verdict(verdict: Verdict | None) -> None:
    for sought in Verdict:
        assert Purge(verdict=sought).choice().has_value(entry(verdict)) == (sought == verdict)


@pytest.mark.parametrize("value", [b"", b"\xc1", b"\x80", b"\x81\xa1\xff\x01"])
def test_what_nobody_understands_is_chosen_by_any_verdict(value: bytes) -> None:
    assert Purge(verdict=Verdict.OK).choice().has_value(value)


def test_values_are_read_for_a_verdict_only() -> None:
    assert Purge(host="shop.example").choice().value is None
    assert Purge(verdict=Verdict.OK).choice().key is None


class Node:
    def __init__(self, link: RedisLink) -> None:
        ear = RedisEar(link)
        self.near = MemoryStore(1 << 20)
        self.store = TieredStore(self.near, RedisStore(link))
        self.bus = RedisBus(link, ear)
        self.purger = Purger(self.store, self.near, self.bus)
        self._ear = ear

    async def close(self) -> None:
        await self.bus.close()
        await self._ear.close()


@pytest.fixture
async def nodes(
    redis_server: Any, new_link: Callable[..., RedisLink]
) -> AsyncIterator[tuple[Node, ...]]:
    made = tuple(Node(new_link(redis_server.url)) for _ in range(3))
    for node in made:
        await node.purger.start()
    yield made
    for node in made:
        await node.close()


async def test_a_purge_on_one_node_forgets_in_every_nodes_memory(
    nodes: tuple[Node, ...], until: Any
) -> None:
    first, *others = nodes
    for key in KEYS:
        await first.store.set(key, entry(Verdict.OK), 100)
    await first.store.set("https://shop.example/wall", entry(Verdict.CHALLENGE), 100)
    for node in others:
        for key in (*KEYS, "https://shop.example/wall"):
            assert await node.store.get(key)
    purge = Purge(host="shop.example", verdict=Verdict.CHALLENGE)
    assert await first.purger.purge(purge) == (1, True)
    await until(lambda: all(repr(node.near).startswith("<MemoryStore 8 ") for node in nodes))
    assert await first.purger.purge(Purge(host="shop.example")) == (4, True)
    await until(lambda: all(repr(node.near).startswith("<MemoryStore 4 ") for node in nodes))
    for node in nodes:
        assert [bool(await node.store.get(key)) for key in KEYS] == [False] * 4 + [True] * 4


async def test_alone_there_is_nobody_to_tell() -> None:
    store = MemoryStore(1 << 20)
    purger = Purger(store, store, LocalBus())
    await purger.start()
    await store.set("https://a.example/", b"x", 10)
    assert await purger.purge(Purge(url="https://a.example/")) == (1, True)


async def test_a_message_nobody_understands_forgets_everything() -> None:
    store, bus = MemoryStore(1 << 20), LocalBus()
    await Purger(store, store, bus).start()
    await store.set("https://a.example/", b"x", 10)
    with capture_logs() as logs:
        await bus.send(b"\xc1")
    assert [line["event"] for line in logs] == ["purge_not_understood"]
    assert await store.get("https://a.example/") is None


async def test_who_watches_is_told_of_purges_here_and_elsewhere() -> None:
    bus = LocalBus()
    told: list[str] = []
    for name in "ab":
        store = MemoryStore(1 << 20)
        purger = Purger(store, store, bus)
        purger.watch(lambda choice, name=name: told.append(name + choice.prefix))  # type: ignore[misc]
        await purger.start()
    await purger.purge(Purge(url="https://a.example/"))
    assert set(told) == {"ahttps://a.example/", "bhttps://a.example/"}
