"""Three nodes and a Redis under a mixed load, while Redis is stopped, killed and started again, and
a node is killed; with --proxy behind nginx and deploy/nginx.conf, whose clients never ask twice.

    python benchmarks/nodes.py [--clients N] [--proxy]

Counts what is no sendable answer: 0, or the exit status is 1. Without a proxy a client asks another
node only when the connection to the one that was killed is lost. Then: 200 callers on all nodes ask
for one new page; and a node with an SQLite file is killed and started again.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

ROOT: Final = Path(__file__).parents[1]
WAIT_MS: Final = 800
LATE_MS: Final = 250
"""Beyond the deadline, on a machine that is busy with all of this: told, not failed."""

# Each kind is a host of its own, so that what is slow or fails is known by its address.
KINDS: Final = {"hot": 60, "cold": 25, "slow": 10, "fail": 5}
HOSTS: Final = {"hot": "127.0.0.2", "cold": "127.0.0.3", "slow": "127.0.0.4", "fail": "127.0.0.5"}

ORIGIN: Final = """
import asyncio, collections, json, sys

PAGE = ('<!doctype html><title>{0}</title><meta property="og:title" content="{0}">'
        '<meta name=description content="A page on loopback.">')
asked = collections.Counter()

async def answer(reader, writer):
    try:
        path = (await reader.readuntil(b"\\r\\n\\r\\n")).split()[1].decode()
        asked[path] += 1
        kind = path.split("/")[1]
        if kind == "slow":
            await asyncio.sleep(30)
        if kind == "cold":
            await asyncio.sleep(0.02)
        if kind == "once":
            await asyncio.sleep(0.3)
        body = json.dumps(asked) if kind == "asked" else PAGE.format(path)
        status = "503 Unavailable" if kind == "fail" else "200 OK"
        head = f"HTTP/1.1 {status}\\r\\nContent-Type: text/html\\r\\nConnection: close\\r\\n"
        writer.write(f"{head}Content-Length: {len(body)}\\r\\n\\r\\n{body}".encode())
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()

async def main():
    port = int(sys.argv[1])
    for last in range(1, 6):
        await asyncio.start_server(answer, f"127.0.0.{last}", port)
    print("listening", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A server that can be paused, killed and started again on its port."""

    def __init__(self, *command: str, port: int, ready: bytes, **environ: str) -> None:
        self.command = command
        self.port = port
        self.ready = ready
        self.environ = environ
        self.is_killed = False
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**os.environ, **self.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout
        assert any(self.ready in line for line in self.process.stdout), self.command
        self.is_killed = False

    def tell(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.is_killed = True
        self.process.kill()
        self.process.communicate()

    def end(self) -> int:
        self.process.terminate()
        self.process.communicate(timeout=20)
        return int(self.process.returncode)


def node(cache: str, origin: int, port: int = 0) -> Process:
    port = port or free_port()
    return Process(
        *(sys.executable, "-m", "preview_service", "serve", "--port", str(port)),
        port=port,
        ready=b"listening",
        PREVIEW_CACHE_URL=cache,
        PREVIEW_ALLOW_NETWORKS="127.0.0.0/8",
        PREVIEW_ALLOW_PORTS=str(origin),
        PREVIEW_DRAIN_S="1",
    )


def redis(folder: str) -> Process:
    program = shutil.which("redis-server")
    assert program, "redis-server is not installed"
    port = free_port()
    where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "")
    bound = ("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
    return Process(program, *where, *bound, port=port, ready=b"Ready to accept")


def proxy(folder: str, nodes: list[Process]) -> tuple[subprocess.Popen[bytes], int]:
    """nginx with the configuration of deploy/, but for its port and the nodes' addresses."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    given = (ROOT / "deploy" / "nginx.conf").read_text()
    servers = "\n".join(
        f"server 127.0.0.1:{each.port} max_fails=1 fail_timeout=1s;" for each in nodes
    )
    lines = [line for line in given.splitlines() if not line.strip().startswith("resolver ")]
    made = "\n".join(servers if "server node:8080" in line else line for line in lines)
    made = made.replace("listen 8080", f"listen 127.0.0.1:{port}")
    made = made.replace("/tmp/", f"{folder}/")  # noqa: S108 - what the container has of its own
    path = Path(folder) / "nginx.conf"
    path.write_text(made)
    command = [program, "-c", str(path), "-p", folder, "-g", "daemon off;"]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL), port


class Answer(msgspec.Struct):
    """What of an answer tells whether it can be sent."""

    status: str
    message: dict[str, object]
    text: str
    reason: str | None = None


class Load:
    """Clients that ask without pause, and what they were answered."""

    def __init__(self, session: aiohttp.ClientSession, origin: int) -> None:
        self.session = session
        self.origin = origin
        self.phase = ""
        self.times: dict[tuple[str, str], list[float]] = {}
        self.said: dict[tuple[str, str, str], int] = {}
        self.failed: list[str] = []
        self.again = 0
        self.numbers = itertools.count()
        self.is_over = False

    async def client(self, nodes: list[Process], *, may_retry: bool) -> None:
        while not self.is_over:
            kind = random.choices(list(KINDS), list(KINDS.values()))[0]  # noqa: S311
            number = next(self.numbers)
            path = number % 50 if kind == "hot" else number
            url = f"http://{HOSTS[kind]}:{self.origin}/{kind}/{path}"
            await self.ask(kind, url, nodes[number % len(nodes) :] + nodes, may_retry=may_retry)

    async def ask(self, kind: str, url: str, nodes: list[Process], *, may_retry: bool) -> None:
        phase, began = self.phase, time.perf_counter()
        for each in nodes:
            address = f"http://127.0.0.1:{each.port}/preview"
            was_killed = each.is_killed
            try:
                async with self.session.get(
                    address, params={"url": url, "wait_ms": str(WAIT_MS)}
                ) as response:
                    body = await response.read()
                    assert response.status == 200, response.status
                answer = msgspec.json.decode(body, type=Answer)
                assert answer.message, "no message"
                assert answer.text, "no text"
            except aiohttp.ClientConnectionError as error:
                # It may have come back between the refusal and this line.
                if may_retry and (was_killed or each.is_killed):
                    self.again += 1
                    continue
                self.failed.append(f"{phase}: {kind}: {type(error).__name__}")
            except (AssertionError, msgspec.MsgspecError, TimeoutError) as error:
                self.failed.append(f"{phase}: {kind}: {error!r}")
            else:
                took = (time.perf_counter() - began) * 1000
                self.times.setdefault((phase, kind), []).append(took)
                outcome = (kind, answer.status, answer.reason or "-")
                self.said[outcome] = self.said.get(outcome, 0) + 1
            return
        self.failed.append(f"{phase}: {kind}: no node left")

    def tell(self) -> None:
        for (phase, kind), times in self.times.items():
            late = sum(took > WAIT_MS + LATE_MS for took in times)
            cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
            print(
                f"{phase:26} {kind:5} {len(times):6} answers, p50 {cuts[49]:6.1f}, "
                f"p99 {cuts[98]:6.1f}, max {max(times):6.1f} ms, {late} late"
            )
        for (kind, status, reason), count in sorted(self.said.items()):
            print(f"  {kind:5} {status:11} {reason:12} {count:6}")
        total = sum(map(len, self.times.values()))
        print(f"{total} answers, {len(self.failed)} failed, {self.again} asked of another node")
        for each in sorted(set(self.failed))[:10]:
            print(f"  {each} ({self.failed.count(each)} times)")


async def storm(load: Load, store: Process, nodes: list[Process], pause_s: float) -> None:
    """What happens to Redis and to a node while the clients ask."""

    async def phase(name: str, seconds: float = pause_s) -> None:
        load.phase = name
        await asyncio.sleep(seconds)

    victim = nodes[-1]
    await phase("1 all well")
    store.tell(signal.SIGSTOP)
    await phase("2 Redis paused", 5.0)
    store.tell(signal.SIGCONT)
    await phase("3 Redis goes on")
    store.kill()
    await phase("4 Redis killed")
    victim.kill()
    await phase("5 a node killed as well")
    await asyncio.to_thread(store.start)
    await phase("6 Redis started, empty")
    await asyncio.to_thread(victim.start)
    await phase("7 the node is back")
    # As a deployment does. Whoever has no proxy is told by `/readyz`, here by us.
    victim.is_killed = True
    await asyncio.to_thread(victim.end)
    await asyncio.to_thread(victim.start)
    await phase("8 a node replaced")


async def one_for_all(load: Load, nodes: list[Process]) -> bool:
    """200 callers on all nodes, one page that nobody knows."""
    url = f"http://127.0.0.1:{load.origin}/once/page"

    async def ask(each: Process) -> str:
        async with load.session.get(
            f"http://127.0.0.1:{each.port}/preview", params={"url": url, "wait_ms": "5000"}
        ) as response:
            return str((await response.json())["status"])

    answered = await asyncio.gather(*(ask(nodes[n % len(nodes)]) for n in range(200)))
    async with load.session.get(f"http://127.0.0.1:{load.origin}/asked") as response:
        count = json.loads(await response.text())["/once/page"]
    print(f"200 callers on {len(nodes)} nodes: {count} GET, answered {sorted(set(answered))}")
    return count == 1 and set(answered) == {"complete"}


async def restart(load: Load, folder: str) -> bool:
    """A node with a file of its own, killed and started again."""
    cache = f"sqlite:{folder}/cache.db"
    urls = [f"http://{HOSTS['hot']}:{load.origin}/kept/{number}" for number in range(50)]

    async def states(each: Process) -> list[str]:
        found = []
        for url in urls:
            async with load.session.get(
                f"http://127.0.0.1:{each.port}/preview", params={"url": url, "wait_ms": "5000"}
            ) as response:
                found.append((await response.json())["cache"]["state"])
        return found

    lone = await asyncio.to_thread(node, cache, load.origin)
    try:
        first = await states(lone)
        lone.kill()
        await asyncio.to_thread(lone.start)
        again = await states(lone)
    finally:
        lone.kill()
    print(f"SQLite, killed and started: {first.count('miss')} made, {again.count('hit')} kept")
    return again.count("hit") == len(urls)


async def run(options: argparse.Namespace, folder: str) -> bool:
    async with AsyncExitStack() as stack:
        origin_port = free_port()
        command = (sys.executable, "-c", ORIGIN, str(origin_port))
        origin = Process(*command, port=origin_port, ready=b"listening")
        stack.callback(origin.kill)
        store = redis(folder)
        stack.callback(store.kill)
        nodes = [node(f"redis://127.0.0.1:{store.port}", origin_port) for _ in range(3)]
        for each in nodes:
            stack.callback(each.kill)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=20),
            )
        )
        load = Load(session, origin_port)
        doors = nodes
        if options.proxy:
            process, port = proxy(folder, nodes)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            doors = [Door(port)]
            await opened(port)
        clients = [
            asyncio.create_task(load.client(doors, may_retry=not options.proxy))
            for _ in range(options.clients)
        ]
        await storm(load, store, nodes, options.pause)
        load.is_over = True
        await asyncio.gather(*clients)
        load.tell()
        is_one = await one_for_all(load, nodes)
        is_kept = await restart(load, folder)
        return is_one and is_kept and not load.failed


class Door(Process):
    """The proxy's port, which stands for all nodes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.is_killed = False


async def opened(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds of each phase")
    parser.add_argument("--proxy", action="store_true", help="behind nginx, as in deploy/")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(run(options, folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
