import json
import re

import pytest
from aiohttp.test_utils import TestClient
from yarl import URL

from preview_service.api.routes import ROUTES


@pytest.mark.parametrize("path", ["/nowhere", "/%0a", "/livez/", "/%ff%00"])
async def test_any_unknown_path_is_a_problem(client: TestClient, path: str) -> None:
    response = await client.get(URL(path, encoded=True))
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (404, "not_found")
    assert response.content_type == "application/problem+json"


async def test_a_wrong_method_is_a_problem_naming_the_right_ones(client: TestClient) -> None:
    response = await client.delete("/preview")
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
async def test_every_route_refuses_an_odd_method_as_a_problem(
    client: TestClient, path: str
) -> None:
    response = await client.request("PATCH", re.sub(r"\{.*\}", "x", path))
    assert (response.status, response.content_type) == (405, "application/problem+json")


def test_routes_of_one_path_stand_together() -> None:
    paths = [route.path for route in ROUTES]
    assert paths == sorted(paths)
