import json
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from preview_service.app import application, partners, pipeline
from preview_service.channels import CHANNELS
from preview_service.settings import ChannelSettings, Settings

FIXTURES = Path(__file__).parents[2] / "fixtures"
SETTINGS = Settings(channels=ChannelSettings(partners=str(FIXTURES / "partners" / "several.toml")))
SHOE = "https://shop.example/p/42"


@pytest.fixture
async def with_partners(aiohttp_client: AiohttpClient) -> TestClient:
    """The service with partners' profiles, over the recorded pages."""
    parts = pipeline(SETTINGS, FIXTURES / "pages")
    return await aiohttp_client(application(SETTINGS, parts))


async def test_every_channel_is_listed(client: TestClient) -> None:
    response = await client.get("/channels")
    told = await response.json()
    assert response.status == 200
    assert [channel["name"] for channel in told["channels"]] == list(CHANNELS)


async def test_one_channel_is_told_as_in_the_list(client: TestClient) -> None:
    everything = await (await client.get("/channels")).json()
    for told in everything["channels"]:
        response = await client.get(f"/channels/{told['name']}")
        assert await response.json() == told


async def test_an_unknown_channel_is_told_the_known_ones(client: TestClient) -> None:
    response = await client.get("/channels/pigeon")
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (404, "unknown_channel")
    assert "enhanced_whatsapp" in problem["detail"]


async def test_a_partner_is_told_as_it_registers(with_partners: TestClient) -> None:
    response = await with_partners.get("/channels/byoc", params={"partner": "words"})
    assert await response.json() == partners(SETTINGS).registration("words")


async def test_a_partner_of_words_gets_words(with_partners: TestClient) -> None:
    asked = {"url": SHOE, "channel": "byoc", "partner": "words"}
    answer = await (await with_partners.get("/preview", params=asked)).json()
    assert (answer["delivery"], answer["reason"]) == ("text", "partner_text_only")
    everything = await (
        await with_partners.get("/preview", params={**asked, "channel": "all"})
    ).json()
    assert everything["messages"]["byoc"]["reason"] == "partner_text_only"
    assert everything["messages"]["byoc_ccaas"]["delivery"] == "card"
    upgraded = await (
        await with_partners.post(
            "/upgrade", json={"text": SHOE, "channel": "byoc", "partner": "words"}
        )
    ).json()
    assert [part["kind"] for part in upgraded["parts"]] == ["text"]


PROBLEMS = {
    "unknown partner": ("/channels/byoc?partner=nobody", 404, "unknown_partner", "words"),
    "unknown partner of a link": (
        f"/preview?url={SHOE}&channel=byoc&partner=nobody",
        404,
        "unknown_partner",
        "words",
    ),
    "another channel": ("/channels/byoc_ccaas?partner=words", 400, "bad_request", "byoc only"),
    "no partner's channel": (
        f"/preview?url={SHOE}&channel=generic&partner=words",
        400,
        "bad_request",
        "byoc",
    ),
    "a parameter where none is": ("/channels?partner=words", 400, "bad_request", "there are none"),
    "unknown parameter": ("/channels/byoc?friend=words", 400, "bad_request", "partner"),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_a_callers_mistake_is_a_problem_that_says_what(
    with_partners: TestClient, name: str
) -> None:
    path, status, code, says = PROBLEMS[name]
    response = await with_partners.get(path)
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (status, code)
    assert says in problem["detail"]
