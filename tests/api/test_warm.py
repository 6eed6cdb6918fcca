import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from preview_service.api import warm
from preview_service.api.app_keys import DRAINING, PREVIEWER
from preview_service.previewer import Sight

SHOE = "https://shop.example/p/42"


async def rows(response: ClientResponse) -> list[Any]:
    assert response.status == 200, await response.text()
    assert response.content_type == "application/x-ndjson"
    return [json.loads(line) async for line in response.content]


async def test_lines_go_in_and_results_come_out(client: TestClient) -> None:
    lines = [
        SHOE,
        '{"url": "https://unheard-of.example/", "channel": "email"}',
        "{torn",
        "https://shop.example/unsubscribe?token=1234567890abcdef",
    ]
    headers = {"X-Request-Id": "mine"}
    response = await client.post("/warm", data="\n".join(lines), headers=headers)
    assert response.headers["X-Request-Id"] == "mine"
    *results, summary = await rows(response)
    shoe, unheard, torn, leave = sorted(results, key=lambda row: row["line"])
    assert shoe.pop("ms") >= 0
    assert shoe == {
        "url": SHOE,
        "status": "complete",
        "reason": None,
        "state": "miss",
        "line": 1,
    }
    # What tells of a network is not for every caller.
    assert (unheard["reason"], unheard["channel"]) == ("unreachable", "email")
    assert (torn["status"], torn["reason"], torn["url"]) == ("error", "bad_request", None)
    assert (leave["status"], leave["reason"]) == ("unavailable", "side_effect_url")
    assert (summary["done"], summary["is_whole"]) == (4, True)
    assert summary["counts"] == {"complete": 1, "unavailable": 2, "error": 1}
    answered = await (await client.get("/preview", params={"url": SHOE})).json()
    assert answered["cache"]["state"] == "hit"


@pytest.mark.parametrize("body", ["", "\n\n"])
async def test_nothing_is_done_soon(client: TestClient, body: str) -> None:
    (summary,) = await rows(await client.post("/warm", data=body))
    assert (summary["done"], summary["counts"], summary["is_whole"]) == (0, {}, True)


async def test_a_list_may_be_longer_than_a_request(client: TestClient) -> None:
    lines = "\n".join(f"http://10.0.0.1/{'x' * 1000}{number}" for number in range(1500))
    body = io.BytesIO(lines.encode())
    *results, summary = await rows(await client.post("/warm", data=body))
    assert {row["reason"] for row in results} == {"bad_url"}
    assert (summary["done"], summary["is_whole"]) == (1500, True)


async def test_a_result_comes_while_lines_are_still_sent(client: TestClient) -> None:
    told = asyncio.Event()

    async def lines() -> AsyncIterator[bytes]:
        yield f"{SHOE}\n{SHOE}?2".encode()
        await told.wait()
        yield b"\n"

    async with client.post("/warm", data=lines()) as response:
        first = json.loads(await response.content.readline())
        assert first["line"] == 1
        told.set()
        second, summary = await rows(response)
    assert (second["line"], summary["done"]) == (2, 2)


class Waiting:
    """A previewer's look that never ends, and who waits for it."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.begun = asyncio.Event()

    async def look(self, *_: object, **__: object) -> Sight:
        task = asyncio.current_task()
        assert task
        self.tasks.add(task)
        self.begun.set()
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture
def waiting(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    found = Waiting()
    assert client.app
    monkeypatch.setattr(client.app[PREVIEWER], "look", found.look)
    return found


async def test_who_goes_away_ends_the_work(
    client: TestClient, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "LOOK_S", 0.01)
    response = await client.post("/warm", data=SHOE)
    await waiting.begun.wait()
    response.close()
    await asyncio.wait(waiting.tasks)
    assert all(task.cancelled() for task in waiting.tasks)


async def test_who_reads_nothing_is_gone(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "SEND_S", 0.05)
    lines = b"http://10.0.0.1/\n" * 3000

    async def send(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"%x\r\n%b\r\n" % (len(lines), lines))
            await writer.drain()

    before = asyncio.all_tasks()
    assert client.server
    reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port, limit=1)
    writer.write(b"POST /warm HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    with pytest.raises(ConnectionError):
        await send(writer)
    writer.close()
    while asyncio.all_tasks() - before:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert reader


async def test_a_body_that_breaks_off_loses_no_line_that_came(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "READ_S", 0.2)
    assert client.server
    reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
    writer.write(
        b"POST /warm HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1b\r\nhttps://shop.example/p/42\r\n\r\n"
    )
    first = await reader.readuntil(b'"line":1}\n')
    writer.write(b"no chunk\r\n")
    rest = await reader.readuntil(b"}\n")
    writer.close()
    assert b'"status":"complete"' in first
    assert b'"is_whole":false' in rest


async def test_a_service_that_stops_takes_no_more_lines(client: TestClient) -> None:
    assert client.app

    async def lines() -> AsyncIterator[bytes]:
        yield f"{SHOE}\n".encode()
        await asyncio.Event().wait()

    async with client.post("/warm", data=lines()) as response:
        first = json.loads(await response.content.readline())
        client.app[DRAINING].set()
        (summary,) = await rows(response)
    assert first["status"] == "complete"
    assert (summary["done"], summary["is_whole"]) == (1, False)
