import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from preview_service.errors import Blocked, ConnectFailed, TimedOut, Unreadable
from preview_service.fetch.poster import Poster
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import normalize

Serve = Callable[..., Awaitable[Any]]

BODY = b'{"hello": "there"}'


def answer(status: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


class Table(AbstractResolver):
    """Names and what they stand for."""

    def __init__(self, addresses: Mapping[str, Sequence[str]]) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self._addresses[host]
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    resolver = Table({"inside.example": ["127.0.0.1"], "cloud.example": ["169.254.169.254"]})
    # What is open to pages is not open to webhooks.
    settings = FetchSettings(allow_networks=("0.0.0.0/0",))
    made = Poster(settings, resolver=resolver, unix=lambda: 1000.0)
    yield made
    await made.close()


async def test_a_body_is_posted_with_its_headers(serve: Serve, poster: Poster) -> None:
    got: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readexactly(len(BODY)))
        writer.write(answer(b"204 No Content"))

    site = await serve(script)
    url = normalize(f"{site.url}hook?utm_source=x", keep_tracking=True)
    posted = await poster.post(url, BODY, {"webhook-id": "7"}, allow_private=True, timeout_s=5)
    assert (posted.status, posted.retry_after_s) == (204, None)
    assert got == [BODY]
    head = site.heads[0].decode().lower()
    assert head.startswith("post /hook?utm_source=x http/1.1\r\n")
    assert "webhook-id: 7\r\n" in head
    assert "cookie" not in head


async def test_a_wish_to_be_left_alone_is_passed_on(serve: Serve, poster: Poster) -> None:
    site = await serve(answer(b"503 Busy", b"Retry-After: 30"))
    posted = await poster.post(normalize(site.url), BODY, {}, allow_private=True, timeout_s=5)
    assert (posted.status, posted.retry_after_s) == (503, 30)


@pytest.mark.parametrize("host", ["127.0.0.1", "inside.example", "[::1]"])
async def test_what_is_inside_is_refused_unless_it_is_listed(
    host: str, serve: Serve, poster: Poster
) -> None:
    site = await serve(answer(b"200 OK"))
    with pytest.raises(Blocked):
        await poster.post(normalize(f"http://{host}:{site.port}/"), BODY, {}, timeout_s=5)
    assert site.heads == []


@pytest.mark.parametrize("host", ["169.254.169.254", "cloud.example"])
async def test_a_clouds_own_addresses_are_refused_even_so(host: str, poster: Poster) -> None:
    url = normalize(f"http://{host}/")
    with pytest.raises(Blocked):
        await poster.post(url, BODY, {}, allow_private=True, timeout_s=5)


async def test_a_name_that_stands_for_inside_is_posted_to_if_it_is_listed(
    serve: Serve, poster: Poster
) -> None:
    site = await serve(answer(b"200 OK"))
    url = normalize(f"http://inside.example:{site.port}/")
    posted = await poster.post(url, BODY, {}, allow_private=True, timeout_s=5)
    assert posted.status == 200


async def test_no_redirect_is_followed(serve: Serve, poster: Poster) -> None:
    other = await serve(answer(b"200 OK"))
    site = await serve(answer(b"307 Elsewhere", b"Location: " + other.url.encode()))
    posted = await poster.post(normalize(site.url), BODY, {}, allow_private=True, timeout_s=5)
    assert posted.status == 307
    assert other.heads == []


async def test_who_hangs_is_cut_off(serve: Serve, poster: Poster) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    site = await serve(script)
    with pytest.raises(TimedOut):
        await poster.post(normalize(site.url), BODY, {}, allow_private=True, timeout_s=0.05)


async def test_of_an_answer_only_the_head_is_read(serve: Serve, poster: Poster) -> None:
    bomb = gzip.compress(bytes(1 << 20))

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        while True:
            writer.write(b"%x\r\n%b\r\n" % (len(bomb), bomb))
            await writer.drain()
            await asyncio.sleep(0)

    site = await serve(script)
    posted = await poster.post(normalize(site.url), BODY, {}, allow_private=True, timeout_s=5)
    assert posted.status == 200


async def test_what_does_not_speak_http_is_a_failure(serve: Serve, poster: Poster) -> None:
    site = await serve(b"220 mail.example ESMTP\r\n\r\n")
    with pytest.raises(Unreadable):
        await poster.post(normalize(site.url), BODY, {}, allow_private=True, timeout_s=5)


async def test_a_closed_port_is_a_failure(serve: Serve, poster: Poster) -> None:
    site = await serve(b"")
    await site.stop()
    with pytest.raises(ConnectFailed):
        await poster.post(normalize(site.url), BODY, {}, allow_private=True, timeout_s=5)
