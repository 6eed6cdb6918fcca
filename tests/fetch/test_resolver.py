"""The gates inside aiohttp: what is checked, when, and that nothing gets round them."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from preview_service.errors import Blocked, DNSFailed, TimedOut
from preview_service.fetch import resolver
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.guard import Guard
from preview_service.fetch.resolver import (
    DNS_THREADS,
    GuardedConnector,
    SocketRefused,
    SystemResolver,
    is_own_address,
)
from preview_service.settings import FetchSettings

Serve = Callable[..., Awaitable[Any]]
NewFetcher = Callable[..., HttpFetcher]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that the operating system is asked for; it knows them all."""
    names: list[str] = []

    def getaddrinfo(name: str, port: int, *_: object, **__: object) -> list[Any]:
        names.append(name)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2400:cb00::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.4.4", port)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


@pytest.mark.parametrize(
    ("networks", "host", "name"),
    [
        ((), "a.example", "a.example."),
        ((), "a.example.", "a.example."),
        (("10.0.0.0/8",), "wiki", "wiki"),
        (("10.0.0.0/8",), "a.example", "a.example"),
    ],
)
async def test_search_domains_are_for_opened_networks_only(
    networks: tuple[str, ...], host: str, name: str, looked_up: list[str]
) -> None:
    system = SystemResolver(FetchSettings(allow_networks=networks))
    found = await system.resolve(host, 443)
    await system.close()
    assert looked_up == [name]
    assert [(row["hostname"], row["host"], row["port"]) for row in found] == [
        (host, "2400:cb00::1", 443),
        (host, "8.8.4.4", 443),
    ]


@pytest.fixture
def hanging_dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    released = threading.Event()

    def getaddrinfo(*_: object, **__: object) -> list[Any]:
        released.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    released.set()


@pytest.mark.usefixtures("hanging_dns")
async def test_slow_dns_neither_delays_its_caller_nor_starves_other_threads() -> None:
    system = SystemResolver(FetchSettings(dns_timeout_s=0.1))
    lookups = [system.resolve(f"{number}.example") for number in range(2 * DNS_THREADS)]
    async with asyncio.timeout(2):
        failures = await asyncio.gather(*lookups, return_exceptions=True)
        assert await asyncio.to_thread(lambda: "alive") == "alive"
    await system.close()
    assert {type(failure) for failure in failures} == {TimedOut}


def test_a_look_up_that_hangs_does_not_keep_the_process_alive() -> None:
    program = """
import asyncio, socket, threading
from preview_service.errors import TimedOut
from preview_service.fetch.resolver import SystemResolver
from preview_service.settings import FetchSettings

socket.getaddrinfo = lambda *_, **__: threading.Event().wait()

async def main():
    try:
        await SystemResolver(FetchSettings(dns_timeout_s=0.05)).resolve("a.example")
    except TimedOut:
        print("timed out")

asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=10, check=True
    )
    assert (ended.stdout, ended.stderr) == ("timed out\n", "")


async def test_a_failed_look_up_frees_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    system = SystemResolver(FetchSettings())
    for number in range(DNS_THREADS + 1):
        with pytest.raises(socket.gaierror):
            await system.resolve(f"{number}.example")


async def test_a_thread_that_cannot_start_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    system = SystemResolver(FetchSettings())
    for number in range(DNS_THREADS + 1):
        with pytest.raises(RuntimeError):
            await system.resolve(f"{number}.example")


async def test_a_name_is_looked_up_once_and_its_answer_is_what_is_connected_to(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any, connects: list[str]
) -> None:
    """A name that is public at first and private at the next look: DNS rebinding."""
    site = await serve(OK)
    fetcher = new_fetcher(site, dns={"a.example": [["127.0.0.1"], ["10.0.0.1"]]})
    for _ in range(3):
        await fetcher.fetch(f"http://a.example:{site.port}/", new_sink())
    assert fetcher._resolver.asked == ["a.example"]
    assert connects == ["127.0.0.1"] * 3


async def test_an_answer_that_has_changed_is_judged_anew(
    serve: Serve,
    new_fetcher: NewFetcher,
    new_sink: Any,
    connects: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolver, "DNS_CACHE_S", 0)
    site = await serve(OK)
    fetcher = new_fetcher(site, dns={"a.example": [["127.0.0.1"], ["10.0.0.1"]]})
    url = f"http://a.example:{site.port}/"
    await fetcher.fetch(url, new_sink())
    with pytest.raises(Blocked):
        await fetcher.fetch(url, new_sink())
    assert connects == ["127.0.0.1"]


async def test_a_cached_answer_is_judged_anew(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await serve(OK)
    fetcher = new_fetcher(site, dns={"a.example": [["127.0.0.1"]]})
    url = f"http://a.example:{site.port}/"
    await fetcher.fetch(url, new_sink())
    monkeypatch.setattr(fetcher._guard, "_networks", ())
    with pytest.raises(Blocked):
        await fetcher.fetch(url, new_sink())
    assert fetcher.sockets_opened == 1


@pytest.mark.parametrize(
    "answer",
    [
        ["10.0.0.1"],
        ["127.0.0.1", "10.0.0.1"],
        ["10.0.0.1", "127.0.0.1"],
        ["127.0.0.1"] * 8 + ["10.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["localhost"],
        ["127.0.0.1%lo"],
    ],
)
async def test_one_bad_address_spoils_the_answer(
    answer: list[str], serve: Serve, new_fetcher: NewFetcher, connects: list[str]
) -> None:
    site = await serve(OK)
    fetcher = new_fetcher(site, dns={"a.example": [answer]})
    with pytest.raises(Blocked):
        await fetcher.fetch(f"http://a.example:{site.port}/", None)
    assert connects == []


async def test_an_unknown_name_is_a_failure_of_the_dns(new_fetcher: NewFetcher) -> None:
    with pytest.raises(DNSFailed):
        await new_fetcher().fetch("http://nobody.example/", None)


async def test_another_address_is_tried_when_the_first_does_not_answer(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any, connects: list[str]
) -> None:
    site = await serve(OK)
    fetcher = new_fetcher(site, dns={"a.example": [["127.0.0.9", "127.0.0.1"]]})
    await fetcher.fetch(f"http://a.example:{site.port}/", new_sink())
    assert connects == ["127.0.0.9", "127.0.0.1"]


class EverythingIsPublic(Guard):
    def allows_address(self, text: str) -> bool:
        return True


async def test_this_machines_own_addresses_are_refused_even_if_they_are_public(
    serve: Serve, connects: list[str]
) -> None:
    site = await serve(OK)
    settings = FetchSettings(allow_ports=(site.port,))
    fetcher = HttpFetcher(settings, EverythingIsPublic(settings))
    with pytest.raises(Blocked, match="is this machine"):
        await fetcher.fetch(site.url, None)
    await fetcher.close()
    assert connects == []


@pytest.mark.parametrize(
    ("address", "expected"), [("127.0.0.1", True), ("203.0.113.77", False), ("2001:db8::77", False)]
)
def test_an_own_address_is_known_without_sending(address: str, expected: bool) -> None:
    assert is_own_address(address) is expected


@pytest.mark.parametrize(
    ("address", "is_opened"),
    [
        ("127.0.0.1", True),
        ("8.8.8.8", True),
        ("10.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("fe80::1%lo", False),
        ("localhost", False),
    ],
)
async def test_the_last_gate_opens_sockets_to_allowed_addresses_only(
    address: str, is_opened: bool
) -> None:
    settings = FetchSettings(allow_networks=("127.0.0.0/8",))
    system = SystemResolver(settings)
    connector = GuardedConnector(settings, Guard(settings), resolver=system)
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 80))
    try:
        connector._open_socket(info).close()
    except SocketRefused:
        assert not is_opened
    assert connector.sockets_opened == is_opened
    await connector.close()
    await system.close()


class Transport(asyncio.Transport):
    """Notes how it is ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = ""

    def close(self) -> None:
        self.ended += "closed"

    def abort(self) -> None:
        self.ended += "aborted"


async def test_a_connection_is_ended_without_the_other_sides_consent() -> None:
    """uvloop reads a closed TLS connection on for as long as the server sends."""
    settings = FetchSettings()
    system = SystemResolver(settings)
    connector = GuardedConnector(settings, Guard(settings), resolver=system)
    handler, transport = connector._factory(), Transport()
    handler.connection_made(transport)
    handler.close()
    assert transport.ended == "aborted"
    await connector.close()
    await system.close()


def test_a_refused_socket_is_an_error_that_aiohttp_understands() -> None:
    assert issubclass(SocketRefused, OSError)
