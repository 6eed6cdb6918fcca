"""Forbidden targets → tried through every way a fetch can take, with the sockets that were opened.

Two of the guard's hooks are private to aiohttp, so a release could stop calling them without a
sound. This proves on the machine at hand that each layer refuses by itself. It listens on loopback
and sends nothing elsewhere while the guard holds.
"""

import asyncio
import functools
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import msgspec
from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from preview_service.errors import Blocked, FetchFailed
from preview_service.fetch.base import NO_HEADERS, Fetched, Fetcher, Sink
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.guard import Guard
from preview_service.fetch.poster import Poster
from preview_service.fetch.resolver import GuardedConnector
from preview_service.outcome import Origin
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url, normalize

LISTENER = "127.0.0.1"
FORBIDDEN_HOSTS = (
    *("127.0.0.2", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.100.100.200"),  # noqa: S104
    *("[::1]", "[::ffff:127.0.0.2]", "[64:ff9b::7f00:2]", "[2002:7f00:2::]", "[fd00:ec2::254]"),
)
FORBIDDEN_NAMES = ("localhost", "metadata.google.internal", "intranet")
FORBIDDEN_ANSWERS = {
    "private.example": ("10.0.0.1",),
    "mixed.example": ("8.8.8.8", "127.0.0.2"),
    "mapped.example": ("::ffff:127.0.0.2",),
    "renamed.example": ("localhost",),
}
ATTEMPT_TIMEOUT_S = 2.0


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try: refused by what, and the sockets opened to any address but the listener's."""

    path: str
    target: str
    refused: bool
    by: str | None
    sockets: int


async def self_test(settings: FetchSettings) -> tuple[Attempt, ...]:
    """Every forbidden target by every path; all is well when each is refused with no socket.

    The guard is tried as it is when *settings* open no network.
    """
    _watch_connects()
    async with _redirecting_listener() as (port, visited):
        closed = msgspec.structs.replace(
            settings,
            allow_networks=(),
            allow_ports=(80, port),
            page_timeout_s=ATTEMPT_TIMEOUT_S,
        )
        return tuple([attempt async for attempt in _attempts(closed, port, visited)])


async def _attempts(closed: FetchSettings, port: int, visited: set[str]) -> AsyncIterator[Attempt]:
    for path, fetcher, targets in _paths(closed, port):
        for target in targets:
            # The listener redirects to what its path says.
            is_redirect = path == "redirect"
            url = f"http://{LISTENER}:{port}/{target}" if is_redirect else target
            attempt = await _attempt(path, target, fetcher, url)
            if is_redirect and target not in visited:
                # A redirect that was never served proves nothing.
                attempt = msgspec.structs.replace(attempt, refused=False, by=None)
            yield attempt
        await fetcher.close()


def _paths(closed: FetchSettings, port: int) -> Iterator[tuple[str, Fetcher, list[str]]]:
    """Each path: its name, a fetcher on which only the layer under test stands, its targets."""
    opened = msgspec.structs.replace(closed, allow_networks=(f"{LISTENER}/32",))
    literals = [f"http://{host}/" for host in FORBIDDEN_HOSTS]
    names = [f"http://{name}/" for name in (*FORBIDDEN_NAMES, f"{LISTENER}:{port}")]
    answers = [f"http://{name}/" for name in FORBIDDEN_ANSWERS]
    new = functools.partial(HttpFetcher, resolver=_Answers())
    yield "url", new(closed, Guard(closed)), literals + names
    yield "literal", new(closed, _AddressesOnly(closed)), literals
    yield "dns", new(closed, Guard(closed)), answers
    yield "redirect", new(opened, Guard(opened)), literals + answers
    yield "post", _Posting(closed), literals + answers
    yield "socket", new(closed, _AddressesOnly(closed), connector=_SocketGateOnly), literals


async def _attempt(path: str, target: str, fetcher: Fetcher, url: str) -> Attempt:
    connects: list[str] = []
    token = _connects.set(connects)
    refused_by: str | None = None
    try:
        await fetcher.fetch(url, _Ignore())
    except Blocked as error:
        refused_by = str(error)
    except FetchFailed:
        pass
    finally:
        _connects.reset(token)
    sockets = sum(host != LISTENER for host in connects)
    return Attempt(
        path=path,
        target=target,
        refused=refused_by is not None and not sockets,
        by=refused_by,
        sockets=sockets,
    )


class _AddressesOnly(Guard):
    """Lets every URL pass, so that only the connection stands in the way."""

    def check_url(self, url: Url) -> None:
        pass


class _SocketGateOnly(GuardedConnector):
    """Resolves like aiohttp, so that only the socket factory stands in the way."""

    _resolve_host = TCPConnector._resolve_host


class _Answers(AbstractResolver):
    """A DNS of an attacker's making."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in FORBIDDEN_ANSWERS[host]
        ]

    async def close(self) -> None:
        pass


class _Posting:
    """The way of webhooks, in the place of a fetch."""

    def __init__(self, settings: FetchSettings) -> None:
        self._poster = Poster(settings, resolver=_Answers())

    def check_room(self, url: Url) -> None:
        """A webhook is not kept waiting."""

    async def fetch(
        self,
        url: str,
        sink: Sink,
        headers: Mapping[str, str] = NO_HEADERS,
        known: Origin | None = None,
        *,
        is_picture: bool = False,
    ) -> Fetched:
        posted = await self._poster.post(normalize(url), b"", headers, timeout_s=ATTEMPT_TIMEOUT_S)
        return Fetched(url=url, status=posted.status, headers={})

    async def close(self) -> None:
        await self._poster.close()


class _Ignore:
    """A sink that wants nothing."""

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        pass

    def feed(self, chunk: bytes) -> bool:
        return True


@asynccontextmanager
async def _redirecting_listener() -> AsyncIterator[tuple[int, set[str]]]:
    """A server on loopback that sends every visitor to where its path says."""
    visited: set[str] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ")[1][1:]
        visited.add(target.decode())
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % target)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, LISTENER, 0)
    try:
        yield server.sockets[0].getsockname()[1], visited
    finally:
        server.close()
        await server.wait_closed()


_connects: ContextVar[list[str] | None] = ContextVar("connects", default=None)


@functools.cache
def _watch_connects() -> None:
    """Note every TCP connect, whoever makes it: counting in our own gate would prove nothing.

    https://docs.python.org/3/library/audit_events.html
    """

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and (connects := _connects.get()) is not None:
            opened, address = arguments
            if opened.type == socket.SOCK_STREAM:
                connects.append(str(address[0]))

    sys.addaudithook(note)
