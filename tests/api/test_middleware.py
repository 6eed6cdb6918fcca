import asyncio
import json
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from preview_service.api.app_keys import DRAINING
from preview_service.api.middleware import edge


async def test_every_answer_has_an_id_of_its_own(client: TestClient) -> None:
    first = await client.get("/livez")
    second = await client.get("/nowhere")
    ids = {first.headers["X-Request-Id"], second.headers["X-Request-Id"]}
    assert len(ids) == 2
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", one) for one in ids)


async def test_a_callers_id_is_kept(client: TestClient) -> None:
    response = await client.get("/livez", headers={"X-Request-Id": "crm-7f.42_a"})
    assert response.headers["X-Request-Id"] == "crm-7f.42_a"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "é"])
async def test_an_id_that_could_spoil_a_log_is_not(client: TestClient, given: str) -> None:
    response = await client.get("/livez", headers={"X-Request-Id": given})
    assert response.headers["X-Request-Id"] != given


async def test_a_defect_is_a_problem_without_its_details(aiohttp_client: AiohttpClient) -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise ZeroDivisionError("secret")

    app = web.Application()
    app[DRAINING] = asyncio.Event()
    app.router.add_get("/", edge(broken))
    response = await (await aiohttp_client(app)).get("/")
    text = await response.text()
    assert (response.status, json.loads(text)["code"]) == (500, "internal_error")
    assert "secret" not in text
    assert response.headers["X-Request-Id"]


async def test_the_server_does_not_say_what_it_is_made_of(client: TestClient) -> None:
    response = await client.get("/livez")
    assert response.headers["Server"] == "preview-service"
