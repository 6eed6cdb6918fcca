"""A checked URL → one HTTP answer; the only module that talks to the network."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from preview_service.errors import (
    Blocked,
    BlockedByPolicy,
    ConnectFailed,
    DNSFailed,
    FetchFailed,
    TimedOut,
    TLSFailed,
    Unreadable,
    UnsupportedEncoding,
)
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.fetch.guard import Guard
from preview_service.fetch.politeness import Gate
from preview_service.fetch.redirects import REDIRECTS, RedirectFollower
from preview_service.fetch.resolver import (
    IS_PICTURE,
    GuardedConnector,
    SocketRefused,
    SystemResolver,
    WireBudgetSpent,
)
from preview_service.outcome import Origin
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url

# aiohttp decodes each of these, singly; anything else it passes on as it came.
CODINGS = ("gzip", "deflate", "br", "zstd")
# The same for every caller: nothing of a request to us goes out with ours.
HEADERS = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,image/*;q=0.8,*/*;q=0.5",
    "Accept-Language": "en,*;q=0.5",
    "Accept-Encoding": ", ".join(CODINGS),
}
# Bytes of a header field, and fields. Sites beyond aiohttp's own 8190 and 128 are rare but real
# (Content-Security-Policy, cookies); how much a head is in all, the wire budget bounds.
MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 1024

# The first row that fits, top down: many of these are kinds of one another. What aiohttp says
# itself is never passed on, for it quotes the server (CWE-209).
FAILURES: tuple[tuple[type[Exception], type[FetchFailed], str], ...] = (
    (aiohttp.ClientConnectorDNSError, DNSFailed, "the host's name has no address"),
    (UnicodeError, DNSFailed, "the host's name cannot be looked up"),
    (aiohttp.ClientConnectorCertificateError, TLSFailed, "the site's certificate is not valid"),
    (aiohttp.ClientSSLError, TLSFailed, "no secure connection could be made"),
    (ssl.SSLError, TLSFailed, "the secure connection failed"),
    (aiohttp.ConnectionTimeoutError, TimedOut, "connecting took too long"),
    (TimeoutError, TimedOut, "the server sent nothing for too long"),
    (WireBudgetSpent, Unreadable, "the answer is mostly not content"),
    (aiohttp.ClientPayloadError, Unreadable, "the answer broke off or is malformed"),
    (aiohttp.ClientResponseError, Unreadable, "the answer is not HTTP"),
    (aiohttp.InvalidURL, BlockedByPolicy, "the address cannot be requested"),
    (aiohttp.ServerDisconnectedError, ConnectFailed, "the server closed the connection"),
    (OSError, ConnectFailed, "no connection could be made"),
    (Exception, Unreadable, "the answer could not be read"),
)


class HttpFetcher(RedirectFollower):
    """The `Fetcher` over the network.

    Nothing is retried, but for what aiohttp does by itself: an idempotent request once more when
    the connection breaks before any answer. The second attempt passes the same gates.
    """

    def __init__(
        self,
        settings: FetchSettings,
        guard: Guard,
        *,
        resolver: AbstractResolver | None = None,
        connector: type[GuardedConnector] = GuardedConnector,
        gate: Gate | None = None,
    ) -> None:
        super().__init__(settings, guard)
        self._resolver = resolver or SystemResolver(settings)
        self._make_connector = connector
        self._connector: GuardedConnector | None = None
        self._session: aiohttp.ClientSession | None = None
        self._gate = gate or Gate(settings)

    @property
    def sockets_opened(self) -> int:
        return self._connector.sockets_opened if self._connector else 0

    async def fetch(
        self,
        url: str,
        sink: Sink,
        headers: Mapping[str, str] = NO_HEADERS,
        known: Origin | None = None,
        *,
        is_picture: bool = False,
    ) -> Fetched:
        former = IS_PICTURE.set(is_picture)
        try:
            return await super().fetch(url, sink, headers, known, is_picture=is_picture)
        finally:
            IS_PICTURE.reset(former)

    def check_room(self, url: Url) -> None:
        self._gate.check_room(url)

    @asynccontextmanager
    async def exchange(self, url: Url, headers: Mapping[str, str]) -> AsyncIterator["HttpResponse"]:
        async with self._gate.turn(url) as turn:
            answer = await self._answer(url, headers)
            turn.answer(answer.status, answer.headers.get("Retry-After"))
            try:
                yield HttpResponse(answer)
            finally:
                # Not released: what is left of a body is the server's affair.
                answer.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    async def _answer(self, url: Url, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        try:
            return await self._running_session().get(
                URL(url.key, encoded=True), headers=headers, allow_redirects=False
            )
        except FetchFailed:
            raise
        except Exception as error:
            raise failure(error) from error

    def _running_session(self) -> aiohttp.ClientSession:
        """Made at the first use, inside the loop that it belongs to."""
        if self._session is None:
            settings = self._settings
            self._connector = self._make_connector(settings, self._guard, resolver=self._resolver)
            self._session = open_session(settings, self._connector, HEADERS)
        return self._session


class HttpResponse:
    """An answer from the network; one whose body could not be understood is not made."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        if answer.status < 200:
            raise Unreadable("the server asks for another protocol")
        coding = ", ".join(answer.headers.getall("Content-Encoding", ())).lower()
        if coding not in {*CODINGS, "identity", ""} and answer.status not in REDIRECTS:
            raise UnsupportedEncoding("the answer is encoded in a way that is not supported")
        self._content = answer.content
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers

    async def read(self) -> bytes:
        try:
            return await self._content.readany()
        except Exception as error:
            raise failure(error) from error


def open_session(
    settings: FetchSettings, connector: GuardedConnector, headers: Mapping[str, str]
) -> aiohttp.ClientSession:
    """A session that goes through *connector* alone and remembers nothing between requests."""
    return aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": settings.agent, **headers},
        cookie_jar=aiohttp.DummyCookieJar(),
        # No proxy or .netrc of the environment: the guard would only see the proxy.
        trust_env=False,
        max_line_size=MAX_FIELD_BYTES,
        max_field_size=MAX_FIELD_BYTES,
        max_headers=MAX_FIELDS,
        # The whole has its own deadline, which is its caller's; these bound its steps.
        timeout=aiohttp.ClientTimeout(
            sock_connect=settings.connect_timeout_s,
            sock_read=settings.first_byte_timeout_s,
        ),
    )


def failure(error: Exception) -> FetchFailed:
    """What a foreign exception means, in words of our own."""
    if _comes_from(error, SocketRefused):
        return Blocked("a socket to an address that is not public was refused")
    _, kind, sentence = next(row for row in FAILURES if isinstance(error, row[0]))
    return kind(sentence)


def _comes_from(error: BaseException | None, kind: type[Exception]) -> bool:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error is not None
