import asyncio

from preview_service.cache.memory import OVERHEAD_BYTES, MemoryStore
from preview_service.cache.store import Choice


async def test_the_least_recently_used_goes_first_when_bytes_run_out() -> None:
    size = len("a") + 1000 + OVERHEAD_BYTES
    store = MemoryStore(3 * size)
    for key in "abc":
        await store.set(key, bytes(1000), 10)
    await store.get("a")
    await store.set("d", bytes(1000), 10)
    assert [key for key in "abcd" if await store.get(key)] == ["a", "c", "d"]


async def test_distinct_keys_without_end_stay_within_the_bytes() -> None:
    store = MemoryStore(64 * 1024)
    for number in range(2000):
        await store.set(f"https://shop.example/{number}", bytes(500), 10)
    kept = [n for n in range(2000) if await store.get(f"https://shop.example/{n}")]
    assert kept == list(range(2000 - len(kept), 2000))
    assert 0 < len(kept) * (500 + OVERHEAD_BYTES) <= 64 * 1024


async def test_a_value_larger_than_the_store_is_not_kept() -> None:
    store = MemoryStore(2000)
    await store.set("key", bytes(5000), 10)
    assert await store.get("key") is None


async def test_repr_says_how_full_it_is() -> None:
    store = MemoryStore(10_000)
    await store.set("key", bytes(297), 10)
    assert repr(store) == f"<MemoryStore 1 entries, {300 + OVERHEAD_BYTES} of 10000 bytes>"


async def test_a_purge_does_not_change_who_goes_first() -> None:
    size = len("a") + 1000 + OVERHEAD_BYTES
    store = MemoryStore(3 * size)
    for key in "abc":
        await store.set(key, bytes(1000), 10)
    await store.get("a")
    await store.purge(Choice(value=lambda value: False))
    await store.set("d", bytes(1000), 10)
    assert [key for key in "abcd" if await store.get(key)] == ["a", "c", "d"]


async def test_a_purge_lets_others_have_their_turn_and_stands_what_they_do() -> None:
    store = MemoryStore(1 << 20)
    for number in range(1000):
        await store.set(f"{number}", b"x", 10)
    purging = asyncio.create_task(store.purge(Choice(value=lambda value: value == b"x")))
    await asyncio.sleep(0)
    await store.delete("999")
    await store.set("new", b"x", 10)
    assert await purging == 999
    assert await store.get("new") == b"x"
