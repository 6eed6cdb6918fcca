from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from preview_service.app import application, pipeline
from preview_service.settings import Settings

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> TestClient:
    """The service over the recorded pages."""
    settings = Settings()
    return await aiohttp_client(application(settings, pipeline(settings, PAGES)))
