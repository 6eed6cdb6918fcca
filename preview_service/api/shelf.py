"""Answers in the store behind the memory → hits that nobody has to render, on any node.

An answer stands beside the entry that it was made of. One trip brings both, and the answer is good
while the entry is as it was then. Such a hit of Redis costs 77 µs, a rendered one 113
(`benchmarks/hits.py`).
"""

import asyncio
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from preview_service.api.answers import EncodedAnswer
from preview_service.api.requests import PreviewRequest
from preview_service.cache.entry import stored_at
from preview_service.cache.key import beside
from preview_service.cache.store import PROMOTED_S, BackStore, Store, decoded

PACKAGE: Final = Path(__file__).parents[1]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(EncodedAnswer).decode


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where the answer to a question belongs, and the one that is there, if it is good.

    `key` is that of the entry, `own` the answer's own; `is_new` if there was no entry at all.
    """

    key: str
    own: str
    answer: EncodedAnswer | None = None
    is_new: bool = False


class Shelf:
    """Answers in *back*, for all who share it.

    *near* is the store before it, *maker* what makes answers here: see `maker`.
    """

    def __init__(self, near: Store, back: BackStore, maker: bytes) -> None:
        self._near = near
        self._back = back
        self._maker = maker
        self._keeping: set[asyncio.Task[None]] = set()

    async def find(self, key: str, ask: PreviewRequest, now: float) -> Place | None:
        """The place of *ask* about the entry at *key*; None if that is near: no trip is worth it.

        *now*: Unix seconds.
        """
        if await self._near.get(key) is not None:
            return None
        own = beside(key, self._name(ask))
        entry, kept = await self._back.get_all(key, own)
        answer = None if entry is None or kept is None else _good(entry, kept, now)
        if answer is None and entry is not None:
            # It is going to be rendered.
            await self._near.set(key, entry, PROMOTED_S)
        return Place(key, own, answer, is_new=entry is None)

    def keep(self, place: Place, answer: EncodedAnswer, now: float) -> None:
        """Have *answer* kept at *place* as long as it may be good; wait for nothing."""
        kept = self._back.set(place.own, _encode(answer), answer.same_until - now)
        keeping = asyncio.create_task(kept)
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    async def close(self) -> None:
        """Wait until all is kept; the stores are their owner's."""
        await asyncio.gather(*self._keeping)

    def _name(self, ask: PreviewRequest) -> str:
        # The language is in the entry's key; all else makes no other answer.
        asked = _encode((ask.url, ask.channel, ask.method, ask.partner))
        return blake2b(asked, key=self._maker, digest_size=12).hexdigest()


def maker(partners: bytes) -> bytes:
    """What an answer depends on beside its entry and the question: the *partners*, and this code.

    So nobody gets what another version has rendered, or a node that knows others.
    """
    digest = blake2b(partners, digest_size=32)
    for module in sorted(PACKAGE.rglob("*.py")):
        digest.update(module.read_bytes())
    return digest.digest()


def _good(entry: bytes, kept: bytes, now: float) -> EncodedAnswer | None:
    """The answer *kept* beside *entry*, if it was made of that and is good at *now*."""
    answer = decoded(kept, _decode)
    if answer is None or answer.stored_at != stored_at(entry):
        return None
    return answer if answer.is_good(now) else None
