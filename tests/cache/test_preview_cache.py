import asyncio
from collections.abc import Awaitable, Callable

import pytest

from preview_service.cache.memory import MemoryStore
from preview_service.cache.preview_cache import Found, PreviewCache
from preview_service.model import Preview, Reason, Status
from preview_service.outcome import Outcome

GOOD = Outcome(
    status=Status.COMPLETE,
    preview=Preview(url="https://shop.example/", host="shop.example", title="Überschrift 🥾"),
)
SLOW = Outcome(status=Status.UNAVAILABLE, reason=Reason.TIMEOUT)


class Clock:
    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


class Origin:
    """Makes outcomes, counts how often, and can be held back."""

    def __init__(self, outcome: Outcome = GOOD) -> None:
        self.outcome = outcome
        self.made = 0
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self) -> Outcome:
        self.made += 1
        await self.open.wait()
        return self.outcome


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(1 << 20)


@pytest.fixture
def cache(store: MemoryStore, clock: Clock) -> PreviewCache:
    return PreviewCache(store, fresh_s=100, clock=clock, spread=lambda: 0.0)


async def ask(
    cache: PreviewCache, make: Callable[[], Awaitable[Outcome]], wait_s: float = 5
) -> Found:
    found = await cache.get_or_make("key", make, wait_s=wait_s)
    assert found is not None
    return found


async def test_the_first_to_ask_makes_the_second_hits(cache: PreviewCache) -> None:
    origin = Origin()
    first = await ask(cache, origin)
    second = await ask(cache, origin)
    assert (first.is_hit, second.is_hit, origin.made) == (False, True, 1)
    assert second.entry == first.entry
    assert second.entry.outcome == GOOD


async def test_what_is_no_longer_fresh_is_made_again(cache: PreviewCache, clock: Clock) -> None:
    origin = Origin()
    await ask(cache, origin)
    clock.now += 100
    assert not (await ask(cache, origin)).is_hit
    assert origin.made == 2


async def test_a_failure_is_kept_for_its_own_time(cache: PreviewCache, clock: Clock) -> None:
    origin = Origin(SLOW)
    await ask(cache, origin)
    clock.now += 29
    assert (await ask(cache, origin)).is_hit
    clock.now += 1
    again = await ask(cache, origin)
    assert (again.is_hit, again.entry.failures) == (False, 2)
    assert again.entry.fresh_until - again.entry.stored_at == 60


async def test_all_who_ask_at_once_share_one_making(cache: PreviewCache) -> None:
    origin = Origin()
    origin.open.clear()
    asking = [asyncio.create_task(ask(cache, origin)) for _ in range(200)]
    await asyncio.sleep(0)
    origin.open.set()
    found = await asyncio.gather(*asking)
    assert origin.made == 1
    assert all(one.entry.outcome == GOOD for one in found)


async def test_a_caller_out_of_time_gets_nothing_and_the_work_goes_on(cache: PreviewCache) -> None:
    origin = Origin()
    origin.open.clear()
    assert await cache.get_or_make("key", origin, wait_s=0) is None
    origin.open.set()
    await cache.settle()
    assert (await ask(cache, origin)).is_hit
    assert origin.made == 1


async def test_a_caller_who_leaves_takes_nobody_with_him(cache: PreviewCache) -> None:
    origin = Origin()
    origin.open.clear()
    leader = asyncio.create_task(ask(cache, origin))
    follower = asyncio.create_task(ask(cache, origin))
    await asyncio.sleep(0)
    leader.cancel()
    await asyncio.gather(leader, return_exceptions=True)
    origin.open.set()
    assert (await follower).entry.outcome == GOOD
    assert origin.made == 1


async def test_keys_fly_apart(cache: PreviewCache) -> None:
    origin = Origin()
    await cache.get_or_make("a", origin, wait_s=5)
    await cache.get_or_make("b", origin, wait_s=5)
    assert origin.made == 2


@pytest.mark.parametrize(
    "kept", [b"", b"\xc1", b"\x80", b'{"outcome":1}', b"\x93\x01\x02", b"\x81\xa1\xff\x01"]
)
async def test_an_unknown_or_damaged_value_is_a_miss(
    cache: PreviewCache, store: MemoryStore, kept: bytes
) -> None:
    await store.set("key", kept, 100)
    assert not (await ask(cache, Origin())).is_hit


async def test_a_making_that_raises_reaches_all_who_wait_and_is_not_kept(
    cache: PreviewCache,
) -> None:
    async def broken() -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(cache, broken)
    assert (await ask(cache, Origin())).entry.outcome == GOOD


async def test_closing_gives_up_what_is_in_flight(cache: PreviewCache) -> None:
    origin = Origin()
    origin.open.clear()
    asking = asyncio.create_task(cache.get_or_make("key", origin, wait_s=5))
    await asyncio.sleep(0)
    await cache.close()
    assert repr(cache).startswith("<PreviewCache 0 in flight")
    with pytest.raises(asyncio.CancelledError):
        await asking
