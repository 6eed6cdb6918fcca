"""What is to be forgotten, by URL, host, prefix or verdict → the entries of a store it means."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec

from preview_service.cache.bus import Bus
from preview_service.cache.key import address_of
from preview_service.cache.store import Choice, Store, decoded
from preview_service.model import Verdict
from preview_service.telemetry.logs import logger


class Purge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Entries that answer to all that is given; nothing given means all there are.

    `url` and `prefix` are normalised URLs or beginnings of one, `host` a name without its port.
    """

    url: str = ""
    prefix: str = ""
    host: str = ""
    verdict: Verdict | None = None

    def choice(self) -> Choice:
        return Choice(
            prefix=self.url or self.prefix,
            key=self.has_key if self.url or self.host or self.prefix else None,
            value=self.has_value if self.verdict else None,
        )

    def has_key(self, key: str) -> bool:
        address = address_of(key)
        return (
            (not self.url or address == self.url)
            and address.startswith(self.prefix)
            and (not self.host or _host(address) == self.host)
        )

    def has_value(self, value: bytes) -> bool:
        kept = decoded(value, _decode)
        if kept is None:
            return True  # serves nobody, or is an answer, which can be rendered again
        preview = kept.outcome.preview
        return preview is not None and preview.verdict == self.verdict


class _Preview(msgspec.Struct):
    verdict: str


class _Outcome(msgspec.Struct):
    preview: _Preview | None = None


class _Entry(msgspec.Struct):
    """As much of `entry.Entry` as a purge asks about; the rest is skipped unread."""

    outcome: _Outcome


_decode: Final = msgspec.msgpack.Decoder(_Entry).decode
_parse: Final = msgspec.msgpack.Decoder(Purge).decode


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Purger:
    """Forgets in the shared store, and in what each process has near at hand.

    *near* is the store that a message from another process is about. Every purge, wherever it
    began, is told to those who `watch`.
    """

    def __init__(self, store: Store, near: Store, bus: Bus) -> None:
        self._store = store
        self._near = near
        self._bus = bus
        self._watchers: list[Callable[[Choice], None]] = []

    def watch(self, purged: Callable[[Choice], None]) -> None:
        """Have *purged* called with what is to be forgotten, once it is or more often."""
        self._watchers.append(purged)

    async def start(self) -> None:
        """From now on forget what others purge."""
        await self._bus.listen(self._heard)

    async def purge(self, purge: Purge) -> tuple[int, bool]:
        """How many entries there were, as far as known, and whether all others are sure to hear."""
        choice = purge.choice()
        # Before, for what lands while the store looks through its keys may slip through; and
        # after, for what was read from it meanwhile may be kept elsewhere.
        self._tell(choice)
        count = await self._store.purge(choice)
        self._tell(choice)
        return count, await self._bus.send(msgspec.msgpack.encode(purge))

    async def _heard(self, message: bytes) -> None:
        purge = decoded(message, _parse)
        if purge is None:
            # Of another version, perhaps: too much forgotten is the safe mistake.
            logger().warning("purge_not_understood")
            purge = Purge()
        choice = purge.choice()
        await self._near.purge(choice)
        self._tell(choice)

    def _tell(self, choice: Choice) -> None:
        for purged in self._watchers:
            purged(choice)
