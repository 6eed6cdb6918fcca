"""A key → whose turn it is to make it, among all who share a store.

A lock with a token and a time to live: https://redis.io/docs/latest/develop/use/patterns/distributed-locks/
(the single instance; two who make the same preview waste a fetch and do no harm).
"""

from typing import Final, Protocol

import msgspec


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking for a turn.

    `is_mine`: make it, then `give` the turn back with `token`. Else `result` is what another made;
    None: nobody did within the time.
    """

    is_mine: bool = False
    token: str = ""
    result: bytes | None = None


ALONE: Final = Turn(is_mine=True)
"""The turn of one who cannot ask the others: better made twice than not at all."""


class Flights(Protocol):
    """Turns at making what belongs to a key; like a store's, its failures cost no more than work.

    Before making it, whoever has the turn looks at the store's `latest`: another may have landed
    just before.
    """

    async def take(self, key: str, *, ttl_s: float, wait_s: float) -> Turn:
        """A turn at *key*, for *ttl_s* at most, or what another made of it within *wait_s*.

        Whoever dies with a turn loses it after *ttl_s*, and one of those who wait has it then.
        """

    async def give(self, key: str, token: str, result: bytes | None = None) -> None:
        """Give back the turn that came with *token*, and *result* to all who wait for it.

        Without a result one of them has the turn. An outlived token takes nobody else's turn away.
        """

    async def close(self) -> None:
        """Stop listening; what is in flight is its owner's to end."""


class LocalFlights:
    """`Flights` of a process that shares nothing."""

    async def take(self, key: str, *, ttl_s: float, wait_s: float) -> Turn:
        return ALONE

    async def give(self, key: str, token: str, result: bytes | None = None) -> None:
        pass

    async def close(self) -> None:
        pass
