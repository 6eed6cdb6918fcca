"""What every store keeps, whichever it is."""

from collections.abc import AsyncIterator, Callable

import pytest

from preview_service.cache.memory import MemoryStore
from preview_service.cache.store import MAX_ENTRY_BYTES, Store


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[lambda clock: MemoryStore(1 << 20, clock)], ids=["memory"])
async def store(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Store]:
    make: Callable[[Clock], Store] = request.param
    opened = make(clock)
    yield opened
    await opened.close()


async def test_an_unknown_key_is_a_miss(store: Store) -> None:
    assert await store.get("https://shop.example/") is None


async def test_what_was_set_is_got(store: Store) -> None:
    await store.set("key", b"\x00value\xff", 10)
    assert await store.get("key") == b"\x00value\xff"


async def test_the_last_value_set_wins(store: Store) -> None:
    await store.set("key", b"old", 10)
    await store.set("key", b"new", 10)
    assert await store.get("key") == b"new"


async def test_a_value_is_forgotten_when_its_time_is_up(store: Store, clock: Clock) -> None:
    await store.set("key", b"value", 10)
    clock.now += 9.9
    assert await store.get("key") == b"value"
    clock.now += 0.1
    assert await store.get("key") is None


async def test_setting_again_renews_the_time(store: Store, clock: Clock) -> None:
    await store.set("key", b"value", 10)
    clock.now += 9
    await store.set("key", b"value", 10)
    clock.now += 9
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
