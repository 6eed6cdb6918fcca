"""Servers of any manners on loopback, and fetchers that may reach them."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.guard import Guard
from preview_service.settings import FetchSettings

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Site:
    """A raw server: runs its script after each request's head, which it keeps."""

    def __init__(self, script: Script | bytes, host: str) -> None:
        self.script = script
        self.host = host
        self.port = 0
        self.heads: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.create_task(self._answer(reader, writer)))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(self.script, bytes):
                writer.write(self.script)
                await writer.drain()
            else:
                await self.script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Recorder:
    """A sink that keeps what it is given and stops, or declines, when it is told to."""

    def __init__(self, *, stop_after: int | None = None, decline: Exception | None = None) -> None:
        self.begun: list[tuple[str, int, str | None]] = []
        self.chunks: list[bytes] = []
        self._stop_after = stop_after
        self._decline = decline

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        self.begun.append((url, status, headers.get("content-type")))
        self.headers = headers
        if self._decline is not None:
            raise self._decline

    def feed(self, chunk: bytes) -> bool:
        self.chunks.append(chunk)
        return self._stop_after is not None and len(self.body) >= self._stop_after


class StubDNS(AbstractResolver):
    """Answers from a table, each call with the next of the name's answers; counts the calls."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        turns = self._answers.get(host, [])
        if not turns:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        answer = turns.pop(0) if len(turns) > 1 else turns[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in answer
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Site]]]:
    """Start a site that answers with bytes and then closes, or as a script does."""
    sites: list[Site] = []

    async def start(script: Script | bytes, *, host: str = "127.0.0.1") -> Site:
        site = Site(script, host)
        await site.start()
        sites.append(site)
        return site

    yield start
    for site in sites:
        await site.stop()


@pytest.fixture
async def new_fetcher() -> AsyncIterator[Callable[..., HttpFetcher]]:
    """Make a fetcher that may reach loopback, on the sites' ports."""
    fetchers: list[HttpFetcher] = []

    def make(
        *sites: Site, dns: Mapping[str, Sequence[Sequence[str]]] | None = None, **given: Any
    ) -> HttpFetcher:
        chosen: dict[str, Any] = {
            "allow_networks": ("127.0.0.0/8",),
            "allow_ports": (80, 443, *(site.port for site in sites)),
            "max_page_bytes": 64 * 1024,
            "page_timeout_s": 5.0,
        }
        settings = FetchSettings(**(chosen | given))
        resolver = StubDNS(dns or {})
        fetcher = HttpFetcher(settings, Guard(settings), resolver=resolver)
        fetchers.append(fetcher)
        return fetcher

    yield make
    for fetcher in fetchers:
        await fetcher.close()


@pytest.fixture
def new_sink() -> type[Recorder]:
    return Recorder


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that TCP sockets of this process connect to, by whatever code.

    None but loopback is really connected to.
    """
    seen: list[str] = []
    connect = socket.socket.connect

    def note(opened: socket.socket, address: Any) -> None:
        if opened.type == socket.SOCK_STREAM:
            seen.append(address[0])
            if not address[0].startswith("127."):
                raise ConnectionRefusedError(errno.ECONNREFUSED, "the test stays on loopback")
        connect(opened, address)

    monkeypatch.setattr(socket.socket, "connect", note)
    return seen
