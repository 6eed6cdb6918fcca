from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import RedisCluster
from redis.asyncio.sentinel import SentinelConnectionPool

from preview_service.cache.redis_link import RedisLink
from preview_service.cache.redis_url import client_of
from preview_service.errors import BadSettings


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("redis://10.0.0.7", {"host": "10.0.0.7"}),
        ("redis://u:p%40ss@h:7/3", {"port": 7, "db": 3, "username": "u", "password": "p@ss"}),
        ("redis://h?db=2&client_name=x", {"db": 2, "client_name": "x"}),
        ("rediss://h", {"host": "h"}),
        ("unix:///run/redis.sock?db=1", {"path": "/run/redis.sock", "db": 1}),
    ],
)
def test_one_server(url: str, options: dict[str, object]) -> None:
    client: Any = client_of(url)
    given = client.connection_pool.connection_kwargs
    assert {name: given[name] for name in options} == options
    assert client.get_retry().get_retries() == 0
    assert (client.connection_pool.connection_class.__name__ == "SSLConnection") == (
        url.startswith("rediss")
    )


def test_a_sentinels() -> None:
    client: Any = client_of("rediss+sentinel://u:p%40@a:1,[::1]:2,c/main/4")
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert (pool.service_name, pool.is_master) == ("main", True)
    given = pool.connection_kwargs
    assert (given["db"], given["username"], given["password"]) == (4, "u", "p@")
    assert "SSL" in pool.connection_class.__name__
    addresses = [
        (
            each.connection_pool.connection_kwargs["host"],
            each.connection_pool.connection_kwargs["port"],
        )
        for each in pool.sentinel_manager.sentinels
    ]
    assert addresses == [("a", 1), ("::1", 2), ("c", 26379)]


async def test_a_cluster() -> None:
    client = client_of("redis+cluster://:p@a:1,b")
    assert isinstance(client, RedisCluster)
    assert [node.name for node in client.nodes_manager.startup_nodes.values()] == ["a:1", "b:6379"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret@h:port",
        "redis://:secret@h?db=x",
        "redis://:secret@h?no_such_option=x",
        "redis+sentinel://:secret@h",
        "redis+sentinel://:secret@h/main/x",
        "redis+sentinel://:secret@/main",
        "redis+sentinel://:secret@h:x/main",
        "redis+cluster://:secret@",
        "redis+cluster://:secret@h:x",
    ],
)
def test_nonsense_is_refused_and_no_secret_said(url: str) -> None:
    with pytest.raises(BadSettings, match="cache_url") as refused:
        client_of(url)
    assert "secret" not in str(refused.value)


async def test_a_socket_of_the_machine_is_reached(
    redis_server: Any, new_link: Callable[..., RedisLink]
) -> None:
    link = new_link(f"unix://{redis_server.folder}/redis.sock")
    await link.run("SET", "key", "value")
    assert await link.run("GET", "key") == b"value"


async def test_a_sentinel_leads_to_its_master(
    redis_server: Any,
    server_class: Any,
    tmp_path: Path,
    new_link: Callable[..., RedisLink],
) -> None:
    settings = tmp_path / "sentinel.conf"
    settings.write_text(f"sentinel monitor main 127.0.0.1 {redis_server.port} 1\n")
    sentinel = server_class(tmp_path, str(settings), "--sentinel")
    link = new_link(f"redis+sentinel://127.0.0.1:{sentinel.port}/main")
    await link.run("SET", "key", "value")
    await link.close()
    sentinel.kill()
    with redis_server.admin as admin:
        assert admin.get("key") == b"value"
