"""A URL → whether its site's robots.txt lets us ask for it, unless a person did.

https://www.rfc-editor.org/rfc/rfc9309: what is not there forbids nothing, what cannot be reached
forbids everything. A link that somebody pasted is fetched for that person and asks nobody; what is
fetched of our own accord, to warm the cache, obeys.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
from cachetools import LRUCache

from preview_service.errors import FetchFailed, NotRecorded, Overloaded, TooManyRedirects
from preview_service.fetch.base import Fetcher
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url

if TYPE_CHECKING:
    from protego import Protego

# What a crawler must read at least (RFC 9309 §2.5).
MAX_BYTES: Final = 500 * 1024
KEPT_S: Final = 3600.0
UNREACHABLE_KEPT_S: Final = 300.0
KEPT_BYTES: Final = 32 * 1024 * 1024
# What a site costs in memory: a parsed rule takes about so many times its text.
_SITE_BYTES: Final = 500
_RULES_BYTES: Final = 30

_OK: Final = 200
_REDIRECT: Final = 300
_BUSY: Final = 429
_SERVER_ERROR: Final = 500

_AGENT: Final = re.compile(r"\s*user[\s-]*agent\s*:?([^#]*)", re.IGNORECASE)


class _Rules(msgspec.Struct, frozen=True, gc=False):
    """What a site lets us: by its file, or all or nothing."""

    file: Any
    everything: bool
    until: float
    size: int = _SITE_BYTES


class _File:
    """A sink that keeps as much of a robots.txt as is read."""

    def __init__(self) -> None:
        self.body = bytearray()

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        pass

    def feed(self, chunk: bytes) -> bool:
        self.body += chunk[: MAX_BYTES - len(self.body)]
        return len(self.body) >= MAX_BYTES


class Robots:
    """The rules of sites, each asked for once in a while through *fetcher*.

    *clock* gives seconds that never run backwards. Sites are remembered within `KEPT_BYTES`.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        settings: FetchSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._product = settings.agent.partition("/")[0]
        self._clock = clock
        self._rules: LRUCache[str, _Rules] = LRUCache(KEPT_BYTES, getsizeof=lambda kept: kept.size)
        self._asking: dict[str, asyncio.Task[_Rules]] = {}

    async def allowed_by_robots(self, url: Url) -> bool:
        """Whether *url* may be asked for; raise `Overloaded` if there is no room to find out."""
        site = _site(url)
        rules = self._rules.get(site)
        if rules is None or rules.until <= self._clock():
            rules = await self._asked(site)
        return rules.file.can_fetch(url.key, self._product) if rules.file else rules.everything

    async def close(self) -> None:
        """Give up what is being asked."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _asked(self, site: str) -> _Rules:
        """The rules of *site*, asked for once for all who want to know."""
        task = self._asking.get(site)
        if task is None:
            task = self._asking[site] = asyncio.create_task(self._ask(site))
            task.add_done_callback(lambda _: self._asking.pop(site, None))
        # Who asked first may leave first.
        return await asyncio.shield(task)

    async def _ask(self, site: str) -> _Rules:
        file = _File()
        try:
            fetched = await self._fetcher.fetch(f"{site}/robots.txt", file)
            status, is_whole = fetched.status, fetched.cut is None
        except Overloaded:
            raise
        except (TooManyRedirects, NotRecorded):
            status, is_whole = 404, True  # as good as not there (RFC 9309 §2.3.1.2)
        except FetchFailed:
            status, is_whole = _SERVER_ERROR, False
        rules = self._read(status if is_whole else _SERVER_ERROR, bytes(file.body))
        if rules.size <= self._rules.maxsize:
            self._rules[site] = rules
        return rules

    def _read(self, status: int, body: bytes) -> _Rules:
        now = self._clock()
        if status == _BUSY or status >= _SERVER_ERROR:
            return _Rules(None, everything=False, until=now + UNREACHABLE_KEPT_S)
        if not _OK <= status < _REDIRECT:
            return _Rules(None, everything=True, until=now + KEPT_S)
        size = _SITE_BYTES + _RULES_BYTES * len(body)
        file = parse(body.decode("utf-8-sig", "replace"), self._product)
        return _Rules(file, everything=True, until=now + KEPT_S, size=size)


def parse(text: str, product: str) -> "Protego":
    """The rules in a robots.txt, of which those for *product* and for all are looked for."""
    from protego import Protego

    ours = ("*", product.lower())
    return Protego.parse("\n".join(_told(line, ours) for line in text.splitlines()))


def _told(line: str, ours: tuple[str, ...]) -> str:
    """*line*, or if it names another agent than *ours* the same for all of them.

    Protego gives every rule to every agent of a group: 4,000 of each, 120 KB, took it 23 s.
    """
    found = _AGENT.match(line)
    if found is None or found[1].strip().lower() in ours:
        return line
    return "User-agent: another"


def _site(url: Url) -> str:
    """The origin whose robots.txt counts for *url*."""
    return url.key[: url.key.index("/", len(url.scheme) + len("://"))]
