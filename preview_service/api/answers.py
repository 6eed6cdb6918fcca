"""Encoded answers by request: a repeated question costs a look-up, not a render and an encode.

What changes with time is the answer's `cache` member and the headers that repeat it. They count in
whole seconds, so a kept answer is put together once a second and sent as it is until the next.
"""

from collections.abc import Mapping
from hashlib import blake2b
from math import ceil
from operator import attrgetter
from typing import Final

import msgspec
from cachetools import Cache, LRUCache

from preview_service.api.gzipped import Gzipped
from preview_service.api.ready import http_head
from preview_service.api.requests import PreviewRequest
from preview_service.api.schemas import Answer, AnswerForAll, CacheNote, cache_note
from preview_service.cache.entry import MAX_SKEW_S
from preview_service.cache.preview_cache import State
from preview_service.model import Reason

# An entry beyond its bytes, which it holds twice: the records, the headers, the request and their
# places in the LRU's three dicts and among the keys.
OVERHEAD_BYTES: Final = 2400

# Below this an answer is a packet or two, with or without compression.
MIN_GZIP_BYTES: Final = 4096

# Then the store is asked again: another node may have changed it, and its word been lost.
KEPT_S: Final = 60.0

HIT_TIMING: Final = "hit;dur=0"

# https://www.rfc-editor.org/rfc/rfc9211#section-2: what was not a hit, and why it went forward.
FORWARDED: Final = {
    State.MISS: "fwd=miss",
    State.REVALIDATED: "fwd=stale; fwd-status=304",
    State.BYPASS: "fwd=request",
}


class Payload(msgspec.Struct, frozen=True, gc=False):
    """A body and its headers, ready to be sent: `head` is both `headers` and what HTTP adds.

    `tag` begins the ETags of its equals; `is_large`: it is worth compressing.
    """

    body: bytes
    head: bytes
    headers: Mapping[str, str]
    tag: str = ""
    is_large: bool = False


class EncodedAnswer(msgspec.Struct, frozen=True, gc=False):
    """An answer's JSON up to its `cache` member, and its entry's Unix seconds (0: no entry).

    Without `is_dated` the seconds are not shown: how long a failure is kept tells what it was.
    `tag` stands for `head`, where that may be asked for again. `same_until` as in `Sight`.
    """

    head: bytes
    stored_at: float
    fresh_until: float
    is_dated: bool = True
    same_until: float = 0.0
    tag: str = ""
    note: str | None = None

    @property
    def is_large(self) -> bool:
        return len(self.head) >= MIN_GZIP_BYTES

    def is_good(self, now: float) -> bool:
        """Whether whoever asks at *now* is told the same; a clock may have been set back."""
        return self.stored_at - MAX_SKEW_S <= now < self.same_until

    def state(self, now: float) -> State:
        """That of an answer which was kept until *now*."""
        return State.HIT if now < self.fresh_until else State.STALE

    def payload(
        self, state: str, now: float, timing: str, gzipped: Gzipped | None = None
    ) -> Payload:
        """The answer as of *now*, compressed if its head is given so.

        *state* and *timing* as in `CacheNote` and Server-Timing.
        """
        note = self._note(state, now)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Status": f"preview-service; {self._status(state, now)}",
            "Server-Timing": timing,
        }
        if self.is_large:
            headers["Vary"] = "Accept-Encoding"
        if gzipped is not None:
            headers["Content-Encoding"] = "gzip"
        if self.tag:
            # A strong validator (https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1): all that
            # the bytes depend on beside the head, though nobody need be sent a new age alone.
            coding = "z" if gzipped is not None else ""
            headers["ETag"] = f'"{self.tag}{coding}.{state}.{note.age_s}.{note.fresh_for_s}"'
        end = b',"cache":%b}' % msgspec.json.encode(note)
        body = self.head + end if gzipped is None else gzipped.with_end(end)
        first = http_head(headers, len(body), now)
        return Payload(body, first, headers, self.tag, self.is_large)

    def _status(self, state: str, now: float) -> str:
        """https://www.rfc-editor.org/rfc/rfc9211 and https://www.w3.org/TR/server-timing/"""
        if state in FORWARDED:
            return FORWARDED[State(state)]
        # Below zero: stale for so long.
        return f"hit; ttl={ceil(self.fresh_until - now)}" if self.is_dated else "hit"

    def _note(self, state: str, now: float) -> CacheNote:
        until = self.fresh_until if self.is_dated else 0
        return cache_note(state, self.stored_at, until, now, self.note)


def encode(
    answer: Answer | AnswerForAll,
    stored_at: float,
    fresh_until: float,
    *,
    same_until: float = 0.0,
    note: str | None = None,
) -> EncodedAnswer:
    """*answer*, which has no `cache` member yet, as bytes to keep."""
    head = msgspec.json.encode(answer)[:-1]
    return EncodedAnswer(
        head,
        stored_at,
        fresh_until,
        is_dated=answer.reason is not Reason.UNREACHABLE,
        same_until=same_until,
        tag=blake2b(head, digest_size=9).hexdigest() if same_until else "",
        note=note,
    )


class _Kept(msgspec.Struct):
    answer: EncodedAnswer
    keys: tuple[str, ...]
    size: int
    until: float
    second: int = -1
    payload: Payload | None = None
    gzipped: Gzipped | None = None
    gzipped_payload: Payload | None = None

    def current(self, now: float, *, is_gzipped: bool) -> Payload:
        second = int(now)
        if self.payload is None or self.second != second:
            self.second, self.gzipped_payload = second, None
            self.payload = self._payload(now, None)
        if not is_gzipped or not self.answer.is_large:
            return self.payload
        if self.gzipped is None:
            self.gzipped = Gzipped(self.answer.head)
        if self.gzipped_payload is None:
            self.gzipped_payload = self._payload(now, self.gzipped)
        return self.gzipped_payload

    def _payload(self, now: float, gzipped: Gzipped | None) -> Payload:
        return self.answer.payload(self.answer.state(now), now, HIT_TIMING, gzipped)


class AnswerCache:
    """Least recently asked out first, bounded by bytes; no answer outlives its entry.

    An entry's keys lead to its answers, so that they go when it does (`forget`).
    """

    def __init__(self, max_bytes: int) -> None:
        self._by_key: dict[str, set[PreviewRequest]] = {}
        self._kept = _Answers(max_bytes, self._by_key)
        self.era = 0

    def get(self, ask: PreviewRequest, now: float, *, is_gzipped: bool = False) -> Payload | None:
        """The answer to *ask* as of *now*, while its entry stays as it is."""
        kept = self._kept.get(ask)
        # A clock that was set back must not prolong it.
        if kept is None or not kept.until - KEPT_S <= now < kept.until:
            return None
        return kept.current(now, is_gzipped=is_gzipped)

    def keep(
        self,
        ask: PreviewRequest,
        answer: EncodedAnswer,
        now: float,
        keys: tuple[str, ...] = (),
        era: int | None = None,
    ) -> None:
        """Keep *answer* to *ask*, which is that of the entry with *keys*.

        Not if what it was made of was looked up in another *era*: it was purged meanwhile.
        """
        if era not in (None, self.era):
            return
        copies = 4 if answer.is_large else 2
        size = copies * len(answer.head) + OVERHEAD_BYTES
        until = min(answer.same_until, now + KEPT_S)
        if size > self._kept.maxsize or until <= now:
            return
        self._kept.pop(ask, None)  # its keys may have been others
        self._kept[ask] = _Kept(answer, keys, size, until)
        for key in keys:
            self._by_key.setdefault(key, set()).add(ask)

    def forget(self, key: str) -> None:
        """Keep no answer that comes from the entry at *key*."""
        for ask in self._by_key.pop(key, ()):
            self._kept.pop(ask, None)

    def clear(self) -> None:
        """Keep no answer, and none that is being made."""
        self.era += 1
        self._kept.clear()


class _Answers(LRUCache[PreviewRequest, _Kept]):
    """The answers, which are taken off *by_key* as they go."""

    def __init__(self, max_bytes: int, by_key: dict[str, set[PreviewRequest]]) -> None:
        super().__init__(max_bytes, getsizeof=attrgetter("size"))
        self._by_key = by_key

    def __delitem__(self, ask: PreviewRequest) -> None:
        # Not the LRU's own look-up, which would have it used by that.
        keys = Cache.__getitem__(self, ask).keys
        super().__delitem__(ask)
        for key in keys:
            asks = self._by_key.get(key)
            if asks is not None:
                asks.discard(ask)
                if not asks:
                    del self._by_key[key]
