import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from preview_service.api import events
from preview_service.previewer import Sight

SHOE = "https://shop.example/p/42"


async def told(response: ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """The events of a stream: name and data; a comment is named with a colon."""
    block: list[str] = []
    async for raw in response.content:
        line = raw.decode().rstrip("\r\n")
        if line:
            block.append(line)
            continue
        if block[0].startswith(":"):
            yield ":", block[0]
        else:
            fields = dict(each.split(": ", 1) for each in block)
            yield fields["event"], json.loads(fields["data"])
        block = []


async def ask(client: TestClient, **parameters: str) -> list[tuple[str, Any]]:
    async with client.get("/preview/events", params=parameters) as response:
        assert response.status == 200, await response.text()
        return [event async for event in told(response)]


async def test_pending_comes_at_once_and_then_the_answer(client: TestClient) -> None:
    pending, complete = await ask(client, url=SHOE, channel="enhanced_whatsapp")
    assert (pending[0], complete[0]) == ("pending", "complete")
    first = await client.get("/preview", params={"url": SHOE, "channel": "enhanced_whatsapp"})
    assert pending[1]["text"] == SHOE
    assert (pending[1]["status"], pending[1]["reason"]) == ("pending", "deadline")
    answered = await first.json()
    del answered["cache"], complete[1]["cache"]
    assert complete[1] == answered


async def test_a_link_that_is_known_already_is_told_the_same_way(client: TestClient) -> None:
    await client.get("/preview", params={"url": SHOE})
    names = [name for name, _ in await ask(client, url=SHOE, explain="true")]
    assert names == ["pending", "complete"]


async def test_all_channels_and_failures_are_answers_too(client: TestClient) -> None:
    _, (name, answer) = await ask(client, url="https://unheard-of.example/", channel="all")
    assert (name, answer["status"]) == ("complete", "unavailable")
    assert answer["messages"]["generic"]["text"] == "https://unheard-of.example/"


async def test_a_stream_has_its_headers(client: TestClient) -> None:
    headers = {"X-Request-Id": "mine"}
    async with client.get("/preview/events", params={"url": SHOE}, headers=headers) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["X-Request-Id"] == "mine"
        assert response.headers["Server"] == "preview-service"


PROBLEMS: Mapping[str, tuple[dict[str, str], int, str]] = {
    "no url": ({}, 400, "bad_url"),
    "private": ({"url": "http://10.0.0.1/"}, 400, "bad_url"),
    "unknown channel": ({"url": SHOE, "channel": "pigeon"}, 404, "unknown_channel"),
    "a deadline": ({"url": SHOE, "wait_ms": "5"}, 400, "bad_request"),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_a_callers_mistake_is_a_problem_and_no_stream(client: TestClient, name: str) -> None:
    parameters, status, code = PROBLEMS[name]
    response = await client.get("/preview/events", params=parameters)
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (status, code)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> set["asyncio.Task[Any]"]:
    """Who waits for the end of work that never ends."""
    found: set[asyncio.Task[Any]] = set()

    async def never(*_: object, **__: object) -> Sight:
        task = asyncio.current_task()
        assert task
        found.add(task)
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(events, "final", never)
    return found


async def test_while_nothing_happens_there_are_heartbeats(
    client: TestClient, waiting: set["asyncio.Task[Any]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.01)
    async with client.get("/preview/events", params={"url": SHOE}) as response:
        seen = told(response)
        assert [(await anext(seen))[0] for _ in range(3)] == ["pending", ":", ":"]


async def test_when_the_client_has_gone_nothing_is_left(
    client: TestClient, waiting: set["asyncio.Task[Any]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.01)
    async with client.get("/preview/events", params={"url": SHOE}) as response:
        await anext(told(response))
        response.close()
    (task,) = waiting
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()


async def test_a_defect_of_ours_ends_the_stream(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object, **__: object) -> Sight:
        raise ZeroDivisionError

    monkeypatch.setattr(events, "final", crash)
    assert [name for name, _ in await ask(client, url=SHOE)] == ["pending"]
