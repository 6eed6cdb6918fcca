"""A key and a way to make its outcome → the outcome, made once for all who ask at the same time.

When what is kept will do, `cache.entry` says; here it is fetched, waited for and stored.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Final

import msgspec

from preview_service.cache.entry import Alias, Entry, Use, aliases, landed, renewed, use
from preview_service.cache.flights import Flights, LocalFlights
from preview_service.cache.store import Choice, Store, decoded
from preview_service.errors import NotModified
from preview_service.outcome import Origin, Outcome
from preview_service.settings import CacheSettings
from preview_service.telemetry.logs import logger

Draft = Callable[[], Outcome]
"""What an outcome would be if it had to be now."""

Make = Callable[[Origin | None, Callable[[Draft], None]], Awaitable[Outcome]]
"""Makes an outcome; given what is known of the page it may raise `NotModified` instead.

It tells a draft as soon as there is something to answer with.
"""

Changed = Callable[[str], None]


ALL_MINE: Final = LocalFlights()
TURN_S: Final = 12.0
"""The default time for a preview, and some to keep it in."""


class State(StrEnum):
    """Where an answer comes from, as its `cache` member tells."""

    HIT = "hit"
    MISS = "miss"
    STALE = "stale"
    REVALIDATED = "revalidated"
    BYPASS = "bypass"


TOO_SOON: Final = "refresh_too_soon"
PENDING: Final = "refresh_pending"
"""Notes: why a caller who asked for a new preview got the kept one."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An entry and how it was come by.

    `keys`: the key that was asked for, and that of the entry, if it is another. `same_until`: Unix
    seconds to which whoever asks gets the same entry, 0 if it may be replaced at any moment.
    """

    entry: Entry
    state: State
    keys: tuple[str, ...]
    same_until: float = 0.0
    note: str | None = None

    @property
    def is_hit(self) -> bool:
        return self.state is State.HIT


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """What a flight came to, and the key that it stands at; `is_kept`: the next to ask finds it."""

    at: str
    entry: Entry
    state: State
    is_kept: bool = True


class PreviewCache:
    """Single flight over any `Store`.

    A flight belongs to the cache, not to the caller who happened to start it: callers come and go
    with their own deadlines, the flight ends in the store.
    """

    def __init__(
        self,
        store: Store,
        settings: CacheSettings,
        *,
        flights: Flights = ALL_MINE,
        turn_s: float = TURN_S,
        clock: Callable[[], float] = time.time,
        spread: Callable[[], float] = lambda: random.uniform(-1, 1),  # noqa: S311 - jitter only
    ) -> None:
        self._store = store
        self._settings = settings
        self._turns = flights
        self._turn_s = turn_s
        self._drafts: dict[str, Draft] = {}
        self._clock = clock
        self._spread = spread
        self._flights: dict[str, asyncio.Task[Landing]] = {}
        self._purges: dict[str, list[Choice]] = {}
        self._watchers: list[Changed] = []
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Entry | Alias).decode

    def __repr__(self) -> str:
        return f"<PreviewCache {len(self._flights)} in flight over {self._store!r}>"

    async def get_or_make(
        self, key: str, make: Make, *, wait_s: float, refresh: bool = False, is_new: bool = False
    ) -> Found | None:
        """The entry of *key*, kept or made now; None if there is none and making takes too long.

        *refresh*: make it now, unless a caller had that done a short while ago. *is_new*: nothing
        is kept, as the caller has just seen.
        """
        at, entry = (key, None) if is_new else await self._find(key)
        now = self._clock()
        every_s = self._settings.refresh_every_s
        anew = refresh and (entry is None or entry.may_refresh(now, every_s))
        note = TOO_SOON if refresh and not anew else None
        what = Use.ASK if anew else use(entry, now)
        if entry is not None and what in (Use.HIT, Use.HOLD):
            return self._found(key, at, entry, note)
        flight = self._flight(key, make, entry, anew=anew)
        if entry is not None and what is Use.BEHIND:
            return self._found(key, at, entry, note)
        done, _ = await asyncio.wait({flight}, timeout=wait_s)
        if done:
            landing = flight.result()
            found = self._found(key, landing.at, landing.entry, note, landing.state)
            return found if landing.is_kept else msgspec.structs.replace(found, same_until=0.0)
        if entry is not None and entry.stands_in(self._clock()):
            return self._found(key, at, entry, PENDING if anew else note)
        draft = self._drafts.get(key)
        return None if draft is None else _unfinished(key, draft())

    async def forget(self, key: str) -> None:
        """Keep nothing under *key*; what is in flight lands all the same."""
        await self._store.delete(key)
        self._tell(key)

    def purged(self, choice: Choice) -> None:
        """Keep nothing of what is in flight under a chosen key: it may be as old as what went.

        Those who wait for it get it all the same.
        """
        for purges in self._purges.values():
            purges.append(choice)

    def watch(self, changed: Changed) -> None:
        """Have *changed* called with each key whose entry is another from then on, or gone."""
        self._watchers.append(changed)

    async def settle(self) -> None:
        """Wait until everything in flight has landed in the store."""
        while self._flights:
            await asyncio.wait(set(self._flights.values()))

    async def close(self) -> None:
        """Give up what is in flight and let the store go."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        await self._store.close()

    def _found(
        self, key: str, at: str, entry: Entry, note: str | None, state: State | None = None
    ) -> Found:
        now = self._clock()
        is_fresh = entry.is_fresh(now)
        held_until = entry.retry_at if entry.is_held(now) else 0.0
        return Found(
            entry=entry,
            state=state or self._kept_state(entry),
            keys=(key,) if at == key else (key, at),
            same_until=entry.fresh_until if is_fresh else min(held_until, entry.error_until),
            note=note,
        )

    def _flight(
        self, key: str, make: Make, before: Entry | None, *, anew: bool
    ) -> asyncio.Task[Landing]:
        """The flight that makes *key*'s entry: the one under way, or a new one."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fly(key, make, before, anew=anew))
            self._flights[key], self._purges[key] = flight, []
            flight.add_done_callback(lambda done: self._ended(key, done))
        return flight

    def _ended(self, key: str, flight: asyncio.Task[Landing]) -> None:
        self._flights.pop(key, None)
        self._drafts.pop(key, None)
        self._purges.pop(key, None)
        # Nobody may be waiting for it: then nobody else would say that it crashed.
        if not flight.cancelled() and (error := flight.exception()) is not None:
            logger().error("flight_crashed", exc_info=error)

    async def _fly(self, key: str, make: Make, before: Entry | None, *, anew: bool) -> Landing:
        """The landing of this process, or of another that has the turn at *key*."""
        turn = await self._turns.take(key, ttl_s=self._turn_s, wait_s=self._turn_s)
        landed_there = None if turn.result is None else self._entry(turn.result)
        if landed_there is not None:
            state = self._kept_state(landed_there)
            is_kept = not self._is_purged(key, key, turn.result or b"")
            return Landing(at=key, entry=landed_there, state=state, is_kept=is_kept)
        if not turn.token:
            return await self._land(key, make, before, anew=anew)  # nobody waits for it elsewhere
        result = None
        try:
            landing = await self._land(key, make, before, anew=anew)
            result = self._encode(landing.entry)
            return landing
        finally:
            # Whoever gives up meanwhile must not keep the turn from the others.
            await asyncio.shield(self._turns.give(key, turn.token, result))

    async def _land(self, key: str, make: Make, before: Entry | None, *, anew: bool) -> Landing:
        at, newer = await self._find(key, is_latest=True)
        if newer is not None:
            # Another flight, or another node, may have landed while this caller looked.
            if self._has_landed(newer, anew=anew):
                return Landing(at=at, entry=newer, state=self._kept_state(newer))
            before = newer
        known = None if anew or before is None else before.known(self._clock())
        try:
            outcome = await make(known, partial(self._drafts.__setitem__, key))
            entry = self._landed(outcome, before)
            if entry.outcome is not outcome:
                state = self._kept_state(entry)  # it stands in for the failure
            else:
                state = State.BYPASS if anew else State.MISS
        except NotModified as same:
            if known is None or before is None:
                raise
            entry = renewed(before, same.headers, now=self._clock(), settings=self._settings)
            state = State.REVALIDATED
        entry = msgspec.structs.replace(
            entry,
            aliases=aliases(key, entry.outcome),
            refreshed_at=self._clock() if anew else before.refreshed_at if before else 0.0,
        )
        is_kept = await self._keep(key, entry)
        return Landing(at=key, entry=entry, state=state, is_kept=is_kept)

    def _has_landed(self, newer: Entry, *, anew: bool) -> bool:
        now = self._clock()
        if anew:
            return not newer.may_refresh(now, self._settings.refresh_every_s)
        return use(newer, now) in (Use.HIT, Use.HOLD)

    def _landed(self, outcome: Outcome, before: Entry | None) -> Entry:
        now, spread = self._clock(), self._spread()
        return landed(outcome, now=now, settings=self._settings, spread=spread, before=before)

    def _kept_state(self, entry: Entry) -> State:
        return State.HIT if entry.is_fresh(self._clock()) else State.STALE

    async def _keep(self, key: str, entry: Entry) -> bool:
        """Whether *entry* is kept, which is not so if a purge came upon its flight."""
        now = self._clock()
        value, keep_s = self._encode(entry), entry.keep_s(now)
        if not await self._set(key, key, value, value, keep_s):
            return False
        for alias in entry.aliases:
            own = await self._read(alias)
            if not (isinstance(own, Entry) and own.is_fresh(now)):
                await self._set(key, alias, self._encode(Alias(of=key)), value, keep_s)
        return not self._is_purged(key, key, value)

    async def _set(self, flight: str, key: str, kept: bytes, value: bytes, keep_s: float) -> bool:
        """Keep what stands for the entry *value* under *key*; whether no purge is against it."""
        if not self._is_purged(flight, key, value):
            await self._store.set(key, kept, keep_s)
        if self._is_purged(flight, key, value):
            # It may have come while the store was at work, which may have passed it by.
            await self._store.delete(key)
            return False
        self._tell(key)
        return True

    def _is_purged(self, flight: str, key: str, value: bytes) -> bool:
        """Whether a purge that came upon *flight* means the entry *value* at *key*."""
        purges = self._purges.get(flight, ())
        return any(each.has_key(key) and each.has_value(value) for each in purges)

    def _tell(self, key: str) -> None:
        for changed in self._watchers:
            changed(key)

    async def _find(self, key: str, *, is_latest: bool = False) -> tuple[str, Entry | None]:
        """The entry that is good for *key*, and the key it stands at: this, or one hop from it.

        *is_latest*: as all nodes see it, past what is near at hand.
        """
        kept = await self._read(key, is_latest=is_latest)
        if not isinstance(kept, Alias):
            return key, kept
        other = await self._read(kept.of)
        if isinstance(other, Entry) and key in other.aliases:
            return kept.of, other
        return key, None

    def _entry(self, result: bytes) -> Entry | None:
        """What another node says it made; None from one of another version."""
        made = decoded(result, self._decode)
        return made if isinstance(made, Entry) else None

    async def _read(self, key: str, *, is_latest: bool = False) -> Entry | Alias | None:
        kept = await (self._store.latest(key) if is_latest else self._store.get(key))
        return None if kept is None else decoded(kept, self._decode)


def _unfinished(key: str, outcome: Outcome) -> Found:
    """What is there so far: better than nothing, and nothing to keep."""
    entry = Entry(outcome=outcome, stored_at=0.0, fresh_until=0.0)
    return Found(entry=entry, state=State.MISS, keys=(key,))
