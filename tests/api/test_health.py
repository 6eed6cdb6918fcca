from aiohttp.test_utils import TestClient

from preview_service.api.app_keys import DRAINING


async def test_a_running_service_lives_and_is_ready(client: TestClient) -> None:
    for path in ("/livez", "/readyz"):
        response = await client.get(path)
        assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_a_draining_service_lives_and_is_not_ready(client: TestClient) -> None:
    client.server.app[DRAINING].set()
    assert (await client.get("/livez")).status == 200
    assert (await client.get("/readyz")).status == 503
