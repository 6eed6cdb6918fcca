import pytest

from preview_service.cache.memory import MemoryStore
from preview_service.cache.store import Choice
from preview_service.cache.tiered import TieredStore


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Behind(MemoryStore):
    """Counts what it is asked."""

    asked = 0

    async def get(self, key: str) -> bytes | None:
        self.asked += 1
        return await super().get(key)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def near(clock: Clock) -> MemoryStore:
    return MemoryStore(1 << 20, clock)


@pytest.fixture
def behind(clock: Clock) -> Behind:
    return Behind(1 << 20, clock)


@pytest.fixture
def store(near: MemoryStore, behind: Behind) -> TieredStore:
    return TieredStore(near, behind, promoted_s=60)


async def test_what_is_in_front_is_not_asked_behind(store: TieredStore, behind: Behind) -> None:
    await store.set("key", b"value", 10)
    assert await store.get("key") == b"value"
    assert behind.asked == 0


async def test_what_is_only_behind_is_kept_in_front_for_a_while(
    store: TieredStore, behind: Behind, clock: Clock
) -> None:
    await behind.set("key", b"value", 1000)
    assert [await store.get("key") for _ in range(3)] == [b"value"] * 3
    assert behind.asked == 1
    clock.now = 60
    assert await store.get("key") == b"value"
    assert behind.asked == 2


async def test_the_latest_is_what_another_set_behind(store: TieredStore, behind: Behind) -> None:
    await store.set("key", b"old", 10)
    await behind.set("key", b"new", 10)
    assert await store.get("key") == b"old"
    assert await store.latest("key") == b"new"
    assert await store.get("key") == b"new"


async def test_the_latest_of_what_is_gone_behind_is_nothing(
    store: TieredStore, behind: Behind
) -> None:
    await store.set("key", b"old", 10)
    await behind.delete("key")
    assert await store.latest("key") is None
    assert await store.get("key") == b"old"


async def test_a_purge_counts_what_either_had(
    store: TieredStore, near: MemoryStore, behind: Behind
) -> None:
    await near.set("a", b"x", 10)
    await behind.set("b", b"x", 10)
    await behind.set("c", b"x", 10)
    assert await store.purge(Choice()) == 2
    assert [await store.get(key) for key in "abc"] == [None] * 3


def test_repr_says_what_it_is_made_of(store: TieredStore) -> None:
    assert repr(store).startswith("<TieredStore <MemoryStore")
