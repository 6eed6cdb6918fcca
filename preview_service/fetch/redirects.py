"""An address → its last redirect's answer, streamed into a sink, with the guard at every hop.

What a fetch over the network and one from recorded pages have in common; they differ in how one
request is answered (https://fetch.spec.whatwg.org/#http-redirect-fetch).
"""

import asyncio
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from preview_service.errors import (
    BadURL,
    BlockedByPolicy,
    FetchFailed,
    NotModified,
    TimedOut,
    TooManyRedirects,
)
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.fetch.conditional import conditions, is_about
from preview_service.fetch.guard import Guard
from preview_service.outcome import Hop, Origin
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url, normalize, resolve

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_MODIFIED = 304
# Small enough that a sink's "enough" comes promptly and its work never holds the loop for long.
SLICE_BYTES = 16 * 1024
# What freshness and verdicts are decided by; cookies and the rest never leave this folder.
KEPT_HEADERS = (
    *(
        "accept-ranges",
        "age",
        "cache-control",
        "date",
        "etag",
        "expires",
        "last-modified",
        "retry-after",
    ),
    *("content-disposition", "content-language", "content-length", "content-range"),
    *("content-type", "server", "www-authenticate", "x-robots-tag"),
    *("cf-mitigated", "sg-captcha", "x-amzn-waf-action", "x-datadome", "x-dd-b", "x-iinfo"),
    *("x-kpsdk-ct", "x-px-block", "x-sucuri-block", "x-vercel-mitigated"),
)
MAX_KEPT_CHARS = 4096
_SURROGATE = re.compile("[\udc80-\udcff]")


class Response(Protocol):
    """A server's answer whose body is still to be read; `headers` take lower-case names."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    async def read(self) -> bytes:
        """More of the decoded body, empty at its end; raise `FetchFailed`."""


class RedirectFollower(ABC):
    """A `Fetcher` but for `exchange`: how a single request is made."""

    def __init__(self, settings: FetchSettings, guard: Guard) -> None:
        self._settings = settings
        self._guard = guard

    @abstractmethod
    def exchange(
        self, url: Url, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Response]:
        """Ask for *url*, which the guard has passed; raise `FetchFailed`."""

    async def fetch(
        self,
        url: str,
        sink: Sink,
        headers: Mapping[str, str] = NO_HEADERS,
        known: Origin | None = None,
        *,
        is_picture: bool = False,
    ) -> Fetched:
        """Follow *url* to its end; one deadline covers all of it."""
        settings = self._settings
        # One more than a picture may have tells that it has too many.
        most = settings.max_picture_bytes + 1 if is_picture else settings.max_page_bytes
        timeout_s = settings.picture_timeout_s if is_picture else settings.page_timeout_s
        reception = _Reception(sink, most)
        try:
            async with asyncio.timeout(timeout_s) as deadline:
                await self._follow(_address(url), reception, headers, known, is_picture=is_picture)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            late = TimedOut(f"no answer within {timeout_s:g} s")
            if not reception.has_begun:
                raise late from error
            reception.cut = late.reason
        return reception.fetched()

    async def _follow(
        self,
        current: Url,
        reception: "_Reception",
        headers: Mapping[str, str],
        known: Origin | None,
        *,
        is_picture: bool,
    ) -> None:
        self._guard.check_url(current)
        seen = {current.key}
        for _ in range(self._settings.max_redirects + 1):
            self._guard.check_policy(current, is_picture=is_picture)
            location = await self._visit(current, reception, headers, known)
            if location is None:
                return
            target = _target(current, location)
            self._guard.check_redirect(current, target)
            if target.key in seen:
                raise TooManyRedirects("it redirects in a circle")
            seen.add(target.key)
            current = target
        raise TooManyRedirects(f"it redirects more than {self._settings.max_redirects} times")

    async def _visit(
        self,
        current: Url,
        reception: "_Reception",
        headers: Mapping[str, str],
        known: Origin | None,
    ) -> str | None:
        """Receive what is at *current*, or return where it sends its visitors instead."""
        asks = {}
        if known is not None and known.url == current.href:
            asks = conditions(known.headers)
        async with self.exchange(current, {**headers, **asks}) as response:
            location = response.headers.get("location")
            if response.status in REDIRECTS and location is not None:
                reception.redirects.append(Hop(url=current.href, status=response.status))
                return location
            is_news = not asks or response.status != NOT_MODIFIED
            if is_news:
                await reception.receive(current, response)
                return None
            answered = _kept(response.headers)
        if known is not None and not is_about(answered, known.headers):
            return await self._visit(current, reception, headers, None)
        raise NotModified(answered)


class _Reception:
    """What one fetch has brought so far: a body that breaks off is still worth its beginning."""

    def __init__(self, sink: Sink, max_bytes: int) -> None:
        self._sink = sink
        self._bytes_left = max_bytes
        self._max_bytes = max_bytes
        self._started = time.monotonic()
        self._url = ""
        self._status = 0
        self._headers: dict[str, str] = {}
        self.redirects: list[Hop] = []
        self.has_begun = False
        self.cut: str | None = None

    async def receive(self, url: Url, response: Response) -> None:
        self._url, self._status = url.href, response.status
        self._headers = _kept(response.headers)
        self._sink.begin(url.href, response.status, self._headers)
        self.has_begun = True
        while self._bytes_left:
            try:
                chunk = await response.read()
            except FetchFailed as error:
                self.cut = error.reason
                return
            if not chunk or await self._feed(chunk[: self._bytes_left]):
                return

    async def _feed(self, chunk: bytes) -> bool:
        for start in range(0, len(chunk), SLICE_BYTES):
            part = chunk[start : start + SLICE_BYTES]
            self._bytes_left -= len(part)
            if self._sink.feed(part):
                return True
            # A body that was compressed well comes all at once: let others, and the deadline, in.
            await asyncio.sleep(0)
        return False

    def fetched(self) -> Fetched:
        return Fetched(
            url=self._url,
            status=self._status,
            headers=self._headers,
            redirects=tuple(self.redirects),
            bytes=self._max_bytes - self._bytes_left,
            ms=round((time.monotonic() - self._started) * 1000),
            cut=self.cut,
        )


def _address(url: str) -> Url:
    try:
        return normalize(url, keep_tracking=True)
    except BadURL as error:
        raise BlockedByPolicy(str(error)) from error


def _target(current: Url, location: str) -> Url:
    # Bytes that are not UTF-8 reach us as surrogates; like a browser, send them back as they came.
    written = _SURROGATE.sub(lambda byte: f"%{ord(byte[0]) & 0xFF:02X}", location)
    target = resolve(current.href, written)
    if target is None:
        raise BlockedByPolicy("it redirects to something that is not a web address")
    return _address(target)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", headers[name][:MAX_KEPT_CHARS])
        for name in KEPT_HEADERS
        if name in headers
    }
    if headers.get("content-encoding", "identity").lower() != "identity":
        # It counts bytes that nobody here will see.
        kept.pop("content-length", None)
    return kept
