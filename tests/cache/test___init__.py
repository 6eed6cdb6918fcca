"""PREVIEW_CACHE_URL → the parts it names."""

import asyncio
import importlib.util
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from preview_service.cache import STORES, Stores, open_store, open_stores
from preview_service.errors import BadSettings
from preview_service.settings import CacheSettings

KIB = 1024


def settings(url: str) -> CacheSettings:
    return CacheSettings(cache_url=url, redis_timeout_s=5)


async def used(url: str) -> None:
    """Everything there is to use, by two processes."""
    stores = open_stores(settings(url))
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    await stores.bus.listen(heard.put)
    await stores.previews.set("key", b"preview", 60)
    await stores.pictures.set("key", bytes(900 * KIB), 60)
    assert await stores.near.get("key") == b"preview"
    assert await stores.near_pictures.get("key") == bytes(900 * KIB)
    turn = await stores.flights.take("key", ttl_s=60, wait_s=0)
    assert turn.is_mine
    await stores.flights.give("key", turn.token, b"made")
    await stores.bus.send(b"message")
    assert await heard.get() == b"message"
    await stores.close()
    await stores.close()


async def kept(stores: Stores) -> bool:
    found = await stores.previews.get("key"), await stores.pictures.get("key")
    await stores.close()
    return found == (b"preview", bytes(900 * KIB))


async def test_in_memory_it_is_gone_with_the_process() -> None:
    await used("memory:")
    assert not await kept(open_stores(settings("memory:")))


@pytest.mark.parametrize("form", ["sqlite:{}", "sqlite://{}"])
async def test_in_files_it_is_there_again(form: str, tmp_path: Path) -> None:
    url = form.format(tmp_path / "cache.db")
    await used(url)
    assert {path.name for path in tmp_path.iterdir()} == {"cache.db", "cache-pictures.db"}  # noqa: ASYNC240
    assert await kept(open_stores(settings(url)))


async def test_in_redis_it_is_there_again(redis_server: Any) -> None:
    await used(redis_server.url)
    assert await kept(open_stores(settings(redis_server.url)))


async def test_in_a_cluster_it_is_there_again(redis_cluster: Any) -> None:
    url = f"redis+cluster://127.0.0.1:{redis_cluster.port}"
    await used(url)
    assert await kept(open_stores(settings(url)))


async def test_a_server_that_is_not_there_stops_nothing() -> None:
    stores = open_stores(settings("redis://127.0.0.1:1"))
    await stores.previews.set("key", b"preview", 60)
    assert await stores.previews.get("key") == b"preview"
    assert await stores.previews.latest("key") is None
    assert not await stores.bus.send(b"message")
    assert (await stores.flights.take("key", ttl_s=60, wait_s=60)).is_mine
    await stores.close()


async def test_previews_alone_close_what_they_use(tmp_path: Path) -> None:
    store = open_store(settings(f"sqlite:{tmp_path}/cache.db"))
    await store.set("key", b"value", 60)
    await store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["cache.db"]  # noqa: ASYNC240


@pytest.mark.parametrize("scheme", STORES)
async def test_nothing_is_opened_before_it_is_used(scheme: str, tmp_path: Path) -> None:
    rest = {"memory": "", "sqlite": f"{tmp_path}/cache.db", "unix": "///run/none.sock"}
    stores = open_stores(settings(f"{scheme}:{rest.get(scheme, '//203.0.113.1/main')}"))
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240
    await stores.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "nothing: is none of memory:, sqlite:"),
        ("mongodb://u:secret@h", "mongodb: is none of"),
        ("sqlite:", "no folder"),
        ("sqlite:/no/such/folder/cache.db", "no folder"),
        ("redis://:secret@h:port", "not a URL of Redis"),
        ("redis+sentinel://:secret@h", "not a URL of Redis"),
    ],
)
def test_a_url_nobody_serves_stops_the_start_and_no_secret_is_said(url: str, says: str) -> None:
    with pytest.raises(BadSettings, match=says) as refused:
        open_stores(settings(url))
    assert "secret" not in str(refused.value)


def test_another_programs_database_stops_the_start(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "app.db") as db:
        db.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(BadSettings, match="another program"):
        open_stores(settings(f"sqlite:{tmp_path}/app.db"))


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preview_service.cache.find_spec", lambda name: None)
    with pytest.raises(BadSettings, match=r"preview-service\[redis\]"):
        open_stores(settings("redis://h"))
    assert importlib.util.find_spec("redis")


@pytest.mark.parametrize("url", ["memory:", "sqlite:cache.db"])
def test_what_is_not_asked_for_is_not_imported(url: str, tmp_path: Path) -> None:
    code = f"""
import sys
from preview_service.cache import open_stores
from preview_service.settings import CacheSettings
open_stores(CacheSettings(cache_url="{url}"))
print(sys.modules.keys() & {{"redis", "hiredis", "aiosqlite"}})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, cwd=tmp_path
    )
    assert done.stdout == b"set()\n", done.stderr
