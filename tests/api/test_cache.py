import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from preview_service.api.app_keys import ANSWERS, PREVIEWER
from preview_service.api.cache import purge_of
from preview_service.api.requests import PurgeRequest
from preview_service.cache.purge import Purge
from preview_service.errors import BadRequest, BadURL, CallerError
from preview_service.model import Verdict

SHOE = "https://shop.example/p/42"


async def state(client: TestClient, url: str = SHOE, **more: str) -> str:
    answered = await client.get("/preview", params={"url": url, **more})
    found: str = (await answered.json())["cache"]["state"]
    return found


async def purge(client: TestClient, **what: Any) -> Any:
    response = await client.post("/cache/purge", data=json.dumps(what))
    assert response.status == 200, await response.text()
    assert response.content_type == "application/json"
    return await response.json()


async def test_a_url_is_forgotten_with_its_answers_in_all_languages(client: TestClient) -> None:
    assert [await state(client), await state(client, lang="de")] == ["miss", "miss"]
    assert [await state(client), await state(client, lang="de")] == ["hit", "hit"]
    gone = await client.delete("/cache", params={"url": f"{SHOE.upper()[:20]}/p/42?utm_source=x"})
    assert await gone.json() == {"purged": 2, "everywhere": True}
    assert [await state(client), await state(client, lang="de")] == ["miss", "miss"]


@pytest.mark.parametrize(
    "what",
    [
        {"url": SHOE},
        {"host": "Shop.Example"},
        {"prefix": "https://shop.example/p"},
        {"verdict": "ok"},
        {"host": "shop.example", "prefix": "https://shop.example", "verdict": "ok", "url": None},
    ],
    ids=str,
)
async def test_what_is_forgotten_is_made_anew(client: TestClient, what: dict[str, str]) -> None:
    await state(client)
    assert await purge(client, **what) == {"purged": 1, "everywhere": True}
    assert await state(client) == "miss"


async def test_the_rest_stays(client: TestClient) -> None:
    await state(client)
    for what in ({"host": "other.example"}, {"verdict": "challenge"}, {"url": f"{SHOE}0"}):
        assert await purge(client, **what) == {"purged": 0, "everywhere": True}
    assert await purge(client, host="shop.example", verdict="empty") == {
        "purged": 0,
        "everywhere": True,
    }
    assert await state(client) == "hit"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"url": "HTTPS://Shop.example:443/p?utm_source=x#y"}, {"url": "https://shop.example/p"}),
        ({"prefix": "https://Shop.example"}, {"prefix": "https://shop.example/"}),
        ({"prefix": "https://a.example/?utm_"}, {"prefix": "https://a.example/?utm_"}),
        ({"host": "例え.example"}, {"host": "xn--r8jz45g.example"}),
        ({"host": "[2001:DB8::1]"}, {"host": "2001:db8::1"}),
        ({"verdict": Verdict.EMPTY}, {"verdict": Verdict.EMPTY}),
    ],
)
def test_a_purge_is_written_as_keys_are(ask: dict[str, Any], words: dict[str, Any]) -> None:
    assert purge_of(PurgeRequest(**ask)) == Purge(**words)


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        ({}, BadRequest),
        ({"url": ""}, BadURL),
        ({"url": "shop.example"}, BadURL),
        ({"prefix": "https://"}, BadURL),
        *(
            ({"host": host}, BadRequest)
            for host in ("", "a.example:80", "a/b", "a?b", "a#b", "u@a.example", "::1", "a b", "%")
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(ask: dict[str, Any], error: type[CallerError]) -> None:
    with pytest.raises(error):
        purge_of(PurgeRequest(**ask))


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("DELETE", "/cache", None, "bad_url"),
        ("DELETE", "/cache?url=x", None, "bad_url"),
        ("DELETE", "/cache?host=shop.example", None, "bad_request"),
        ("POST", "/cache/purge", "{}", "bad_request"),
        ("POST", "/cache/purge", "", "bad_request"),
        ("POST", "/cache/purge", '{"host": 5}', "bad_request"),
        ("POST", "/cache/purge", '{"verdict": "fine"}', "bad_request"),
        ("POST", "/cache/purge", '{"hosts": "a.example"}', "bad_request"),
    ],
)
async def test_a_callers_mistake_is_a_problem_and_forgets_nothing(
    client: TestClient, method: str, path: str, body: str | None, code: str
) -> None:
    await state(client)
    response = await client.request(method, path, data=body)
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (400, code)
    assert await state(client) == "hit"


async def test_an_answer_made_of_what_was_there_before_is_not_kept(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await state(client)
    app = client.app
    assert app is not None
    look = app[PREVIEWER].look

    async def slow(*given: Any, **more: Any) -> Any:
        sight = await look(*given, **more)
        await purge(client, url=SHOE)
        return sight

    monkeypatch.setattr(app[PREVIEWER], "look", slow)
    assert await state(client, channel="email") == "hit"
    monkeypatch.undo()
    assert await state(client, channel="email") == "miss"


async def test_all_answers_can_be_forgotten(client: TestClient) -> None:
    await state(client)
    assert client.app is not None
    answers = client.app[ANSWERS]
    era = answers.era
    answers.clear()
    assert answers.era > era
    assert await state(client) == "hit"  # of the store
