import json
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from preview_service.app import application, pipeline
from preview_service.copies import GENERIC
from preview_service.images.signing import Signer
from preview_service.settings import PictureSettings, Settings

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
SETTINGS = Settings(
    pictures=PictureSettings(
        public_url="https://previews.example/", secret=("an old secret 1234", "0123456789abcdef")
    )
)
RIDGE = "https://tours.example/ridge"


@pytest.fixture
async def public(aiohttp_client: AiohttpClient) -> TestClient:
    """The service as it is reached from outside, over the recorded pages."""
    return await aiohttp_client(application(SETTINGS, pipeline(SETTINGS, PAGES)))


async def path_of(client: TestClient, channel: str = "generic") -> str:
    asked = {"url": RIDGE, "channel": channel, "wait_ms": "10000"}
    answer = await (await client.get("/preview", params=asked)).json()
    assert answer["status"] == "complete"
    url: str = answer["preview"]["image"]["url"]
    assert url.startswith("https://previews.example/images/")
    return url.removeprefix("https://previews.example")


async def test_a_picture_is_had_by_its_address(public: TestClient) -> None:
    path = await path_of(public)
    response = await public.get(path)
    assert (response.status, response.content_type) == (200, "image/jpeg")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Vary"] == "Accept"
    assert "Set-Cookie" not in response.headers
    webp = await public.get(path, headers={"Accept": "image/webp"})
    assert webp.content_type == "image/webp"
    assert webp.headers["ETag"] != response.headers["ETag"]


async def test_its_size_is_told_without_it(public: TestClient) -> None:
    """Apps' servers ask before they take a picture."""
    path = await path_of(public)
    whole = await public.get(path)
    response = await public.head(path)
    assert (response.status, await response.read()) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
        assert response.headers[name] == whole.headers[name]
    assert (await public.head("/images/x")).status == 403


async def test_who_has_it_is_told_so(public: TestClient) -> None:
    path = await path_of(public)
    tag = (await public.get(path)).headers["ETag"]
    again = await public.get(path, headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == tag


async def test_an_address_that_was_not_given_out_is_refused(public: TestClient) -> None:
    path = await path_of(public)
    for other in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/images/x", "/images/%ff"):
        response = await public.get(other)
        problem = json.loads(await response.read())
        assert (response.status, problem["code"]) == (403, "bad_address")


async def test_without_a_public_address_there_are_none(client: TestClient) -> None:
    answer = await (await client.get("/preview", params={"url": RIDGE, "wait_ms": "10000"})).json()
    assert answer["preview"]["image"]["url"] == "https://tours.example/photos/ridge.jpg"
    assert (await client.get("/images/x")).status == 403


async def test_a_tall_photograph_suits_every_channel(public: TestClient) -> None:
    asked = {"url": RIDGE, "channel": "all", "wait_ms": "10000"}
    answer = await (await public.get("/preview", params=asked)).json()
    cards = {
        name: message
        for name, message in answer["messages"].items()
        if message["delivery"] == "card"
    }
    assert {"enhanced_apple", "enhanced_line", "teams"} <= cards.keys()
    for message in cards.values():
        assert "tours.example/photos" not in json.dumps(message["message"])


async def test_that_a_picture_is_gone_is_not_kept(public: TestClient) -> None:
    """Between the site and an app's servers caches may stand, and next time it may be there."""
    signer = Signer(SETTINGS.pictures.secret)
    response = await public.get(f"/images/{signer.sign('A' * 22, GENERIC)}")
    assert response.status == 404
    assert response.headers["Cache-Control"] == "no-store"
    assert json.loads(await response.read())["code"] == "not_found"
