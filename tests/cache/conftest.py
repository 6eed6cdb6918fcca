"""Real servers and files for stores: a redis-server on loopback, SQLite files, and clocks."""

import asyncio
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import redis

from preview_service.cache.redis_link import RedisLink
from preview_service.cache.redis_url import client_of
from preview_service.cache.sqlite_file import SqliteFile

PATIENT_S = 10.0
"""A time-out for tests that are not about time, on a machine that is busy."""


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> bool:
        self.now += seconds
        return True


class RedisServer:
    """A redis-server of our own, without persistence; more *arguments* as in redis.conf."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self.folder = folder
        self.arguments = arguments
        self.port = port or free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def admin(self) -> "redis.Redis":
        """A client that is not under test."""
        return redis.Redis(port=self.port, socket_timeout=PATIENT_S)

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed: apt-get install redis-server"
        self.process = subprocess.Popen(
            [
                program,
                *self.arguments,
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", ""),
                *("--unixsocket", str(self.folder / "redis.sock")),
            ],
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            # The second is a Sentinel's.
            if b"Ready to accept connections" in line or b"Sentinel ID is" in line:
                return
        self.process.communicate()
        raise AssertionError("redis-server did not start")

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def pass_time(self, seconds: float) -> None:
        """Age every key, as the server's own clock cannot be set."""
        with self.admin as admin:
            for key in admin.scan_iter():
                left_ms = admin.pttl(key)
                if left_ms >= 0:
                    admin.pexpire(key, max(0, round(left_ms - seconds * 1000)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> RedisServer:
    """A server without keys, not to be harmed."""
    with shared_redis.admin as admin:
        admin.flushall()
        admin.config_set("maxmemory", "0")
        admin.config_resetstat()
    return shared_redis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server to do with as one likes."""
    server = RedisServer(tmp_path)
    yield server
    if server.process.poll() is None:
        server.resume()
        server.kill()


@pytest.fixture
async def new_link(clock: Clock) -> AsyncIterator[Callable[..., RedisLink]]:
    links: list[RedisLink] = []

    def make(url: str, timeout_s: float = PATIENT_S) -> RedisLink:
        links.append(RedisLink(client_of(url), timeout_s=timeout_s, clock=clock))
        return links[-1]

    yield make
    for link in links:
        await link.close()


@pytest.fixture
async def new_file(clock: Clock) -> AsyncIterator[Callable[..., SqliteFile]]:
    files: list[SqliteFile] = []

    def make(path: Path, **given: float) -> SqliteFile:
        options = {"timeout_s": PATIENT_S, "busy_s": PATIENT_S, **given}
        files.append(SqliteFile(path, clock=clock, **options))
        return files[-1]

    yield make
    for file in files:
        await file.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait for what a server or another thread does, which tells nobody."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


@pytest.fixture(name="until")
def until_() -> Callable[[Callable[[], object]], Awaitable[None]]:
    return until


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server_class() -> type[RedisServer]:
    return RedisServer


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A cluster of one node, which has all the slots."""
    server = RedisServer(
        tmp_path_factory.mktemp("cluster"),
        *("--cluster-enabled", "yes"),
        # The nodes' own is 10,000 higher otherwise, where there may be none.
        *("--cluster-port", str(free_port())),
    )
    with server.admin as admin:
        admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while admin.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
            assert server.process.poll() is None
    yield server
    server.kill()


@pytest.fixture
def redis_cluster(shared_cluster: RedisServer) -> RedisServer:
    with shared_cluster.admin as admin:
        admin.flushall()
    return shared_cluster
