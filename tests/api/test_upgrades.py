import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from preview_service.channels import CHANNELS

SHOE = "https://shop.example/p/42"
TEXT = f"Have a look: {SHOE} and tell me"


async def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/upgrade", json=body)
    assert response.status == 200, await response.text()
    answer: dict[str, Any] = await response.json()
    return answer


async def test_a_text_becomes_the_messages_to_send(client: TestClient) -> None:
    answer = await ask(client, text=TEXT, channel="enhanced_web_chat_v2")
    before, link, after = answer["parts"]
    assert answer["text"] == TEXT
    assert before.keys() == after.keys() == {"kind", "text", "message"}
    assert (before["kind"], before["text"]) == ("text", "Have a look: ")
    assert (after["kind"], after["text"]) == ("text", " and tell me")
    preview = await (
        await client.get("/preview", params={"url": SHOE, "channel": "enhanced_web_chat_v2"})
    ).json()
    assert link.pop("kind") == "link"
    assert link.pop("cache")["state"] == "miss"
    del preview["cache"]
    assert link == preview


@pytest.mark.parametrize("name", CHANNELS)
async def test_every_channel_answers_sendable_parts(client: TestClient, name: str) -> None:
    answer = await ask(client, text=TEXT, channel=name)
    assert answer["parts"]
    assert all(part["message"] and part["text"] for part in answer["parts"])


async def test_a_text_of_100_kb_is_answered_whole(client: TestClient) -> None:
    text = "words and " * 10_000 + SHOE
    answer = await ask(client, text=text, channel="standard_sms")
    assert "".join(part["text"] for part in answer["parts"]) == text
    assert all(len(part["message"]["body"]) <= 1600 for part in answer["parts"])


async def test_a_text_without_links_is_one_part(client: TestClient) -> None:
    answer = await ask(client, text="Good morning")
    assert answer == {
        "parts": [
            {
                "kind": "text",
                "text": "Good morning",
                "message": {"type": "text", "text": "Good morning"},
            }
        ],
        "text": "Good morning",
    }


PROBLEMS = {
    "no text": ({}, 400, "bad_request", "text"),
    "text of another type": ({"text": 5}, 400, "bad_request", "text"),
    "unknown channel": ({"text": "a", "channel": "pigeon"}, 404, "unknown_channel", "generic"),
    "all channels": ({"text": "a", "channel": "all"}, 404, "unknown_channel", "generic"),
    "unknown method": ({"text": "a", "method": "fly"}, 400, "bad_request", "component"),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_a_callers_mistake_is_a_problem_that_says_what(client: TestClient, name: str) -> None:
    body, status, code, says = PROBLEMS[name]
    response = await client.post("/upgrade", json=body)
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (status, code)
    assert says in problem["detail"]


async def test_a_lone_surrogate_is_refused_and_not_mended(client: TestClient) -> None:
    response = await client.post("/upgrade", data=b'{"text": "\\ud83d"}')
    assert response.status == 400


async def test_a_text_of_megabytes_is_too_large(client: TestClient) -> None:
    response = await client.post("/upgrade", json={"text": "x" * 1_000_000})
    assert response.status == 413
