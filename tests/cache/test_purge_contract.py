"""Applications that share a store: what is purged at one is forgotten by the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from preview_service.app import application, pipeline
from preview_service.settings import CacheSettings, Settings

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
SHOE = "https://shop.example/p/42"
PATIENT_S = 5.0


@pytest.fixture(params=["redis", "sqlite"])
def cache_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'cache.db'}"
    url: str = request.getfixturevalue("redis_server").url
    return url


@pytest.fixture
async def nodes(cache_url: str, aiohttp_client: AiohttpClient) -> list[TestClient]:
    settings = Settings(cache=CacheSettings(cache_url=cache_url, redis_timeout_s=PATIENT_S))
    return [await aiohttp_client(application(settings, pipeline(settings, PAGES))) for _ in "ab"]


async def state(client: TestClient, channel: str = "generic") -> str:
    answered = await client.get("/preview", params={"url": SHOE, "channel": channel})
    found: str = (await answered.json())["cache"]["state"]
    return found


async def test_what_one_node_forgets_the_other_does(nodes: list[TestClient], until: Any) -> None:
    first, second = nodes
    assert await state(first) == "miss"
    # Asked again it comes of the encoded answer that each node keeps.
    assert [await state(second) for _ in range(2)] == ["hit", "hit"]
    gone = await first.delete("/cache", params={"url": SHOE})
    assert await gone.json() == {"purged": 1, "everywhere": True}
    heard = await _heard(second, until)
    assert heard
    assert await state(second) == "miss"
    assert await state(first) == "hit"


async def _heard(client: TestClient, until: Callable[..., Any]) -> bool:
    from preview_service.api.app_keys import ANSWERS

    assert client.app is not None
    answers = client.app[ANSWERS]
    await until(lambda: answers.era > 0)
    return True
