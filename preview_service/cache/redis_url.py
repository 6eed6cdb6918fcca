"""`PREVIEW_CACHE_URL` → a client of Redis or Valkey, of one server, a Sentinel's or a cluster.

redis://, rediss:// and unix:// as redis-py reads them (https://redis.readthedocs.io/en/stable/connections.html),
`?db=` and the rest included. Several servers as https://limits.readthedocs.io/en/stable/storage.html
writes them: redis+sentinel://[USER:PASSWORD@]HOST:PORT[,HOST:PORT…]/SERVICE[/DB] and
redis+cluster://[USER:PASSWORD@]HOST:PORT[,HOST:PORT…]; rediss+… for TLS.
"""

from typing import Any, Final
from urllib.parse import unquote

from redis.asyncio import Redis, RedisCluster, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import NoBackoff

from preview_service.errors import BadSettings

Client = Redis | RedisCluster

DEFAULT_PORTS: Final = {"sentinel": 26379, "cluster": 6379}

# Nothing is tried twice: redis-py's own three tries cost a dead server's callers seconds. Without
# the handshakes that tell the server our library's name, a connection is one round trip.
OPTIONS: Final[dict[str, Any]] = {"protocol": 2, "driver_info": None, "socket_keepalive": True}


def client_of(url: str) -> Client:
    """A client that has not connected yet; raise `BadSettings`, which does not repeat the URL.

    It has no time-outs of its own: `RedisLink` bounds whatever it does.
    """
    scheme = url.partition("://")[0]
    kind = scheme.partition("+")[2]
    try:
        if kind:
            return _client_of_many(url, kind)
        options = {key: OPTIONS[key] for key in OPTIONS if scheme != "unix" or "socket" not in key}
        client: Redis = Redis.from_url(
            url, retry=_never(), socket_timeout=None, socket_connect_timeout=None, **options
        )
        # Made and let go: an option that nobody knows would else be found at the first use.
        client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError) as error:
        # A URL holds a password; what a library says of it may quote it.
        raise BadSettings(f"cache_url: not a URL of Redis ({scheme}:)") from error
    return client


async def close(client: Client) -> None:
    """Close *client*, and the connections to the Sentinels that it was found by."""
    await client.aclose()
    pool = getattr(client, "connection_pool", None)
    if isinstance(pool, SentinelConnectionPool):
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def _client_of_many(url: str, kind: str) -> Client:
    scheme, _, rest = url.partition("://")
    netloc, _, path = rest.partition("/")
    userinfo, _, hosts = netloc.rpartition("@")
    user, _, password = userinfo.partition(":")
    options: dict[str, Any] = {
        **OPTIONS,
        "username": unquote(user) or None,
        "password": unquote(password) or None,
        "socket_timeout": None,
        "socket_connect_timeout": None,
    }
    if scheme.startswith("rediss"):
        options["ssl"] = True
    nodes = [_address(host, DEFAULT_PORTS[kind]) for host in hosts.split(",")]
    if kind == "cluster":
        return RedisCluster(
            startup_nodes=[ClusterNode(*node) for node in nodes],
            # Once more where the answer is the name of another node.
            retry=Retry(NoBackoff(), 1),
            **options,
        )
    service, _, db = path.partition("/")
    if not service:
        raise ValueError("no service")
    watch = {"retry": _never(), "socket_timeout": None, "socket_connect_timeout": None}
    sentinel: Any = Sentinel(nodes, sentinel_kwargs={**OPTIONS, **watch})  # type: ignore[no-untyped-call]
    client: Redis = sentinel.master_for(service, db=int(db or 0), retry=_never(), **options)
    return client


def _never() -> Retry:
    return Retry(NoBackoff(), 0)


def _address(text: str, default_port: int) -> tuple[str, int]:
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, str(default_port)
    if not host:
        raise ValueError("no host")
    return host.strip("[]"), int(port)
