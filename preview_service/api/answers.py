"""Encoded answers by request: a repeated question costs a look-up, not a render and an encode.

What changes with time is the answer's `cache` member and the headers that repeat it. They count in
whole seconds, so a kept answer is put together once a second and sent as it is until the next.
"""

from operator import attrgetter
from typing import Final

import msgspec
from cachetools import LRUCache
from multidict import CIMultiDict

from preview_service.api.requests import PreviewRequest
from preview_service.api.schemas import Answer, AnswerForAll, CacheNote, cache_note
from preview_service.model import Reason

# An entry beyond its bytes, which it holds twice: the records, the headers, the request and their
# places in the LRU's three dicts.
OVERHEAD_BYTES: Final = 2000

HIT_TIMING: Final = "hit;dur=0"


class Payload(msgspec.Struct, frozen=True, gc=False):
    """A body and its headers, ready to be sent."""

    body: bytes
    headers: CIMultiDict[str]


class EncodedAnswer(msgspec.Struct, frozen=True, gc=False):
    """An answer's JSON up to its `cache` member, and its entry's Unix seconds (0: no entry).

    Without `is_dated` the seconds are not shown: how long a failure is kept tells what it was.
    """

    head: bytes
    stored_at: float
    fresh_until: float
    is_dated: bool = True

    def payload(self, state: str, now: float, timing: str) -> Payload:
        """The answer as of *now*; *state* and *timing* as in `CacheNote` and Server-Timing."""
        note = self._note(state, now)
        # https://www.rfc-editor.org/rfc/rfc9211 and https://www.w3.org/TR/server-timing/
        ttl = f"; ttl={note.fresh_for_s}" if self.is_dated else ""
        status = f"hit{ttl}" if state == "hit" else "fwd=miss"
        headers = CIMultiDict(
            {
                "Content-Type": "application/json; charset=utf-8",
                "Cache-Status": f"preview-service; {status}",
                "Server-Timing": timing,
            }
        )
        return Payload(b'%b,"cache":%b}' % (self.head, msgspec.json.encode(note)), headers)

    def _note(self, state: str, now: float) -> CacheNote:
        return cache_note(state, self.stored_at, self.fresh_until if self.is_dated else 0, now)


def encode(answer: Answer | AnswerForAll, stored_at: float, fresh_until: float) -> EncodedAnswer:
    """*answer*, which has no `cache` member yet, as bytes to keep."""
    is_dated = answer.reason is not Reason.UNREACHABLE
    return EncodedAnswer(msgspec.json.encode(answer)[:-1], stored_at, fresh_until, is_dated)


class _Kept(msgspec.Struct):
    answer: EncodedAnswer
    size: int
    second: int
    payload: Payload


class AnswerCache:
    """Least recently asked out first, bounded by bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._kept: LRUCache[PreviewRequest, _Kept] = LRUCache(
            max_bytes, getsizeof=attrgetter("size")
        )

    def get(self, ask: PreviewRequest, now: float) -> Payload | None:
        """The answer to *ask* as of *now*, while its entry is fresh."""
        kept = self._kept.get(ask)
        if kept is None or kept.answer.fresh_until <= now:
            return None
        second = int(now)
        if kept.second != second:
            kept.second, kept.payload = second, kept.answer.payload("hit", now, HIT_TIMING)
        return kept.payload

    def keep(self, ask: PreviewRequest, answer: EncodedAnswer, now: float) -> None:
        size = 2 * len(answer.head) + OVERHEAD_BYTES
        if size <= self._kept.maxsize:
            payload = answer.payload("hit", now, HIT_TIMING)
            self._kept[ask] = _Kept(answer, size, int(now), payload)
