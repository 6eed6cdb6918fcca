"""Each store against the one in memory, in the same run; and what memory costs when it is full.

    python benchmarks/stores.py [--rounds N] [--entries N]

A preview of usual size. `one` is one caller, `64` are sixty-four at once: µs for each get or set.
Beside a store stand the plain ways to it: sqlite3 in a one-thread executor, redis-py command by
command. Redis is started here, on loopback and a port of its own.
"""

import argparse
import asyncio
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import render
import uvloop

from preview_service.cache.entry import Entry
from preview_service.cache.memory import MemoryStore
from preview_service.cache.redis import RedisStore
from preview_service.cache.redis_link import RedisLink
from preview_service.cache.redis_url import client_of
from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.sqlite_file import SqliteFile

MIB = 1 << 20
CALLERS = 64
TIMES = 2048

VALUE = msgspec.msgpack.encode(Entry(outcome=render.outcome(), stored_at=1.0, fresh_until=2.0))

Ask = Callable[[str], Awaitable[object]]


def key(number: int) -> str:
    return f"https://shop.example/p/{number}"


class Plain:
    """The plain ways to a file and to a server: no bounds, no time-outs, nothing checked."""

    def __init__(self, path: Path, client: Any) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA page_size = 8192")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, key TEXT UNIQUE, value BLOB)")
        self._thread = ThreadPoolExecutor(1)
        self._client = client

    async def sqlite_get(self, name: str) -> object:
        query = "SELECT value FROM kept WHERE key = ?"
        return await self._run(lambda: self._db.execute(query, (name,)).fetchone())

    async def sqlite_set(self, name: str) -> object:
        query = "INSERT OR REPLACE INTO kept (key, value) VALUES (?, ?)"
        return await self._run(lambda: self._db.execute(query, (name, VALUE)).rowcount)

    async def redis_get(self, name: str) -> object:
        return await self._client.get(f"plain:{name}")

    async def redis_set(self, name: str) -> object:
        return await self._client.set(f"plain:{name}", VALUE, px=3_600_000)

    async def _run(self, work: Callable[[], object]) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def microseconds(ask: Ask, callers: int) -> float:
    async def call(first: int) -> None:
        for number in range(first, TIMES, callers):
            assert await ask(key(number)) is not None

    began = time.perf_counter()
    await asyncio.gather(*(call(first) for first in range(callers)))
    return (time.perf_counter() - began) / TIMES * 1e6


def setting(store: Any) -> Ask:
    async def ask(name: str) -> object:
        await store.set(name, VALUE, 3600)
        return True

    return ask


async def compare(rounds: int, folder: Path, port: int) -> None:
    file, link = SqliteFile(folder / "ours.db"), RedisLink(client_of(f"redis://127.0.0.1:{port}"))
    client = client_of(f"redis://127.0.0.1:{port}")
    plain = Plain(folder / "plain.db", client)
    stores = [MemoryStore(64 * MIB), SqliteStore(file, 256 * MIB), RedisStore(link)]
    asks: dict[str, Ask] = {}
    for name, store in zip(("memory", "sqlite", "redis"), stores, strict=True):
        asks[f"{name} set"], asks[f"{name} get"] = setting(store), store.get
    asks |= {
        "sqlite3 in an executor set": plain.sqlite_set,
        "sqlite3 in an executor get": plain.sqlite_get,
        "redis-py set": plain.redis_set,
        "redis-py get": plain.redis_get,
    }
    spent: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for name, ask in asks.items():
            for callers in (1, CALLERS):
                spent.setdefault((name, callers), []).append(await microseconds(ask, callers))
    for name in asks:
        floor = f"memory {name.split()[-1]}"
        for callers in (1, CALLERS):
            times = spent[name, callers]
            ratio = statistics.median(map(float.__truediv__, times, spent[floor, callers]))
            print(
                f"{name:28} {callers:3} at once {statistics.median(times):7.1f} µs"
                f"  {ratio:6.1f} × memory"
            )
    for store in (*stores, client):
        await (store.aclose() if store is client else store.close())


async def fill(entries: int) -> None:
    """Distinct keys without end: is it still within its bytes, and as quick?"""
    store = MemoryStore(64 * MIB)
    before_kib, step, times = resident_kib(), 10_000, []
    for first in range(0, entries, step):
        began = time.perf_counter()
        for number in range(first, first + step):
            # A value of its own each, as they come from a page.
            await store.set(key(number), VALUE + b"%08d" % number, 3600)
        middle = time.perf_counter()
        for number in range(first, first + step):
            assert await store.get(key(number)) is not None
        times.append((middle - began, time.perf_counter() - middle))
    count, used = numbers(store)
    own = len(VALUE) + 8 + len(key(entries))
    grown = (resident_kib() - before_kib) * 1024
    print(f"{entries:,} inserts: {count:,} kept, {used / MIB:.1f} of 64 MiB by its own count,")
    print(
        f"  {grown / MIB:.1f} MiB resident: {grown / count - own:.0f} bytes each beyond its {own}"
    )
    for what, index in (("set", 0), ("get", 1)):
        early, late = (
            statistics.median(each[index] for each in some) for some in (times[:4], times[-8:])
        )
        print(
            f"  {what}: {early / step * 1e6:.2f} µs at first, {late / step * 1e6:.2f} µs when full"
            f" ({late / early:.2f} ×)"
        )


def numbers(store: MemoryStore) -> tuple[int, int]:
    words = repr(store).split()
    return int(words[1]), int(words[3])


def resident_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--entries", type=int, default=200_000)
    given = parser.parse_args()
    program = shutil.which("redis-server")
    assert program, "redis-server is not installed"
    print(f"a preview of {len(VALUE)} bytes")
    uvloop.run(fill(given.entries))
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        server = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.PIPE,
        )
        assert server.stdout
        assert any(b"Ready to accept" in line for line in server.stdout)
        try:
            uvloop.run(compare(given.rounds, Path(folder), port))
        finally:
            server.terminate()
            server.communicate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
