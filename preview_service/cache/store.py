"""What a store is: bytes kept under a key for a while, and never a reason to fail."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import msgspec

MAX_ENTRY_BYTES: Final = 32 * 1024
"""Of a preview, as a store of previews takes it."""

MAX_PICTURE_BYTES: Final = 1024 * 1024
"""Of a picture, which has a store of its own."""

PROMOTED_S: Final = 3600.0
"""How long what is near keeps what it got from behind, which does not say how long it is good."""


T = TypeVar("T")


def decoded(value: bytes, decode: Callable[[bytes], T]) -> T | None:
    """What msgspec's *decode* makes of *value*, or None.

    What another version wrote, or something damaged, is as good as never kept.
    """
    try:
        return decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class Choice(msgspec.Struct, frozen=True):
    """Entries whose key begins with *prefix* and passes the tests that are given.

    A store that reads keys more cheaply than values reads no value without `value`. The tests are
    pure and quick, and may be run in another thread.
    """

    prefix: str = ""
    key: Callable[[str], bool] | None = None
    value: Callable[[bytes], bool] | None = None

    def has_key(self, key: str) -> bool:
        return key.startswith(self.prefix) and (self.key is None or self.key(key))

    def has_value(self, value: bytes) -> bool:
        return self.value is None or self.value(value)


class Store(Protocol):
    """Keeps bytes for some seconds; forgets earlier when it must, and nothing of it is durable.

    Whatever becomes of a disk or a server behind it costs a miss: no method raises for it.
    """

    async def get(self, key: str) -> bytes | None:
        """The bytes kept under *key*, or None once they are older than their time.

        Damaged bytes, and those that another version of the format wrote, are None too.
        """

    async def latest(self, key: str) -> bytes | None:
        """Like `get`, but as all who share the store see it, past what is near at hand."""

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep *value*; one larger than the store takes is not kept, and no older one stays."""

    async def delete(self, key: str) -> None:
        """Forget *key*; an unknown one is no error."""

    async def purge(self, choice: Choice) -> int:
        """Forget the chosen entries; how many there were, as far as it is known.

        What is beside an entry goes with it and is not counted. What is set meanwhile may stay.
        """

    async def close(self) -> None:
        """Let go of files and connections."""


class BackStore(Store, Protocol):
    """A store that lasts or is shared, and so takes a trip to ask."""

    async def get_all(self, *keys: str) -> list[bytes | None]:
        """What `get` gives for each of *keys*, in one trip."""
