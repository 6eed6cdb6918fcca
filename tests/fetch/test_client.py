"""Servers of every kind of bad manners, over real sockets on loopback."""

import asyncio
import contextlib
import gzip
import json
import re
import socket
import ssl
import struct
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import brotli
import pytest
from aiohttp.client_reqrep import ConnectionKey

from preview_service import errors
from preview_service.fetch.client import FAILURES, HttpFetcher, failure
from preview_service.fetch.resolver import SocketRefused

Serve = Callable[..., Awaitable[Any]]
NewFetcher = Callable[..., HttpFetcher]
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

TABLE = json.loads(
    (Path(__file__).parents[2] / "fixtures/urls/guard.json").read_text(encoding="utf-8")
)
REFUSED = [row for row in TABLE["urls"] if not row["allowed"]]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ZEROS = bytes(8 * 1024 * 1024)
MAX_BYTES = 64 * 1024


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


def redirect(location: str, status: bytes = b"302 Found") -> bytes:
    return answer(b"", b"Location: " + location.encode(), status=status)


def zstd(data: bytes) -> bytes:
    try:
        from compression import zstd as module
    except ImportError:
        from backports import zstd as module
    return module.compress(data)


def deflate(data: bytes) -> bytes:
    return zlib.compress(data)


def forever(start: bytes, again: bytes, *, every_s: float = 0) -> Script:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(every_s)

    return script


def in_two_pieces(start: bytes, rest: bytes) -> Script:
    """What follows the head must not arrive with it: aiohttp would give up on both."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(rest)
        await writer.drain()

    return script


def then_hold(start: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await reader.read()

    return script


def then_reset(start: bytes) -> Script:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        # Give the bytes time to be read: a reset may overtake them.
        await asyncio.sleep(0.02)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return script


# What the server does → why nothing of it is used.
HOSTILE_BEFORE_THE_BODY: list[tuple[str, Script | bytes, type[errors.FetchFailed]]] = [
    ("says nothing", then_hold(b""), errors.TimedOut),
    ("stops in the status line", then_hold(b"HTTP/1.1 200"), errors.TimedOut),
    ("trickles its head", forever(b"HTTP/1.1 200 OK\r\nX: ", b"x", every_s=0.02), errors.TimedOut),
    ("closes at once", b"", errors.ConnectFailed),
    ("resets at once", then_reset(b""), errors.ConnectFailed),
    ("resets in the head", then_reset(OK), errors.ConnectFailed),
    ("closes in the head", OK, errors.ConnectFailed),
    (
        "sends 1xx for ever",
        forever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99),
        errors.Unreadable,
    ),
    ("sends a head without end", forever(OK, b"X: y\r\n" * 99), errors.Unreadable),
    ("sends a header without end", forever(OK + b"X: ", b"y" * 999), errors.Unreadable),
    (
        "switches protocols",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        errors.Unreadable,
    ),
    ("speaks HTTP/0.9", b"<title>x</title>\r\n\r\n", errors.Unreadable),
    ("speaks SSH", b"SSH-2.0-OpenSSH_9.9\r\n", errors.Unreadable),
    ("speaks Redis", b"-ERR unknown command\r\n", errors.Unreadable),
    ("puts NUL in a header", OK + b"X: \0\r\n\r\n", errors.Unreadable),
    (
        "gives two lengths",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        errors.Unreadable,
    ),
    ("gives a negative length", OK + b"Content-Length: -1\r\n\r\n", errors.Unreadable),
    ("stacks encodings", answer(b"x", b"Content-Encoding: gzip, br"), errors.UnsupportedEncoding),
    (
        "stacks encodings in two headers",
        answer(b"x", b"Content-Encoding: gzip", b"Content-Encoding: gzip"),
        errors.UnsupportedEncoding,
    ),
    (
        "uses an old encoding",
        answer(b"x", b"Content-Encoding: compress"),
        errors.UnsupportedEncoding,
    ),
    ("uses an alias", answer(b"x", b"Content-Encoding: x-gzip"), errors.UnsupportedEncoding),
    ("redirects to itself", redirect("/"), errors.TooManyRedirects),
    ("redirects to nowhere", redirect(""), errors.TooManyRedirects),
    ("redirects to a script", redirect("javascript:alert(1)"), errors.BlockedByPolicy),
    ("redirects to a file", redirect("file:///etc/passwd"), errors.BlockedByPolicy),
    ("redirects with a password", redirect("http://u:p@127.0.0.1/"), errors.BlockedByPolicy),
    ("redirects to another port", redirect("http://127.0.0.1:22/"), errors.BlockedByPolicy),
    ("redirects to a private address", redirect("http://10.0.0.1/"), errors.Blocked),
    ("redirects to a number", redirect("http://167772161/"), errors.Blocked),
    ("redirects to metadata", redirect("//169.254.169.254/latest"), errors.Blocked),
    ("redirects to a mapped address", redirect("http://[::ffff:7f00:1]/"), errors.Blocked),
    ("redirects to no host", redirect("http://a..example/"), errors.BlockedByPolicy),
    ("redirects to an unknown name", redirect("http://nobody.example/"), errors.DNSFailed),
]


@pytest.mark.parametrize(
    ("script", "kind"),
    [row[1:] for row in HOSTILE_BEFORE_THE_BODY],
    ids=[row[0] for row in HOSTILE_BEFORE_THE_BODY],
)
async def test_a_server_that_never_answers_properly(
    script: Any,
    kind: type[errors.FetchFailed],
    serve: Serve,
    new_fetcher: NewFetcher,
    new_sink: Any,
) -> None:
    site = await serve(script)
    # Time is short only where time is what ends it: a budget must not be saved by a clock.
    page_timeout_s = 0.2 if kind is errors.TimedOut else 5.0
    sink = new_sink()
    with pytest.raises(errors.FetchFailed) as failed:
        await new_fetcher(site, page_timeout_s=page_timeout_s).fetch(site.url, sink)
    assert type(failed.value) is kind
    assert sink.begun == []


# What the server does → how much of it is used, and what cut it short.
HOSTILE_IN_THE_BODY: list[tuple[str, Script | bytes, int, str | None]] = [
    ("sends no end", forever(OK + b"\r\n", b"x" * 9999), MAX_BYTES, None),
    (
        "sends chunks without end",
        forever(CHUNKED, b"3e8\r\n" + b"x" * 1000 + b"\r\n"),
        MAX_BYTES,
        None,
    ),
    ("gzips zeros", answer(gzip.compress(ZEROS), b"Content-Encoding: gzip"), MAX_BYTES, None),
    ("deflates zeros", answer(deflate(ZEROS), b"Content-Encoding: deflate"), MAX_BYTES, None),
    (
        "brotlis zeros",
        answer(brotli.compress(ZEROS, quality=5), b"Content-Encoding: br"),
        MAX_BYTES,
        None,
    ),
    ("zstds zeros", answer(zstd(ZEROS), b"Content-Encoding: zstd"), MAX_BYTES, None),
    ("sends one-byte chunks without end", forever(CHUNKED, b"1\r\nx\r\n" * 999), 0, "unreadable"),
    ("sends a chunk extension without end", forever(CHUNKED + b"1;", b"x" * 999), 0, "unreadable"),
    (
        "sends trailers without end",
        in_two_pieces(CHUNKED + b"1\r\nx\r\n", b"0\r\n" + b"X: y\r\n" * 999),
        1,
        "unreadable",
    ),
    ("sends bad chunks", in_two_pieces(CHUNKED + b"1\r\nx\r\n", b"nonsense\r\n"), 1, "unreadable"),
    (
        "sends a bad chunk right after a good one",
        in_two_pieces(CHUNKED, b"3\r\nxyz\r\nnonsense\r\n"),
        3,
        "unreadable",
    ),
    ("closes before its length", OK + b"Content-Length: 99\r\n\r\nxyz", 3, "unreadable"),
    ("closes in a chunk", CHUNKED + b"5\r\nxyz", 3, "unreadable"),
    ("resets in the body", then_reset(OK + b"Content-Length: 99\r\n\r\nxyz"), 3, "unreadable"),
    ("sends bad gzip", answer(b"nonsense", b"Content-Encoding: gzip"), 0, "unreadable"),
    ("stops in the body", then_hold(OK + b"Content-Length: 99\r\n\r\nxyz"), 3, "timeout"),
    (
        "claims a huge length",
        then_hold(OK + b"Content-Length: 99999999999\r\n\r\nxyz"),
        3,
        "timeout",
    ),
    (
        "sends more than its length",
        OK + b"Content-Length: 3\r\n\r\nxyzHTTP/1.1 200 OK\r\n\r\n",
        3,
        None,
    ),
    ("sends status 999", answer(b"xyz", status=b"999 Denied"), 3, None),
    ("redirects without a location", answer(b"xyz", status=b"302 Found"), 3, None),
    ("sends nothing", answer(b"", status=b"204 No Content"), 0, None),
]


@pytest.mark.parametrize(
    ("script", "size", "cut"),
    [row[1:] for row in HOSTILE_IN_THE_BODY],
    ids=[row[0] for row in HOSTILE_IN_THE_BODY],
)
async def test_a_body_that_goes_wrong_is_used_as_far_as_it_went(
    script: Any,
    size: int,
    cut: str | None,
    serve: Serve,
    new_fetcher: NewFetcher,
    new_sink: Any,
) -> None:
    site = await serve(script)
    sink = new_sink()
    page_timeout_s = 0.2 if cut == "timeout" else 5.0
    fetched = await new_fetcher(site, page_timeout_s=page_timeout_s).fetch(site.url, sink)
    assert len(sink.begun) == 1
    assert fetched.cut == cut
    assert fetched.bytes == len(sink.body)
    if size or cut is None:
        assert fetched.bytes == size
    else:
        # Where the budget strikes depends on how the bytes arrive.
        assert fetched.bytes < MAX_BYTES


async def test_a_picture_may_be_much_longer_than_a_page(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    """Up to its own bound it arrives whole; the bytes of the connection are counted for both."""
    site = await serve(answer(ZEROS[:5_000_000]))
    sink = new_sink()
    fetched = await new_fetcher(site).fetch(site.url, sink, is_picture=True)
    assert (fetched.cut, len(sink.body)) == (None, 5_000_000)


async def test_a_body_trickled_without_end_is_cut_by_the_deadline(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    site = await serve(forever(OK + b"\r\n", b"x", every_s=0.01))
    sink = new_sink()
    fetched = await new_fetcher(site, page_timeout_s=0.2).fetch(site.url, sink)
    assert fetched.cut == "timeout"
    assert 0 < fetched.bytes == len(sink.body) < 100


async def test_silence_is_ended_by_its_own_limit(serve: Serve, new_fetcher: NewFetcher) -> None:
    site = await serve(then_hold(b""))
    with pytest.raises(errors.TimedOut, match="sent nothing for too long"):
        await new_fetcher(site, first_byte_timeout_s=0.1).fetch(site.url, None)


async def test_connecting_is_ended_by_its_own_limit(
    new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", connect)
    with pytest.raises(errors.TimedOut, match="connecting took too long"):
        await new_fetcher(connect_timeout_s=0.05).fetch("http://127.0.0.1/", None)


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({"max_fetches": 9, "max_fetches_per_host": 2}, 2),
        ({"max_fetches": 1, "max_fetches_per_host": 9}, 1),
    ],
)
async def test_only_so_many_fetches_run_at_once(
    limits: dict[str, int], most: int, serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    running: list[int] = []

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.append(len(site.heads) - len(done))
        await asyncio.sleep(0.01)
        done.append(writer)
        writer.write(answer(b"x"))

    done: list[asyncio.StreamWriter] = []
    site = await serve(script)
    fetcher = new_fetcher(site, **limits)
    await asyncio.gather(*(fetcher.fetch(f"{site.url}{n}", new_sink()) for n in range(6)))
    assert max(running) == most


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("deflate", deflate), ("br", brotli.compress), ("zstd", zstd)],
)
async def test_every_coding_that_is_asked_for_is_decoded(
    coding: str,
    encode: Callable[[bytes], bytes],
    serve: Serve,
    new_fetcher: NewFetcher,
    new_sink: Any,
) -> None:
    site = await serve(answer(encode(b"<title>x"), b"Content-Encoding: " + coding.encode()))
    sink = new_sink()
    fetched = await new_fetcher(site).fetch(site.url, sink)
    assert (sink.body, fetched.cut) == (b"<title>x", None)
    assert f" {coding}" in site.heads[0].decode().replace(": ", ", ")


async def test_how_a_redirects_body_is_encoded_does_not_matter(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    last = await serve(answer(b"x"))
    location = b"Location: " + last.url.encode()
    first = await serve(answer(b"", location, b"Content-Encoding: none", status=b"302 Found"))
    assert (await new_fetcher(first, last).fetch(first.url, new_sink())).url == last.url


async def test_a_truncated_gzip_gives_its_beginning(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    whole = gzip.compress(bytes(range(256)) * 40, compresslevel=0)
    site = await serve(answer(whole[:5000], b"Content-Encoding: gzip"))
    sink = new_sink()
    await new_fetcher(site).fetch(site.url, sink)
    assert sink.body == (bytes(range(256)) * 40)[: len(sink.body)]
    assert len(sink.body) > 4000


@pytest.mark.parametrize(
    "head",
    [b"Content-Security-Policy: " + b"x" * 60_000 + b"\r\n", b"Set-Cookie: a=b\r\n" * 500],
    ids=["one-long-field", "many-fields"],
)
async def test_a_long_head_is_read(
    head: bytes, serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    site = await serve(OK + head + b"\r\nx")
    sink = new_sink()
    await new_fetcher(site).fetch(site.url, sink)
    assert sink.body == b"x"


async def test_the_sink_is_fed_small_slices_and_its_enough_ends_the_fetch(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    closed = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"\r\n" + b"x" * 50_000)
        await reader.read()
        closed.set()

    site = await serve(script)
    sink = new_sink(stop_after=20_000)
    fetched = await new_fetcher(site).fetch(site.url, sink)
    assert max(map(len, sink.chunks)) <= 16 * 1024
    assert 20_000 <= fetched.bytes == len(sink.body) <= 20_000 + 16 * 1024
    assert fetched.cut is None
    async with asyncio.timeout(1):
        await closed.wait()


async def test_a_declined_response_is_not_read(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    site = await serve(forever(OK + b"\r\n", b"x" * 999))
    sink = new_sink(decline=errors.UnsupportedType("not a page"))
    with pytest.raises(errors.UnsupportedType, match="not a page"):
        await new_fetcher(site).fetch(site.url, sink)
    assert sink.chunks == []


@pytest.mark.parametrize("error", [KeyError("x"), TimeoutError(), errors.Unreadable("mine")])
async def test_what_a_sink_raises_is_not_taken_for_the_servers_doing(
    error: Exception, serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    class Broken(new_sink):  # type: ignore[misc, valid-type]
        def feed(self, chunk: bytes) -> bool:
            raise error

    site = await serve(answer(b"x"))
    with pytest.raises(type(error)) as raised:
        await new_fetcher(site).fetch(site.url, Broken())
    assert raised.value is error


async def test_the_request_is_the_same_for_everyone_and_carries_no_cookie(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    cookie = b"Set-Cookie: a=b; Path=/"
    last = await serve(answer(b"x", cookie))
    first = await serve(
        answer(b"", b"Location: " + last.url.encode() + b"z", cookie, status=b"301 Moved")
    )
    fetcher = new_fetcher(first, last, user_agent="probe/1 (+https://me.example/bot)")
    for _ in range(2):
        await fetcher.fetch(f"{first.url}?q=a%20b|c", new_sink())
    head = (
        "GET {path} HTTP/1.1\r\n"
        "Host: 127.0.0.1:{port}\r\n"
        "User-Agent: probe/1 (+https://me.example/bot)\r\n"
        "Accept: text/html,application/xhtml+xml;q=0.9,image/*;q=0.8,*/*;q=0.5\r\n"
        "Accept-Language: en,*;q=0.5\r\n"
        "Accept-Encoding: gzip, deflate, br, zstd\r\n"
        "Connection: close\r\n\r\n"
    )
    assert first.heads == [head.format(path="/?q=a%20b|c", port=first.port).encode()] * 2
    assert last.heads == [head.format(path="/z", port=last.port).encode()] * 2


async def test_proxies_and_passwords_of_the_environment_are_ignored(
    serve: Serve,
    new_fetcher: NewFetcher,
    new_sink: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    proxy = await serve(answer(b"from the proxy"))
    site = await serve(answer(b"from the site"))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("NETRC", str(netrc))
    sink = new_sink()
    await new_fetcher(site).fetch(site.url, sink)
    assert sink.body == b"from the site"
    assert proxy.heads == []
    assert b"Authorization" not in site.heads[0]


async def test_kept_headers_are_few_and_valid_text(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    headers = (b"Content-Type: text/html", b"ETag: \xff", b"Set-Cookie: a=b", b"X-Secret: 1")
    site = await serve(answer(b"x", *headers))
    fetched = await new_fetcher(site).fetch(site.url, new_sink())
    assert fetched.headers == {
        "content-length": "1",
        "content-type": "text/html",
        "etag": "\ufffd",
    }


async def test_a_length_is_told_only_of_bytes_that_will_be_fed(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    packed = await serve(answer(gzip.compress(b"x" * 100), b"Content-Encoding: gzip"))
    sink = new_sink()
    await new_fetcher(packed).fetch(packed.url, sink)
    assert sink.body == b"x" * 100
    assert "content-length" not in sink.headers


async def test_given_headers_replace_the_usual_ones_at_every_hop(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    last = await serve(answer(b"x"))
    first = await serve(redirect(last.url))
    await new_fetcher(first, last).fetch(first.url, new_sink(), {"User-Agent": "other/1"})
    for site in (first, last):
        assert b"User-Agent: other/1" in site.heads[0]
        assert site.heads[0].count(b"User-Agent") == 1
        assert b"Accept-Language: en" in site.heads[0]


async def test_a_failure_says_nothing_of_what_the_server_sent(
    serve: Serve, new_fetcher: NewFetcher
) -> None:
    site = await serve(b"-SECRET unknown command\r\n")
    with pytest.raises(errors.Unreadable) as failed:
        await new_fetcher(site).fetch(site.url, None)
    assert "SECRET" not in str(failed.value)
    assert "SECRET" in str(failed.value.__cause__)


async def test_a_plain_server_on_a_secure_port_fails_as_tls(
    serve: Serve, new_fetcher: NewFetcher
) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("a TLS greeting is no request")

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(errors.TLSFailed):
        await new_fetcher(allow_ports=(port,)).fetch(f"https://127.0.0.1:{port}/", None)
    server.close()
    await server.wait_closed()


async def test_a_closed_port_fails_as_connect(serve: Serve, new_fetcher: NewFetcher) -> None:
    site = await serve(b"")
    fetcher = new_fetcher(site)
    await site.stop()
    with pytest.raises(errors.ConnectFailed):
        await fetcher.fetch(site.url, None)


async def test_a_connection_broken_before_any_answer_is_tried_once_more(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(site.heads) > 1:
            writer.write(answer(b"second time"))

    site = await serve(script)
    sink = new_sink()
    fetcher = new_fetcher(site)
    await fetcher.fetch(site.url, sink)
    assert sink.body == b"second time"
    assert fetcher.sockets_opened == 2


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["why"])
async def test_a_refused_url_opens_no_socket(
    row: dict[str, Any], new_fetcher: NewFetcher, connects: list[str]
) -> None:
    """As the first URL, with the DNS answering what the table says, or loopback."""
    fetcher = new_fetcher(allow_networks=(), dns=dns_of(row))
    with pytest.raises((errors.Blocked, errors.DNSFailed)):
        await fetcher.fetch(row["url"], None)
    assert connects == []
    assert fetcher.sockets_opened == 0


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["why"])
async def test_a_redirect_to_a_refused_url_opens_no_socket(
    row: dict[str, Any],
    serve: Serve,
    new_fetcher: NewFetcher,
    new_sink: Any,
    connects: list[str],
) -> None:
    """The one open network is a loopback address that no row names."""
    location = row["url"].translate(dict.fromkeys(range(32), "%09"))
    host = "127.99.0.1"

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A location relative to the site ends there.
        is_first = len(site.heads) == 1
        writer.write(redirect(location) if is_first else answer(b"x"))

    site = await serve(script, host=host)
    fetcher = new_fetcher(site, allow_networks=(f"{host}/32",), dns=dns_of(row))
    with contextlib.suppress(errors.FetchFailed):
        await fetcher.fetch(site.url, new_sink())
    assert site.heads
    # Like a browser, a redirect takes an odd spelling of a public address for that address.
    assert set(connects) - {"8.8.8.8"} == {host}


def dns_of(row: dict[str, Any]) -> dict[str, list[list[str]]]:
    """The row's own answers, or loopback, for every name that a row asks for."""
    hosts = ("news.example.net", "localhost", "localhost.", "db.localhost", "printer.local")
    more = ("wiki.corp", "vault.service.internal", "api.default.svc", "nas.home.arpa")
    rest = ("fritz.box.lan", "shop.test", "grafana", "grafana.")
    return {name: [row.get("answers") or ["127.0.0.1"]] for name in (*hosts, *more, *rest)}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ClientConnectorDNSError(None, OSError("x")), errors.DNSFailed),  # type: ignore[arg-type]
        (aiohttp.ClientConnectorError(None, OSError("x")), errors.ConnectFailed),  # type: ignore[arg-type]
        (aiohttp.ClientConnectorSSLError(None, ssl.SSLError("x")), errors.TLSFailed),  # type: ignore[arg-type]
        (ssl.SSLError("x"), errors.TLSFailed),
        (aiohttp.ConnectionTimeoutError("x"), errors.TimedOut),
        (aiohttp.SocketTimeoutError("x"), errors.TimedOut),
        (TimeoutError("x"), errors.TimedOut),
        (aiohttp.ServerDisconnectedError("x"), errors.ConnectFailed),
        (aiohttp.ClientOSError(104, "x"), errors.ConnectFailed),
        (ConnectionResetError("x"), errors.ConnectFailed),
        (aiohttp.ClientPayloadError("x"), errors.Unreadable),
        (aiohttp.InvalidURL("x"), errors.BlockedByPolicy),
        (UnicodeError("x"), errors.DNSFailed),
        (IndexError("x"), errors.Unreadable),
        (AssertionError("x"), errors.Unreadable),
        (ValueError("x"), errors.Unreadable),
        (RuntimeError("x"), errors.Unreadable),
        (SocketRefused(13, "x"), errors.Blocked),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_a_foreign_exception_becomes_one_of_ours(
    error: Exception, kind: type[errors.FetchFailed]
) -> None:
    assert type(failure(error)) is kind


def test_a_bad_certificate_fails_as_tls() -> None:
    key = ConnectionKey("a.example", 443, True, True, None, None, None)
    error = aiohttp.ClientConnectorCertificateError(key, ssl.CertificateError("x"))
    assert str(failure(error)) == "the site's certificate is not valid"


def test_a_refused_socket_is_found_behind_what_aiohttp_makes_of_it() -> None:
    error = aiohttp.ClientOSError(13, "x")
    error.__cause__ = SocketRefused(13, "x")
    assert type(failure(error)) is errors.Blocked


def test_every_row_of_failures_can_be_reached() -> None:
    """No row stands below a wider one."""
    for index, (kind, _, sentence) in enumerate(FAILURES):
        above = [row[0] for row in FAILURES[:index]]
        assert not any(issubclass(kind, wider) for wider in above), sentence


def test_one_module_talks_to_the_network() -> None:
    package = Path(__file__).parents[2] / "preview_service"
    makers = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(
            r"ClientSession\(|open_connection\(|create_connection\(|urlopen", path.read_text()
        )
    ]
    assert makers == ["fetch/client.py"]
