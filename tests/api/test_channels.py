import json

from aiohttp.test_utils import TestClient

from preview_service.channels import CHANNELS


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
