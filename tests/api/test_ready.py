import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pytest_aiohttp import AiohttpServer

from preview_service.api.ready import Ready, http_head

NOW = 784111777.9
HEAD = http_head({"ETag": '"a"'}, 4, NOW)
BODY = b"body"

Ask = Callable[[bytes], Awaitable[bytes]]


def test_a_head_is_the_headers_and_what_http_wants_beside() -> None:
    assert HEAD == (
        b"HTTP/1.1 200 OK\r\n"
        b'ETag: "a"\r\n'
        b"Content-Length: 4\r\n"
        b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    )


@pytest.fixture
async def server(aiohttp_server: AiohttpServer) -> TestServer:
    """Answers with the header X-Id; at /last it wants the connection closed."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = Ready(HEAD, BODY)
        response.headers["X-Id"] = "7"
        if request.path == "/last":
            response.force_close()
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return await aiohttp_server(app)


@pytest.fixture
def ask(server: TestServer) -> Ask:
    async def ask(requests: bytes) -> bytes:
        """All that is answered to *requests* until the server ends it."""
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(requests)
        answered = await reader.read()
        writer.close()
        return answered

    return ask


STAYS = HEAD + b"X-Id: 7\r\n\r\n" + BODY
ENDS = HEAD + b"X-Id: 7\r\nConnection: close\r\n\r\n" + BODY
CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def test_the_bytes_are_sent_with_the_headers_that_were_added(ask: Ask) -> None:
    assert await ask(CLOSE) == ENDS


async def test_a_connection_stays_for_the_next_request(ask: Ask) -> None:
    first = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    assert await ask(first + first + CLOSE) == STAYS + STAYS + ENDS


async def test_a_request_with_a_body_is_answered_and_the_next_one(ask: Ask) -> None:
    first = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
    assert await ask(first + CLOSE) == STAYS + ENDS


async def test_an_old_client_is_told_that_its_connection_stays(ask: Ask) -> None:
    first = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    stays = HEAD + b"X-Id: 7\r\nConnection: keep-alive\r\n\r\n" + BODY
    assert await ask(first + CLOSE) == stays + ENDS


@pytest.mark.parametrize(
    "request_", [b"GET / HTTP/1.0\r\n\r\n", b"GET /last HTTP/1.1\r\nHost: a\r\n\r\n"]
)
async def test_a_connection_that_ends_is_said_to(ask: Ask, request_: bytes) -> None:
    assert await ask(request_) == ENDS
