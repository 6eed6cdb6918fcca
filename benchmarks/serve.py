"""Cached `/preview` over HTTP against a bare aiohttp handler that returns the same bytes.

One process each on one core, the load on another; rounds are paired and their order alternates.
"""

import argparse
import os
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import load

ROOT = Path(__file__).parents[1]
PATH = "/preview?url=https://shop.example/p/42?utm_source=chat&channel=enhanced_whatsapp"

BARE = """
import asyncio, sys
from aiohttp import web
import uvloop

BODY = sys.stdin.buffer.read()
HEADERS = {"Content-Type": "application/json; charset=utf-8"}

async def answer(request):
    return web.Response(body=BODY, headers=HEADERS)

async def main():
    app = web.Application()
    app.router.add_get("/preview", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()

uvloop.run(main())
"""


@contextmanager
def server(command: list[str], core: int, given: bytes = b"") -> Iterator[int]:
    """A server process pinned to *core*; its port."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    os.sched_setaffinity(process.pid, {core})
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(given)
        process.stdin.close()
        yield int(process.stdout.readline().decode().strip().rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    *_, server_core, load_core = [0, *sorted(os.sched_getaffinity(0))]
    os.sched_setaffinity(0, {load_core})
    ours = ["-m", "preview_service", "serve", "--port", "0", "--offline", "fixtures/pages"]
    with server(ours, server_core) as our_port:
        body = urllib.request.urlopen(f"http://127.0.0.1:{our_port}{PATH}").read()
        with server(["-c", BARE], server_core, body) as bare_port:
            compare(our_port, bare_port, options)


def compare(our_port: int, bare_port: int, options: argparse.Namespace) -> None:
    ratios = []
    for number in range(options.rounds + 1):
        pair = {}
        for port in (our_port, bare_port) if number % 2 else (bare_port, our_port):
            times = load.run(
                "127.0.0.1",
                port,
                PATH,
                connections=options.connections,
                seconds=options.seconds,
            )
            pair[port] = len(times) / options.seconds, statistics.quantiles(times, n=100)
        if number == 0:
            continue  # warms both up
        (ours, our_p), (bare, bare_p) = pair[our_port], pair[bare_port]
        ratios.append(ours / bare)
        print(
            f"round {number}: {ours:8.0f}/s, bare {bare:8.0f}/s, ratio {ours / bare:.2f}; "
            f"p50 {our_p[49] * 1e3:.1f} / {bare_p[49] * 1e3:.1f} ms, "
            f"p99 {our_p[98] * 1e3:.1f} / {bare_p[98] * 1e3:.1f} ms"
        )
    print(
        f"cached /preview, of a bare handler's requests per second: min {min(ratios):.2f}, "
        f"median {statistics.median(ratios):.2f}, max {max(ratios):.2f}"
    )


if __name__ == "__main__":
    main()
