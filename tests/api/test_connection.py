import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial

import pytest
from aiohttp import web

from preview_service.api.app_keys import DRAINING
from preview_service.api.connection import Connection
from preview_service.api.middleware import edge


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server of one page, at its port on loopback."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="page")

    app = web.Application()
    app[DRAINING] = asyncio.Event()
    app.router.add_get("/", edge(page))
    runner = web.AppRunner(app)
    await runner.setup()
    loop = asyncio.get_running_loop()
    connection = partial(Connection, runner.server, loop=loop)
    listener = await loop.create_server(connection, "127.0.0.1", 0)
    yield listener.sockets[0].getsockname()[1]
    listener.close()
    await runner.cleanup()


async def answer_to(port: int, request: bytes) -> tuple[list[str], bytes]:
    """The head's lines and the body that *request* is answered with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return head.decode().split("\r\n"), body


@pytest.mark.parametrize("query", [b"", b"?url=" + b"%F0%9F%90%88" * 2049])
async def test_a_request_is_answered(port: int, query: bytes) -> None:
    request = b"GET /%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % query
    head, body = await answer_to(port, request)
    assert (head[0], body) == ("HTTP/1.1 200 OK", b"page")


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "not valid HTTP"),
        (b"GARBAGE\r\n\r\n", "not valid HTTP"),
        (b"GET / HTTP/1.1\r\n\r\n", "not valid HTTP"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "not valid HTTP"),
        (b"GET /?url=\xe6\x97\xa5 HTTP/1.1\r\nHost: a\r\n\r\n", "percent-encoded"),
        (b"GET /?url=%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 40_000), "too long"),
    ],
    ids=["tls", "garbage", "no-host", "http-2", "not-ascii", "too-long"],
)
async def test_what_is_no_request_is_a_problem_and_no_news(
    port: int, request_: bytes, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    head, body = await answer_to(port, request_)
    assert head[0].endswith("400 Bad Request")
    assert "Content-Type: application/problem+json" in head
    assert "Server: preview-service" in head
    assert any(line.startswith("X-Request-Id: ") for line in head)
    problem = json.loads(body)
    assert problem["code"] == "bad_request"
    assert says in problem["detail"]
    assert caplog.records == []
