import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from preview_service.cache.flights import Turn
from preview_service.cache.memory import MemoryStore
from preview_service.cache.preview_cache import Draft, Found, Make, PreviewCache, State
from preview_service.cache.store import Choice
from preview_service.errors import NotModified
from preview_service.model import Preview, Reason, Status
from preview_service.outcome import Origin, Outcome
from preview_service.settings import CacheSettings

GOOD = Outcome(
    status=Status.COMPLETE,
    preview=Preview(url="https://shop.example/", host="shop.example", title="Überschrift 🥾"),
    http_status=200,
)
SLOW = Outcome(status=Status.UNAVAILABLE, reason=Reason.TIMEOUT)
GONE = Outcome(status=Status.UNAVAILABLE, reason=Reason.HTTP_STATUS, http_status=404)
STRICT_TAG = {"etag": '"1"', "cache-control": "no-cache"}
TAGGED = replace(GOOD, origin=Origin(url="https://shop.example/", headers={"etag": '"1"'}))
WEEK = 7 * 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


PARTIAL = Outcome(status=Status.PARTIAL, preview=Preview(url="key", host="", title="So far"))


class Target:
    """Makes outcomes, counts how often, and can be held back."""

    def __init__(self, outcome: Outcome = GOOD) -> None:
        self.outcome = outcome
        self.made = 0
        self.known: list[Origin | None] = []
        self.is_unchanged = False
        self.draft: Outcome | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, known: Origin | None, tell: Callable[[Draft], None]) -> Outcome:
        self.made += 1
        self.known.append(known)
        if self.draft is not None:
            tell(lambda: self.draft or PARTIAL)
        await self.open.wait()
        if known is not None and self.is_unchanged:
            raise NotModified({"etag": known.headers["etag"]})
        return self.outcome


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(1 << 20)


@pytest.fixture
def cache(store: MemoryStore, clock: Clock) -> PreviewCache:
    return PreviewCache(store, CacheSettings(fresh_s=100), clock=clock, spread=lambda: 0.0)


async def ask(
    cache: PreviewCache, make: Make, wait_s: float = 5, *, key: str = "key", refresh: bool = False
) -> Found:
    found = await cache.get_or_make(key, make, wait_s=wait_s, refresh=refresh)
    assert found is not None
    return found


async def test_the_first_to_ask_makes_the_second_hits(cache: PreviewCache) -> None:
    origin = Target()
    first = await ask(cache, origin)
    second = await ask(cache, origin)
    assert (first.is_hit, second.is_hit, origin.made) == (False, True, 1)
    assert second.entry == first.entry
    assert second.entry.outcome == GOOD


async def test_what_is_no_longer_fresh_is_answered_and_made_again_behind(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target()
    await ask(cache, origin)
    clock.now += 100
    origin.open.clear()
    stale = [await ask(cache, origin, wait_s=0) for _ in range(50)]
    assert {found.state for found in stale} == {State.STALE}
    assert {found.same_until for found in stale} == {0}
    origin.open.set()
    await cache.settle()
    assert origin.made == 2
    assert (await ask(cache, origin)).entry.stored_at == clock.now


async def test_what_is_stale_for_too_long_is_made_before_it_is_answered(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target()
    await ask(cache, origin)
    clock.now += 100 + WEEK
    found = await ask(cache, origin)
    assert (found.state, origin.made) == (State.MISS, 2)


async def test_who_wants_to_be_asked_first_is_and_a_stale_answer_beats_none(
    cache: PreviewCache, clock: Clock
) -> None:
    strict = Origin(headers={"cache-control": "no-cache"})
    origin = Target(replace(GOOD, origin=strict))
    await ask(cache, origin)
    clock.now += 100
    origin.open.clear()
    assert (await ask(cache, origin, wait_s=0)).state is State.STALE
    origin.open.set()
    assert (await ask(cache, origin)).state is State.MISS
    assert origin.made == 2


async def test_a_failure_that_passes_leaves_a_good_entry_and_is_remembered(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target()
    first = await ask(cache, origin)
    origin.outcome = SLOW
    for pause in (30, 60, 120):
        clock.now = max(clock.now, first.entry.fresh_until)
        assert (await ask(cache, origin)).state is State.STALE
        await cache.settle()
        held = [await ask(cache, origin) for _ in range(5)]
        assert {found.state for found in held} == {State.STALE}
        assert {found.same_until for found in held} == {clock.now + pause}
        clock.now += pause
    assert origin.made == 4
    origin.outcome = GOOD
    await ask(cache, origin)
    await cache.settle()
    again = await ask(cache, origin)
    assert (again.state, again.entry.failures) == (State.HIT, 0)


async def test_a_failure_that_passes_while_callers_wait_answers_them_with_what_was_good(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target(replace(GOOD, origin=Origin(headers={"cache-control": "no-cache"})))
    await ask(cache, origin)
    clock.now += 100
    origin.outcome = SLOW
    found = await ask(cache, origin)
    assert (found.state, found.entry.outcome.reason) == (State.STALE, None)


async def test_a_failure_that_stays_takes_the_place_of_a_good_entry(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target()
    await ask(cache, origin)
    clock.now += 100
    origin.outcome = GONE
    await ask(cache, origin)
    await cache.settle()
    assert (await ask(cache, origin)).entry.outcome == GONE


async def test_a_failure_after_the_last_good_days_is_the_answer(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target()
    await ask(cache, origin)
    clock.now += 100 + WEEK
    origin.outcome = SLOW
    assert (await ask(cache, origin)).entry.outcome == SLOW


async def test_a_page_that_has_not_changed_is_fresh_again(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target(replace(TAGGED, origin=replace(TAGGED.origin, headers=STRICT_TAG)))
    origin.is_unchanged = True
    first = await ask(cache, origin)
    clock.now += 100
    again = await ask(cache, origin)
    assert again.state is State.REVALIDATED
    assert again.entry.outcome.preview == first.entry.outcome.preview
    assert (again.entry.stored_at, again.entry.made_at) == (clock.now, first.entry.stored_at)
    assert origin.known == [None, Origin(url="https://shop.example/", headers=STRICT_TAG)]
    assert (await ask(cache, origin)).state is State.HIT


async def test_a_page_that_has_changed_is_another(cache: PreviewCache, clock: Clock) -> None:
    origin = Target(replace(TAGGED, origin=replace(TAGGED.origin, headers=STRICT_TAG)))
    await ask(cache, origin)
    clock.now += 100
    origin.outcome = replace(GOOD, preview=None)
    assert (await ask(cache, origin)).entry.outcome == origin.outcome


async def test_nobody_is_told_that_nothing_has_changed_who_did_not_ask(
    cache: PreviewCache,
) -> None:
    async def confused(*_: object) -> Outcome:
        raise NotModified({})

    with pytest.raises(NotModified):
        await ask(cache, confused)


async def test_a_caller_may_have_it_made_anew_once_in_ten_minutes(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target(TAGGED)
    await ask(cache, origin)
    states = [(await ask(cache, origin, refresh=True)) for _ in range(3)]
    assert [(found.state, found.note) for found in states] == [
        (State.BYPASS, None),
        (State.HIT, "refresh_too_soon"),
        (State.HIT, "refresh_too_soon"),
    ]
    assert origin.known == [None, None]  # anew: not whether it has changed
    clock.now += 600
    assert (await ask(cache, origin, refresh=True)).state is State.BYPASS
    assert origin.made == 3


async def test_a_refresh_counts_though_the_entry_is_made_again_since(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target()
    await ask(cache, origin, refresh=True)
    clock.now += 100
    await ask(cache, origin)
    await cache.settle()
    assert origin.made == 2
    assert (await ask(cache, origin, refresh=True)).note == "refresh_too_soon"


async def test_a_refresh_that_fails_or_takes_long_leaves_the_kept_answer(
    cache: PreviewCache,
) -> None:
    origin = Target()
    await ask(cache, origin)
    origin.open.clear()
    late = await ask(cache, origin, wait_s=0, refresh=True)
    assert (late.state, late.note) == (State.HIT, "refresh_pending")
    origin.outcome = SLOW
    origin.open.set()
    await cache.settle()
    found = await ask(cache, origin, refresh=True)
    assert (found.state, found.note) == (State.HIT, "refresh_too_soon")
    assert found.entry.outcome == GOOD
    assert origin.made == 2


def page(url: str, title: str = "Shoe") -> Outcome:
    return replace(GOOD, preview=Preview(url=url, host="shop.example", title=title))


OLD, NEW = "https://shop.example/old", "https://shop.example/new"


async def test_where_redirects_ended_the_entry_is_good_too(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target(page(NEW))
    await ask(cache, origin, key=OLD)
    found = await ask(cache, origin, key=NEW)
    assert (found.state, found.keys, origin.made) == (State.HIT, (NEW, OLD), 1)
    assert (await ask(cache, origin, key=f"{NEW}#de")).state is State.MISS


async def test_on_another_site_it_is_not(cache: PreviewCache) -> None:
    origin = Target(page("https://other.example/new"))
    await ask(cache, origin, key=OLD)
    assert (await ask(cache, origin, key="https://other.example/new")).state is State.MISS


async def test_an_entry_that_no_longer_leads_there_is_not_good_for_it(
    cache: PreviewCache,
) -> None:
    await ask(cache, Target(page(NEW)), key=OLD)
    await ask(cache, Target(page("https://shop.example/newer")), key=OLD, refresh=True)
    found = await ask(cache, Target(page(NEW, "Lamp")), key=NEW)
    assert found.entry.outcome == page(NEW, "Lamp")
    assert (await ask(cache, Target(), key=NEW)).keys == (NEW,)


async def test_what_is_made_for_an_alias_is_its_own_entry(
    cache: PreviewCache, clock: Clock
) -> None:
    await ask(cache, Target(page(NEW)), key=OLD)
    clock.now += 100
    await ask(cache, Target(page(NEW, "Lamp")), key=NEW)
    await cache.settle()
    assert (await ask(cache, Target(), key=NEW)).entry.outcome == page(NEW, "Lamp")
    assert (await ask(cache, Target(page(NEW)), key=OLD)).entry.outcome == page(NEW)
    await cache.settle()
    # The old address was made again, and left the fresh entry of the new one alone.
    assert (await ask(cache, Target(), key=NEW)).entry.outcome == page(NEW, "Lamp")


async def test_a_failing_alias_keeps_the_good_entry_it_stood_for(
    cache: PreviewCache, clock: Clock
) -> None:
    await ask(cache, Target(page(NEW)), key=OLD)
    clock.now += 100
    for _ in range(3):
        found = await ask(cache, Target(SLOW), key=NEW)
        assert (found.state, found.entry.outcome) == (State.STALE, page(NEW))
        await cache.settle()


async def test_addresses_that_stand_for_each_other_lead_to_an_end(
    cache: PreviewCache, store: MemoryStore
) -> None:
    encode = cache._encode
    from preview_service.cache.entry import Alias

    await store.set("a", encode(Alias(of="b")), 100)
    await store.set("b", encode(Alias(of="a")), 100)
    assert (await ask(cache, Target(), key="a")).state is State.MISS


async def test_who_watches_is_told_of_every_change(cache: PreviewCache) -> None:
    told: list[str] = []
    cache.watch(told.append)
    await ask(cache, Target(page(NEW)), key=OLD)
    await ask(cache, Target(page(NEW)), key=OLD)
    assert told == [OLD, NEW]
    await cache.forget(OLD)
    assert told == [OLD, NEW, OLD]
    assert (await ask(cache, Target(page(NEW)), key=NEW)).state is State.MISS


async def test_a_clock_set_back_makes_nothing_live_longer(
    cache: PreviewCache, clock: Clock
) -> None:
    origin = Target()
    await ask(cache, origin)
    clock.now -= 3600
    assert (await ask(cache, origin)).state is State.STALE
    await cache.settle()
    found = await ask(cache, origin)
    assert (found.state, found.entry.stored_at, origin.made) == (State.HIT, clock.now, 2)


async def test_a_flight_that_crashes_unseen_costs_nobody_the_kept_answer(
    cache: PreviewCache, clock: Clock
) -> None:
    async def broken(*_: object) -> Outcome:
        raise ZeroDivisionError

    await ask(cache, Target())
    clock.now += 100
    assert (await ask(cache, broken)).state is State.STALE
    await cache.settle()
    assert (await ask(cache, Target())).state is State.STALE


class SlowStore(MemoryStore):
    """A store on the other side of a network: each call lets others run."""

    async def get(self, key: str) -> bytes | None:
        found = await super().get(key)
        for _ in range(5):
            await asyncio.sleep(0)
        return found

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        await super().set(key, value, ttl_s)


async def steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("late", range(0, 40, 3))
async def test_200_callers_make_once_however_slow_the_store_is(clock: Clock, late: int) -> None:
    cache = PreviewCache(SlowStore(1 << 20), CacheSettings(), clock=clock)
    origin = Target()
    first = [asyncio.create_task(ask(cache, origin)) for _ in range(100)]
    await steps(late)  # some ask the store before the flight has landed, and are answered after
    found = await asyncio.gather(*first, *(ask(cache, origin) for _ in range(100)))
    assert origin.made == 1
    assert all(one.entry == found[0].entry for one in found)


@pytest.mark.parametrize("late", range(0, 60, 3))
@pytest.mark.parametrize("what", [GOOD, SLOW])
async def test_many_who_ask_for_it_anew_are_one_refresh(
    clock: Clock, late: int, what: Outcome
) -> None:
    cache = PreviewCache(SlowStore(1 << 20), CacheSettings(), clock=clock)
    await ask(cache, Target())
    origin = Target(what)
    first = [asyncio.create_task(ask(cache, origin, refresh=True)) for _ in range(50)]
    await steps(late)
    await asyncio.gather(*first, *(ask(cache, origin, refresh=True) for _ in range(50)))
    assert origin.made == 1


@pytest.mark.parametrize("late", range(0, 60, 3))
async def test_many_who_find_a_dead_site_are_one_attempt(clock: Clock, late: int) -> None:
    cache = PreviewCache(SlowStore(1 << 20), CacheSettings(), clock=clock)
    await ask(cache, Target(replace(GOOD, origin=Origin(headers={"cache-control": "no-cache"}))))
    clock.now += 600
    origin = Target(SLOW)
    first = [asyncio.create_task(ask(cache, origin)) for _ in range(50)]
    await steps(late)
    found = await asyncio.gather(*first, *(ask(cache, origin) for _ in range(50)))
    assert {one.state for one in found} == {State.STALE}
    assert origin.made == 1


@pytest.mark.parametrize("cancelled_after", range(40))
@pytest.mark.parametrize("is_stale", [False, True])
async def test_a_leader_cancelled_at_any_await_loses_nobody(
    clock: Clock, cancelled_after: int, is_stale: bool
) -> None:
    cache = PreviewCache(SlowStore(1 << 20), CacheSettings(), clock=clock)
    strict = replace(GOOD, origin=Origin(headers={"cache-control": "no-cache"}))
    made = 0

    async def make(*_: object) -> Outcome:
        nonlocal made
        made += 1
        await steps(5)
        return strict

    if is_stale:
        await ask(cache, make)
        clock.now += 600
        made = 0
    leader = asyncio.create_task(ask(cache, make))
    followers = [asyncio.create_task(ask(cache, make)) for _ in range(5)]
    await steps(cancelled_after)
    leader.cancel()
    await asyncio.gather(leader, return_exceptions=True)
    found = await asyncio.gather(*followers)
    assert all(one.entry.outcome == strict and one.entry.is_fresh(clock.now) for one in found)
    assert made == 1
    await cache.settle()
    assert repr(cache).startswith("<PreviewCache 0 in flight")
    assert len(asyncio.all_tasks()) == 1


async def test_a_failure_is_kept_for_its_own_time(cache: PreviewCache, clock: Clock) -> None:
    origin = Target(SLOW)
    await ask(cache, origin)
    clock.now += 29
    assert (await ask(cache, origin)).is_hit
    clock.now += 1
    again = await ask(cache, origin)
    assert (again.is_hit, again.entry.failures) == (False, 2)
    assert again.entry.fresh_until - again.entry.stored_at == 60


async def test_all_who_ask_at_once_share_one_making(cache: PreviewCache) -> None:
    origin = Target()
    origin.open.clear()
    asking = [asyncio.create_task(ask(cache, origin)) for _ in range(200)]
    await asyncio.sleep(0)
    origin.open.set()
    found = await asyncio.gather(*asking)
    assert origin.made == 1
    assert all(one.entry.outcome == GOOD for one in found)


async def test_a_caller_out_of_time_gets_nothing_and_the_work_goes_on(cache: PreviewCache) -> None:
    origin = Target()
    origin.open.clear()
    assert await cache.get_or_make("key", origin, wait_s=0) is None
    origin.open.set()
    await cache.settle()
    assert (await ask(cache, origin)).is_hit
    assert origin.made == 1


async def test_a_caller_who_leaves_takes_nobody_with_him(cache: PreviewCache) -> None:
    origin = Target()
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
    origin = Target()
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
    assert not (await ask(cache, Target())).is_hit


async def test_a_making_that_raises_reaches_all_who_wait_and_is_not_kept(
    cache: PreviewCache,
) -> None:
    async def broken(*_: object) -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(cache, broken)
    assert (await ask(cache, Target())).entry.outcome == GOOD


async def test_closing_gives_up_what_is_in_flight(cache: PreviewCache) -> None:
    origin = Target()
    origin.open.clear()
    asking = asyncio.create_task(cache.get_or_make("key", origin, wait_s=5))
    await asyncio.sleep(0)
    await cache.close()
    assert repr(cache).startswith("<PreviewCache 0 in flight")
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_out_of_time_what_is_there_so_far_is_the_answer(cache: PreviewCache) -> None:
    make = Target()
    make.draft = PARTIAL
    make.open.clear()
    found = await ask(cache, make, wait_s=0.01)
    assert (found.entry.outcome, found.entry.fresh_until, found.same_until) == (PARTIAL, 0, 0)
    assert found.state is State.MISS
    make.open.set()
    await cache.settle()
    whole = await ask(cache, make)
    assert (whole.entry.outcome, whole.state, make.made) == (GOOD, State.HIT, 1)


async def test_a_kept_preview_is_better_than_a_draft(cache: PreviewCache) -> None:
    make = Target()
    await ask(cache, make)
    make.draft = PARTIAL
    make.open.clear()
    found = await ask(cache, make, wait_s=0.01, refresh=True)
    assert found.entry.outcome == GOOD
    make.open.set()
    await cache.settle()


class Turns:
    """Another node that has the turn first, and says what it made."""

    def __init__(self, *turns: Turn) -> None:
        self.turns = list(turns)
        self.given: list[tuple[str, str, bytes | None]] = []

    async def take(self, key: str, *, ttl_s: float, wait_s: float) -> Turn:
        return self.turns.pop(0) if self.turns else Turn(is_mine=True, token="t")

    async def give(self, key: str, token: str, result: bytes | None = None) -> None:
        self.given.append((key, token, result))

    async def close(self) -> None:
        """Nothing is open."""


def sharing(store: MemoryStore, clock: Clock, turns: Turns) -> PreviewCache:
    settings = CacheSettings(fresh_s=100)
    return PreviewCache(store, settings, flights=turns, clock=clock, spread=lambda: 0.0)


async def test_what_another_node_made_is_not_made_again(store: MemoryStore, clock: Clock) -> None:
    first = Turns()
    await ask(sharing(store, clock, first), Target())
    ((_, token, result),) = first.given
    assert token == "t"
    assert result is not None
    make = Target()
    other = sharing(MemoryStore(1 << 20), clock, Turns(Turn(result=result)))
    found = await ask(other, make)
    assert (found.entry.outcome, make.made) == (GOOD, 0)


@pytest.mark.parametrize("turn", [Turn(), Turn(result=b"of another version")], ids=str)
async def test_where_nothing_comes_of_another_nodes_turn_it_is_made_here(
    store: MemoryStore, clock: Clock, turn: Turn
) -> None:
    make = Target()
    await ask(sharing(store, clock, Turns(turn)), make)
    assert make.made == 1


async def test_a_turn_is_given_back_whatever_happens(store: MemoryStore, clock: Clock) -> None:
    turns = Turns()
    cache = sharing(store, clock, turns)

    async def crash(*_: object) -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(cache, crash)
    make = Target()
    make.open.clear()
    assert await cache.get_or_make("key", make, wait_s=0.01) is None
    await cache.close()
    assert [(token, result) for _, token, result in turns.given] == [("t", None), ("t", None)]


class Flight:
    """A flight under way to *outcome*, until it is let land."""

    def __init__(self, cache: PreviewCache, outcome: Outcome = GOOD, key: str = "key") -> None:
        self._open, self._begun = asyncio.Event(), asyncio.Event()
        self._outcome = outcome
        self._asking = asyncio.create_task(cache.get_or_make(key, self._make, wait_s=60))

    async def _make(self, *_: object) -> Outcome:
        self._begun.set()
        await self._open.wait()
        return self._outcome

    async def begun(self) -> "Flight":
        await self._begun.wait()
        return self

    async def landed(self) -> Found:
        self._open.set()
        found = await self._asking
        assert found is not None
        return found


@pytest.mark.parametrize(
    ("choice", "is_kept"),
    [
        (Choice(), False),
        (Choice(prefix="k"), False),
        (Choice(prefix="x"), True),
        (Choice(value=lambda value: b"boots" in value), True),
        (Choice(value=lambda value: "Überschrift".encode() in value), False),
    ],
)
async def test_what_is_purged_while_it_is_made_answers_and_is_not_kept(
    cache: PreviewCache, store: MemoryStore, choice: Choice, is_kept: bool
) -> None:
    flight = await Flight(cache).begun()
    cache.purged(choice)
    found = await flight.landed()
    assert found.entry.outcome == GOOD
    assert bool(found.same_until) is is_kept
    assert (await store.get("key") is not None) is is_kept
    # The next flight has nothing to do with it.
    later = await (await Flight(cache, key="other").begun()).landed()
    assert later.same_until


async def test_a_purge_that_comes_while_the_store_is_at_work_is_not_passed_by(
    clock: Clock,
) -> None:
    class Slow(MemoryStore):
        async def set(self, key: str, value: bytes, ttl_s: float) -> None:
            await super().set(key, value, ttl_s)
            cache.purged(Choice())

    store = Slow(1 << 20)
    cache = PreviewCache(store, CacheSettings(), clock=clock)
    found = await (await Flight(cache).begun()).landed()
    assert (found.same_until, await store.get("key")) == (0, None)


async def test_another_name_that_was_purged_leads_nowhere(
    cache: PreviewCache, store: MemoryStore
) -> None:
    flight = await Flight(cache, key="https://shop.example/old").begun()
    cache.purged(Choice(key=lambda key: key == "https://shop.example/"))
    await flight.landed()
    assert await store.get("https://shop.example/old")
    assert await store.get("https://shop.example/") is None


async def test_what_another_node_had_in_flight_is_not_good_for_the_next_either(
    store: MemoryStore, clock: Clock
) -> None:
    first = Turns()
    await ask(sharing(store, clock, first), Target())
    ((_, _, result),) = first.given

    class Purging(Turns):
        async def take(self, key: str, *, ttl_s: float, wait_s: float) -> Turn:
            cache.purged(Choice())
            return Turn(result=result)

    cache = sharing(MemoryStore(1 << 20), clock, Purging())
    assert (await ask(cache, Target())).same_until == 0
