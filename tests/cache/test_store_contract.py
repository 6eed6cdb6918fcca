"""What every store keeps, whichever it is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from preview_service.cache.key import beside
from preview_service.cache.memory import MemoryStore
from preview_service.cache.redis import PREFIX, RedisStore
from preview_service.cache.sealed import HEAD_BYTES, VERSION
from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.store import (
    MAX_ENTRY_BYTES,
    MAX_PICTURE_BYTES,
    BackStore,
    Choice,
    Store,
)
from preview_service.cache.tiered import TieredStore

MIB = 1 << 20


class Stand:
    """A way to make stores over one memory, file or server, and to make time pass for it."""

    def __init__(
        self, make: Callable[..., Store], age: Callable[[float], None] | None, clock: Any
    ) -> None:
        self.make = make
        self._age = age
        self._clock = clock

    def pass_time(self, seconds: float) -> None:
        self._clock.now += seconds
        if self._age is not None:
            self._age(seconds)


Fixtures = Callable[[str], Any]


def memory(fixture: Fixtures) -> Stand:
    clock = fixture("clock")
    return Stand(lambda **given: MemoryStore(16 * MIB, clock, **given), None, clock)


def sqlite(fixture: Fixtures) -> Stand:
    clock = fixture("clock")
    file = fixture("new_file")(fixture("tmp_path") / "cache.db")
    return Stand(lambda **given: SqliteStore(file, 64 * MIB, clock, **given), None, clock)


def redis(fixture: Fixtures) -> Stand:
    server = fixture("redis_server")
    link = fixture("new_link")(server.url)
    return Stand(lambda **given: RedisStore(link, **given), server.pass_time, fixture("clock"))


def cluster(fixture: Fixtures) -> Stand:
    server = fixture("redis_cluster")
    link = fixture("new_link")(f"redis+cluster://127.0.0.1:{server.port}")
    return Stand(lambda **given: RedisStore(link, **given), server.pass_time, fixture("clock"))


def in_front_of(behind: Callable[[Fixtures], Stand]) -> Callable[[Fixtures], Stand]:
    def tiered(fixture: Fixtures) -> Stand:
        near, back = memory(fixture), behind(fixture)
        make = lambda **given: TieredStore(near.make(**given), back.make(**given))  # noqa: E731
        return Stand(make, back._age, back._clock)

    return tiered


STANDS = {
    "memory": memory,
    "sqlite": sqlite,
    "redis": redis,
    "redis-cluster": cluster,
    "memory-over-sqlite": in_front_of(sqlite),
    "memory-over-redis": in_front_of(redis),
}
LASTING = ("sqlite", "redis", "redis-cluster")


@pytest.fixture(params=LASTING)
def lasting(request: pytest.FixtureRequest) -> Stand:
    return STANDS[request.param](request.getfixturevalue)


@pytest.fixture(params=STANDS)
def stand(request: pytest.FixtureRequest) -> Stand:
    return STANDS[request.param](request.getfixturevalue)


@pytest.fixture
async def store(stand: Stand) -> AsyncIterator[Store]:
    opened = stand.make()
    yield opened
    await opened.close()


async def test_an_unknown_key_is_a_miss(store: Store) -> None:
    assert await store.get("https://shop.example/") is None
    assert await store.latest("https://shop.example/") is None


async def test_what_was_set_is_got(store: Store) -> None:
    await store.set("key", b"\x00value\xff", 10)
    assert await store.get("key") == b"\x00value\xff"
    assert await store.latest("key") == b"\x00value\xff"


async def test_an_empty_value_is_a_value(store: Store) -> None:
    await store.set("key", b"", 10)
    assert await store.get("key") == b""


@pytest.mark.parametrize("key", ["https://shop.example/ü?q=[*]", "a b\nc\x00d", "k" * 2100, "🥾"])
async def test_any_text_is_a_key(store: Store, key: str) -> None:
    await store.set(key, b"value", 10)
    assert await store.get(key) == b"value"
    assert await store.purge(Choice(prefix=key)) == 1


async def test_the_last_value_set_wins(store: Store) -> None:
    await store.set("key", b"old", 10)
    await store.set("key", b"new", 10)
    assert await store.get("key") == b"new"


async def test_a_value_is_forgotten_when_its_time_is_up(store: Store, stand: Stand) -> None:
    await store.set("key", b"value", 100)
    stand.pass_time(90)
    assert await store.get("key") == b"value"
    stand.pass_time(10)
    assert await store.get("key") is None


async def test_setting_again_renews_the_time(store: Store, stand: Stand) -> None:
    await store.set("key", b"value", 100)
    stand.pass_time(90)
    await store.set("key", b"value", 100)
    stand.pass_time(90)
    assert await store.get("key") == b"value"


async def test_a_deleted_key_is_a_miss(store: Store) -> None:
    await store.set("key", b"value", 10)
    await store.delete("key")
    assert await store.get("key") is None


async def test_deleting_an_unknown_key_is_no_error(store: Store) -> None:
    await store.delete("key")


async def test_keys_do_not_mix(store: Store) -> None:
    await store.set("https://a.example/", b"a", 10)
    await store.set("https://a.example/?", b"b", 10)
    assert await store.get("https://a.example/") == b"a"


async def test_the_largest_entry_is_kept(store: Store) -> None:
    value = b"x" * MAX_ENTRY_BYTES
    await store.set("key", value, 10)
    assert await store.get("key") == value


async def test_an_entry_too_large_is_not_kept_and_leaves_no_older_one(store: Store) -> None:
    await store.set("key", b"old", 10)
    await store.set("key", b"x" * (MAX_ENTRY_BYTES + 1), 10)
    assert await store.get("key") is None


async def test_how_large_an_entry_may_be_is_the_stores_own(stand: Stand) -> None:
    store = stand.make(max_entry_bytes=MAX_PICTURE_BYTES)
    picture = bytes(range(256)) * 4096
    await store.set("key", picture, 10)
    assert await store.get("key") == picture
    await store.set("key", picture + b"x", 10)
    assert await store.get("key") is None


async def test_many_at_once_get_their_own(store: Store) -> None:
    values = {f"key-{number}": b"%d" % number * 50 for number in range(500)}
    await asyncio.gather(*(store.set(key, value, 10) for key, value in values.items()))
    found = await asyncio.gather(*map(store.get, values))
    assert found == list(values.values())


async def test_who_leaves_while_he_waits_takes_nobody_with_him(store: Store) -> None:
    await store.set("key", b"value", 10)
    asking = [asyncio.create_task(store.get("key")) for _ in range(20)]
    await asyncio.sleep(0)
    for leaving in asking[::2]:
        leaving.cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert [value for value in found if isinstance(value, bytes)] == [b"value"] * (
        20 if type(store).__name__ in ("MemoryStore", "TieredStore") else 10
    )
    assert await store.get("key") == b"value"


async def filled(store: Store) -> Store:
    for number in range(40):
        await store.set(f"https://a.example/{number}", b"ok" if number % 2 else b"wall", 10)
        await store.set(f"https://b.example/{number}", b"ok", 10)
    return store


async def left(store: Store) -> int:
    keys = [f"https://{host}.example/{number}" for host in "ab" for number in range(40)]
    return len([key for key in keys if await store.get(key) is not None])


@pytest.mark.parametrize(
    ("choice", "gone"),
    [
        (Choice(), 80),
        (Choice(prefix="https://a.example/"), 40),
        (Choice(prefix="https://a.example/1"), 11),
        (Choice(prefix="https://?.example/"), 0),
        (Choice(prefix="https://[a].example/"), 0),
        (Choice(prefix="https://a.example/*"), 0),
        (Choice(key=lambda key: key.endswith("7")), 8),
        (Choice(value=lambda value: value == b"wall"), 20),
        (Choice("https://a", lambda key: "/1" in key, lambda value: value == b"ok"), 6),
        (Choice(prefix="", value=lambda value: False), 0),
    ],
)
async def test_a_purge_forgets_what_is_chosen_and_nothing_else(
    store: Store, choice: Choice, gone: int
) -> None:
    await filled(store)
    assert await store.purge(choice) == gone
    assert await left(store) == 80 - gone


async def test_what_is_beside_an_entry_goes_with_it_uncounted(store: Store) -> None:
    for key in ("https://a.example/", "https://a.example/?x", "https://b.example/"):
        await store.set(key, b"x", 10)
        await store.set(beside(key, "name"), b"y", 10)
    assert await store.purge(Choice(prefix="https://a.example/", value=lambda _: True)) == 2
    assert await store.get(beside("https://a.example/", "name")) is None
    assert await store.get(beside("https://b.example/", "name")) == b"y"


async def test_a_purge_of_more_than_fits_a_step(store: Store) -> None:
    await asyncio.gather(*(store.set(f"a/{number:05}", b"x", 100) for number in range(1301)))
    await store.set("b", b"x", 100)
    assert await store.purge(Choice(prefix="a/", value=lambda value: value == b"x")) == 1301
    assert await store.get("b") == b"x"


async def test_several_keys_are_got_in_one_trip(lasting: Stand) -> None:
    store = cast(BackStore, lasting.make())
    await store.set("a", b"1", 10)
    await store.set("b", b"2", 100)
    assert await store.get_all("b", "none", "a") == [b"2", None, b"1"]
    lasting.pass_time(10)
    assert await store.get_all("a", "b") == [None, b"2"]
    assert await store.get_all() == []


async def test_what_one_keeps_another_gets(lasting: Stand) -> None:
    await lasting.make().set("key", b"value", 10)
    assert await lasting.make().get("key") == b"value"


@pytest.mark.parametrize(
    "damage",
    [
        lambda sealed: sealed[:-1],
        lambda sealed: sealed + b"x",
        lambda sealed: bytes([VERSION + 1]) + sealed[1:],
        lambda sealed: sealed[:HEAD_BYTES] + b"V" + sealed[HEAD_BYTES + 1 :],
        lambda sealed: sealed[: HEAD_BYTES - 1],
        lambda sealed: b"",
    ],
    ids=["cut", "longer", "other version", "changed", "no head", "empty"],
)
async def test_a_damaged_value_is_a_miss(lasting: Stand, damage: Callable[[bytes], bytes]) -> None:
    store: Any = lasting.make()
    await store.set("key", b"value", 10)
    if isinstance(store, SqliteStore):
        await store._file.run(lambda db: change(db, damage), writes=True)
    else:
        sealed = await store._link.run("GET", f"{PREFIX}previews:key")
        await store._link.run("SET", f"{PREFIX}previews:key", damage(sealed))
    assert await store.get("key") is None
    assert await store.purge(Choice(value=lambda value: False)) == 1


def change(db: sqlite3.Connection, damage: Callable[[bytes], bytes]) -> None:
    (sealed,) = db.execute("SELECT value FROM kept").fetchone()
    db.execute("UPDATE kept SET value = ?", (damage(sealed),))


async def test_an_answer_to_another_question_is_a_miss(lasting: Stand) -> None:
    store: Any = lasting.make()
    await store.set("mine", b"value", 10)
    if isinstance(store, SqliteStore):
        rename = "UPDATE kept SET key = 'thine'"
        await store._file.run(lambda db: db.execute(rename), writes=True)
    else:
        sealed = await store._link.run("GET", f"{PREFIX}previews:mine")
        await store._link.run("SET", f"{PREFIX}previews:thine", sealed)
    assert await store.get("thine") is None


async def test_after_closing_there_are_only_misses(store: Store) -> None:
    await store.set("key", b"value", 10)
    await store.close()
    await store.close()


def test_repr_holds_no_secret(stand: Stand) -> None:
    assert repr(stand.make()).startswith("<")
